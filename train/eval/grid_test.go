package eval

import (
	"math"
	"testing"

	"anila/langevin"
	"anila/langevin/target"
)

// TestGridLikelihoodOfTruth: the truth itself, scaled and shifted, has KL 0, its own normaliser, and equal masses.
func TestGridLikelihoodOfTruth(t *testing.T) {
	const temperature, shift = 0.25, 3.0
	for _, name := range []string{"rings", "gmm"} {
		truth, err := target.ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		x := GridPoints()
		f := make([]float32, len(x)/2)
		for i := range f {
			f[i] = float32(temperature * (truth.LogDensity([]float64{float64(x[2*i]), float64(x[2*i+1])}) + shift))
		}
		l, err := GridLikelihood(f, temperature, truth)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(l.KL) > 1e-4 || math.Abs(l.LogZ-shift) > 1e-4 || l.Outside > 1e-3 {
			t.Errorf("%s: KL %v, log Z %v (want %v), outside %v", name, l.KL, l.LogZ, shift, l.Outside)
		}
		for k, m := range l.Masses {
			if want := 1 / float64(len(l.Masses)); math.Abs(m-want) > 2e-3 {
				t.Errorf("%s: mass %d = %v, want %v", name, k, m, want)
			}
		}
	}
}

// A normal density that is scaled and shifted comes out as itself, on a grid of any size.
func TestDensityOnGrid(t *testing.T) {
	const temperature, shift = 0.25, 3.0
	normal := langevin.Func(2, func(gradient, x []float64) float64 {
		gradient[0], gradient[1] = -temperature*x[0], -temperature*x[1]
		return temperature * (shift - (x[0]*x[0]+x[1]*x[1])/2)
	})
	for _, limit := range []float64{6, 9} {
		log := DensityOnGrid(normal, temperature, limit)
		for _, at := range []int{GridSize/2*GridSize + GridSize/2, GridSize/3*GridSize + GridSize/2} {
			h := 2 * limit / GridSize
			x, y := -limit+(float64(at%GridSize)+0.5)*h, -limit+(float64(at/GridSize)+0.5)*h
			if want := -math.Log(2*math.Pi) - (x*x+y*y)/2; math.Abs(log[at]-want) > 1e-4 {
				t.Errorf("over ±%g at %g, %g: %v, want %v", limit, x, y, log[at], want)
			}
		}
	}
}

// TestGridLikelihoodOfUniform: KL against the uniform density on [−5, 5]² is log 100 − entropy; rings have 3.5345 nats.
func TestGridLikelihoodOfUniform(t *testing.T) {
	truth, err := target.ByName("rings")
	if err != nil {
		t.Fatal(err)
	}
	l, err := GridLikelihood(make([]float32, GridSize*GridSize), 1, truth)
	if err != nil {
		t.Fatal(err)
	}
	if want := math.Log(100) - 3.5345; math.Abs(l.KL-want) > 1e-3 {
		t.Errorf("KL %v, want %v", l.KL, want)
	}
	if want := math.Pi * (2.5*2.5 - 1.5*1.5) / 100; math.Abs(l.Masses[1]-want) > 1e-3 {
		t.Errorf("mass of ring 2: %v, want %v", l.Masses[1], want)
	}
	other, err := target.ByName("banana")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := GridLikelihood(make([]float32, GridSize*GridSize), 1, other); err == nil {
		t.Error("banana has no grid likelihood, and no error either")
	}
}
