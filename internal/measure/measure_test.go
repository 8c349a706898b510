package measure

import (
	"slices"
	"testing"

	"anila/asm/isa"
	"anila/nn"
)

// TestCasesRun runs every kernel and layer case once on every tier.
func TestCasesRun(t *testing.T) {
	if testing.Short() {
		t.Skip("large operands")
	}
	tier := isa.Current()
	defer isa.Select(tier.String())
	for _, tier := range isa.Available() {
		if err := isa.Select(tier.String()); err != nil {
			t.Fatal(err)
		}
		cases := Kernels()
		convs, err := Convolutions(nn.Spec{Net: "vanilla", N: 8})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range convs {
			cases = append(cases, Layers(c, 2)...)
		}
		seen := map[string]bool{}
		for _, c := range cases {
			c.Setup()()
			if r := c.result(0.5, 1, 1, Limits{100, 10}); (r.GFLOPS > 0) == (r.GBS > 0) || r.Share <= 0 || r.Impl != tier.String() {
				t.Errorf("%s %s: result %+v", c.Name, c.Shape, r)
			}
			if seen[c.Name+c.Shape] {
				t.Errorf("two cases %s %s", c.Name, c.Shape)
			}
			seen[c.Name+c.Shape] = true
		}
	}
}

// TestStepAgreesWithTheReference holds the check that `bench step` makes for every network, and that it sees another value
// in any parameter: a check that an op cannot fail would let it be wrong.
func TestStepAgreesWithTheReference(t *testing.T) {
	for _, net := range nn.Nets() {
		t.Run(net, func(t *testing.T) {
			s, err := NewStep(nn.Spec{Net: net, N: 4}, 5, 2)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			s.Advance(2)
			if err := s.Check(); err != nil {
				t.Error(err)
			}
			params := s.Network.Params()
			for _, p := range params {
				if len(p.Shape) == 1 && p != params[1] {
					continue // the weights stand for their layers, one bias for all
				}
				kept := slices.Clone(p.Data)
				for i, v := range kept {
					p.Data[i] = v + 1 // without Pack: the pool computes with the old weights
				}
				if err := s.Check(); err == nil {
					t.Errorf("the check does not see another %s", p.Name)
				}
				copy(p.Data, kept)
			}
		})
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{4, 1}, 2.5}, {[]float64{9, 1, 2}, 2}} {
		if got := Median(c.values); got != c.want {
			t.Errorf("Median(%v) = %g, want %g", c.values, got, c.want)
		}
	}
}

func TestIteration(t *testing.T) {
	w, err := NewIteration("vanilla", 2, 3, 2, 2, "")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if r := w.Time(1); !(r.Seconds > 0) || !(r.GFLOPS > 0) || r.Shape != "net=vanilla/n=2/batch=3/steps=2" {
		t.Errorf("result %+v", r)
	}
	if r, err := w.Memory(); err == nil && r.Bytes < 1<<20 {
		t.Errorf("peak memory %d bytes", r.Bytes)
	}
}
