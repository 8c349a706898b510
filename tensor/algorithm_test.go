package tensor

import (
	"slices"
	"strings"
	"testing"

	"anila/asm/isa"
)

func TestFixAlgorithm(t *testing.T) {
	defer FixAlgorithm("")
	fast := Conv{InH: 8, InW: 8, InC: 32, OutC: 32, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1}
	other := Conv{InH: 8, InW: 8, InC: 3, OutC: 32, KernelH: 3, KernelW: 3, Stride: 1, Padding: 1}
	for _, name := range algorithmNames {
		if err := FixAlgorithm(name); err != nil {
			t.Fatal(err)
		}
		a, _ := ChooseAlgorithm(fast)
		want := name
		if strings.HasPrefix(name, "winograd") {
			want = "implicit-gemm"
		}
		if a.String() != want {
			t.Errorf("%s fixed: %v gets %v, want %s", name, fast, a, want)
		}
		if a, _ := ChooseAlgorithm(other); a != ImplicitGEMM {
			t.Errorf("%s fixed: %v gets %v", name, other, a)
		}
	}
	if err := FixAlgorithm("fastest"); err == nil || !strings.Contains(err.Error(), "cook-toom") {
		t.Errorf("unknown name: %v", err)
	}
}

// TestAlgorithmTable holds that the table's first choice for the layers of the
// vanilla network is the fast one on the tiers that have its transforms.
func TestAlgorithmTable(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		want := ImplicitGEMM
		if isa.Current() != isa.Generic {
			want = CookToom
		}
		for i, c := range vanillaConvs(32) {
			a, why := ChooseAlgorithm(c)
			if i >= 1 && i <= 3 && a != want || why == "" {
				t.Errorf("%v: %v, because %q", c, a, why)
			}
			if !slices.Contains(Algorithms(c), a) {
				t.Errorf("%v: %v is not among those that fit", c, a)
			}
			if p := NewConvPlanWith(c, a); p.Algorithm() != a {
				t.Errorf("%v: plan of %v says %v", c, a, p.Algorithm())
			}
		}
	})
}

// TestAlgorithmCost holds the choice between tiles of 4×4 and of 2×2 to what was
// measured, and whole tiles of 4×4 to their algorithm in table 1 and, with kernels of
// 3×3, in table 4.
func TestAlgorithmCost(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		if isa.Current() == isa.Generic {
			return
		}
		for _, c := range []struct {
			in, channels int
			want         Algorithm
		}{
			{2, 64, CookToom2}, {4, 64, CookToom2}, {5, 64, CookToom2}, {6, 64, CookToom}, {7, 64, CookToom},
			{10, 64, CookToom2}, {12, 64, CookToom2}, {14, 64, CookToom}, {15, 64, CookToom}, {18, 64, CookToom2},
			{20, 64, CookToom2}, {22, 64, CookToom}, {24, 64, CookToom}, {28, 64, CookToom}, {36, 64, CookToom}, {40, 64, CookToom}, {48, 64, CookToom},
			{8, 32, CookToom}, {16, 32, CookToom}, {32, 32, CookToom}, {16, 128, CookToom}, {64, 128, CookToom},
			{8, 16, CookToom}, {16, 16, CookToom}, {64, 16, CookToom},
		} {
			shape := Conv{InH: c.in, InW: c.in, InC: c.channels, OutC: max(32, c.channels), KernelH: 4, KernelW: 4, Stride: 2, Padding: 1}
			if a, why := ChooseAlgorithm(shape); a != c.want {
				t.Errorf("%v: %v, because %s; want %v", shape, a, why, c.want)
			}
		}
		for _, c := range []struct {
			in, channels int
			want         Algorithm
		}{
			{2, 64, Winograd}, {6, 32, Winograd}, {6, 256, Winograd}, {3, 32, Winograd4}, {4, 32, Winograd4}, {5, 64, Winograd4},
			{7, 32, Winograd4}, {8, 64, Winograd4}, {10, 32, Winograd4}, {10, 128, Winograd4}, {14, 32, Winograd4}, {16, 64, Winograd4},
			{18, 128, Winograd4}, {32, 32, Winograd4}, {16, 8, ImplicitGEMM},
		} {
			shape := Conv{InH: c.in, InW: c.in, InC: c.channels, OutC: max(32, c.channels), KernelH: 3, KernelW: 3, Stride: 1, Padding: 1}
			if a, why := ChooseAlgorithm(shape); a != c.want {
				t.Errorf("%v: %v, because %s; want %v", shape, a, why, c.want)
			}
		}
	})
}
