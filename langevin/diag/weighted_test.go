package diag

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"

	"anila/langevin"
	"anila/langevin/target"
	"anila/tensor"
)

// TestWeightedMeansAreThoseOfTheTarget: uncorrected anila of scope sample tends to p/a,
// so that on pairs with correlation 0.9 and on a mixture means weighted by a are those of
// p, where plain ones are not; and the means are those of the draws.
func TestWeightedMeansAreThoseOfTheTarget(t *testing.T) {
	statistical(t)
	pairs, err := target.NewGaussian([]float64{0, 0}, []float64{1, 0.9, 0.9, 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		d    target.Target
		b, s float64
	}{{pairs, 0.5, 0.03}, {target.GaussianRing(), 2, 0.003}} {
		const chains = 2048
		config := Config{
			Sampler: langevin.Config{Kernel: "anila", Step: c.s, B: c.b, Scope: "sample", Temperature: 1},
			Chains:  chains, Steps: 1500, Discard: 700, Seed: 3, Capacity: 128, Weighted: true,
		}
		workers := tensor.NewWorkers(2)
		defer workers.Close()
		z := make([]float32, 2*chains)
		c.d.Sample(z, tensor.Key{Seed: 1, Purpose: tensor.PurposeStart})
		exact := make([]float32, 2*200_000)
		c.d.Sample(exact, tensor.Key{Seed: 2, Purpose: tensor.PurposeStart})
		truth, _ := meanVariance(Scores(c.d, 1, exact)) // within 0.003
		r, err := NewRunner(c.d, config, Quantities(2), workers, z)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Advance(context.Background(), config.Steps); err != nil {
			t.Fatal(err)
		}
		f := r.Result(nil).Quantities["f"]
		t.Logf("%s: mean f %.3f(%.3f), weighted %.3f(%.3f), truth %.3f", c.d.Name(), f.Mean, f.MCSE, f.Weighted.Mean, f.Weighted.MCSE, truth)
		if off := math.Abs(float64(f.Weighted.Mean) - truth); off > 0.03 || f.Weighted.MCSE > 0.015 {
			t.Errorf("%s: weighted mean %v ± %v, truth %v", c.d.Name(), f.Weighted.Mean, f.Weighted.MCSE, truth)
		}
		if math.Abs(float64(f.Mean)-truth) < 0.1 {
			t.Errorf("%s: the plain mean %v is right by itself: nothing is shown", c.d.Name(), f.Mean)
		}
	}
}

// TestWeightedMeansOfDraws: the weighted mean is Σ a·x / Σ a of every draw that is kept,
// also after a resume; and where a is 1, it is the mean with its error.
func TestWeightedMeansOfDraws(t *testing.T) {
	d, config := target.FourRings(), Config{
		Sampler: langevin.Config{Kernel: "anila", Step: 0.05, B: 2, Scope: "sample", Temperature: 1},
		Chains:  3, Steps: 500, Discard: 40, Seed: 3, Capacity: 64, Weighted: true,
	}
	workers := tensor.NewWorkers(1)
	defer workers.Close()
	z := make([]float32, 6)
	d.Sample(z, tensor.Key{Seed: 1, Purpose: tensor.PurposeStart})
	run := func(config Config, part int) Row {
		r, err := NewRunner(d, config, Quantities(2), workers, z)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Advance(context.Background(), part); err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := r.Save(&file); err != nil {
			t.Fatal(err)
		}
		if r, err = Resume(&file, d, config, Quantities(2), workers); err != nil {
			t.Fatal(err)
		}
		if err := r.Advance(context.Background(), config.Steps); err != nil {
			t.Fatal(err)
		}
		return r.Result(nil).Quantities["|x|"]
	}
	p, err := langevin.NewPool(d, config.Sampler, workers, 3)
	if err != nil {
		t.Fatal(err)
	}
	states := append([]float32{}, z...)
	if err := p.Start(states, config.Seed, firstStep); err != nil {
		t.Fatal(err)
	}
	above, below := 0.0, 0.0
	p.Advance(config.Steps, func(_ int, step uint64, s *langevin.State, _ langevin.Info) {
		for i := range s.Len() {
			if step >= firstStep+40 {
				x, g := s.Row(i), s.Grad[2*i:2*i+2]
				a := math.Min(1, 2/math.Hypot(float64(g[0]), float64(g[1])))
				above += a * math.Hypot(float64(x[0]), float64(x[1]))
				below += a
			}
		}
	})
	whole, parts := run(config, 500), run(config, 123)
	if math.Abs(float64(whole.Weighted.Mean)-above/below) > 1e-9 || *whole.Weighted != *parts.Weighted {
		t.Errorf("weighted mean %v, in two parts %v, of the draws %v", *whole.Weighted, *parts.Weighted, above/below)
	}
	config.Sampler.B = 1e9
	if row := run(config, 200); math.Abs(float64(row.Weighted.Mean-row.Mean)) > 1e-9 || math.Abs(float64(row.Weighted.MCSE/row.MCSE)-1) > 1e-9 {
		t.Errorf("with a = 1: weighted %v, plain %v ± %v", *row.Weighted, row.Mean, row.MCSE)
	}
}

// TestWeightedMeansNeedTheirLaw: samplers whose law is not p/a are refused by name.
func TestWeightedMeansNeedTheirLaw(t *testing.T) {
	workers := tensor.NewWorkers(1)
	defer workers.Close()
	for want, change := range map[string]func(*langevin.Config){
		"kernel anila":  func(c *langevin.Config) { c.Kernel = "anila-mala" },
		"scope sample":  func(c *langevin.Config) { c.Scope = "coord" },
		"not corrected": func(c *langevin.Config) { c.Correct = true },
		"noise_form":    func(c *langevin.Config) { c.NoiseForm = "linear" },
		"drift_form":    func(c *langevin.Config) { c.DriftForm = "full" },
		"temperature":   func(c *langevin.Config) { c.Step, c.Drift, c.Noise, c.Temperature = 0, 1, 0.1, 1 },
	} {
		c := langevin.Config{Kernel: "anila", Step: 0.01, B: 1, Scope: "sample", Temperature: 1}
		change(&c)
		_, err := NewRunner(target.FourRings(), Config{Sampler: c, Chains: 2, Steps: 9, Weighted: true}, Quantities(2), workers, make([]float32, 4))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", want, err)
		}
	}
}

// TestStepsAreTheirOwn: long chains with training's seed have none of its noise.
func TestStepsAreTheirOwn(t *testing.T) {
	d := langevin.Func(1, func(grad, x []float64) float64 { grad[0] = 0; return 0 })
	config := Config{Sampler: langevin.Config{Kernel: "langevin", Step: 1, Temperature: 1}, Chains: 1, Steps: 8, Seed: 5}
	workers := tensor.NewWorkers(1)
	defer workers.Close()
	r, err := NewRunner(d, config, Quantities(1), workers, make([]float32, 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Advance(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	var xi [1]float32
	tensor.Key{Seed: 5, Purpose: tensor.PurposeLangevin, Step: firstStep}.Normals(xi[:])
	if xi[0] != r.States[0] || firstStep < 1<<55 {
		t.Errorf("the first step moved by %v, the noise of its own number is %v", r.States[0], xi[0])
	}
}
