package tensor

import (
	"slices"
	"strings"
	"testing"

	"anila/asm"
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
		if want := map[bool]string{true: "cook-toom", false: "implicit-gemm"}[name == "cook-toom"]; a.String() != want {
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
		if asm.Tier() != asm.Generic {
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
