package langevin_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"anila/langevin"
	"anila/langevin/target"
	"anila/tensor"
)

// A kernel of the table runs as one's own does, with the same bits; so does a
// kernel that is really one's own, with any workers.
func TestKernelPool(t *testing.T) {
	const chains, steps = 11, 9
	run := func(d langevin.LogDensity, k langevin.Kernel, workers int) ([]float32, langevin.Stats) {
		w := tensor.NewWorkers(workers)
		defer w.Close()
		p, err := langevin.NewKernelPool(d, k, steps, w, chains)
		if err != nil {
			t.Fatal(err)
		}
		z := starts(d, chains)
		return z, *p.Run(z, 5, 70)
	}
	d := image(t)
	for _, c := range configs() {
		c.Steps = steps
		want := starts(d, chains)
		wantStats := *pool(t, d, c, 1, chains).Run(want, 5, 70)
		k, err := langevin.NewKernel(c, d)
		if err != nil {
			t.Fatal(err)
		}
		got, stats := run(d, k, 2)
		same := func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }
		if !sameBits(got, want) || !same(stats.Limited, wantStats.Limited) || !same(stats.Acceptance, wantStats.Acceptance) {
			t.Errorf("%s: a pool of the kernel differs from that of its configuration", label(c))
		}
	}
	want, _ := run(gmm(), crankNicolson{0.3}, 1)
	if got, stats := run(gmm(), crankNicolson{0.3}, 3); !sameBits(got, want) || !(stats.Acceptance > 0) {
		t.Errorf("one's own kernel: three workers differ from one, or acceptance is %v", stats.Acceptance)
	}
	w := tensor.NewWorkers(1)
	defer w.Close()
	if _, err := langevin.NewKernelPool(d, crankNicolson{0.3}, -1, w, 1); err == nil {
		t.Error("−1 steps are accepted")
	}
}

// lifted is a density times e^(constant/T): the same law.
func lifted(dim int, constant float64, f func(grad, x []float64) float64) langevin.LogDensity {
	return langevin.Func(dim, func(grad, x []float64) float64 { return constant + f(grad, x) })
}

// A constant in f, where float32 has no digit left behind the point, changes
// nothing: neither a chain nor P(|x| < 1) of a plane normal, 1 − e^(−½), which is
// told from 0.46 (what f in float32 gives) by more than ten standard errors.
func TestConstantInLogDensityChangesNothing(t *testing.T) {
	statistical(t)
	const chains, temperature = 6_000, 0.5
	normal := func(grad, x []float64) float64 {
		grad[0], grad[1] = -temperature*x[0], -temperature*x[1]
		return -temperature * (x[0]*x[0] + x[1]*x[1]) / 2
	}
	want := 1 - math.Exp(-0.5)
	tolerance := 5 * math.Sqrt(want*(1-want)/chains)
	if 2*tolerance > 0.46-want {
		t.Fatal("too few chains to tell")
	}
	for _, c := range configs() {
		if c.Temperature = temperature; !c.Metropolis() {
			continue
		}
		c.Step, c.Drift, c.Noise = c.Step*8, 0, 0
		c.Steps = 40
		ends := func(constant float64) []float32 {
			d := lifted(2, constant*temperature, normal)
			z := make([]float32, 2*chains)
			tensor.Key{Seed: 3, Purpose: tensor.PurposeToy}.Normals(z)
			pool(t, d, c, 2, chains).Run(z, 4, 0)
			return z
		}
		high := ends(1e7)
		if !sameBits(high[:2*1000], ends(0)[:2*1000]) {
			t.Errorf("%s: a constant of 1e7·T gives other chains", label(c))
		}
		inside := 0.0
		for i := range chains {
			if square(high[2*i:2*i+2]) < 1 {
				inside += 1.0 / chains
			}
		}
		if math.Abs(inside-want) > tolerance {
			t.Errorf("%s: P(|x| < 1) is %.4f, truth %.4f ± %.4f", label(c), inside, want, tolerance)
		}
	}
}

// Every known target, and whatever is wrapped round it, says f in float64: its
// formula in float32, and constants.
func TestTargetsKeepFloat64(t *testing.T) {
	for _, name := range target.Names() {
		d, err := target.ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float32, 3*d.Dim())
		d.Sample(x, tensor.Key{Seed: 1, Purpose: tensor.PurposeToy})
		grad := make([]float32, len(x))
		for what, c := range map[string]struct {
			d     langevin.LogDensity
			truth func(x []float64) float64
		}{
			"itself":         {d, d.LogDensity},
			"tempered":       {target.Tempered(d, 0.3), func(x []float64) float64 { return 0.3 * d.LogDensity(x) }},
			"with reference": {langevin.WithReference(d, 0.5, 2), func(x []float64) float64 { return d.LogDensity(x) - 0.5*squared(x)/8 }},
		} {
			ev, ok := c.d.NewEvaluator(3).(langevin.Evaluator64)
			if !ok {
				t.Errorf("%s, %s: f in float32 only", name, what)
				continue
			}
			f := make([]float64, 3)
			ev.LogDensityAndGradient64(f, grad, x)
			narrow, other := make([]float32, 3), make([]float32, len(x))
			c.d.NewEvaluator(3).LogDensityAndGradient(narrow, other, x)
			for i := range f {
				want := c.truth(widen(x[i*d.Dim() : (i+1)*d.Dim()]))
				if math.Abs(f[i]-want) > 1e-5*(1+math.Abs(want)) {
					t.Errorf("%s, %s: f = %.15g, truth %.15g", name, what, f[i], want)
				}
				if math.Abs(float64(narrow[i])-f[i]) > 1e-6*(1+math.Abs(f[i])) {
					t.Errorf("%s, %s: f is %v in float32, %v in float64", name, what, narrow[i], f[i])
				}
			}
			if !sameBits(grad, other) {
				t.Errorf("%s, %s: two gradients", name, what)
			}
		}
	}
}

func squared(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return sum
}

// Starts where f or ∇f is not finite are told, by every kernel that looks at
// them, and only those; chains that come to such a place are not.
func TestBadStartsAreTold(t *testing.T) {
	const chains = 40
	for what, hole := range map[string]struct{ f, grad float64 }{
		"f = −Inf": {math.Inf(-1), 0}, "f = +Inf": {math.Inf(1), 0}, "f = NaN": {math.NaN(), 0}, "∇f = NaN": {0, math.NaN()}, "∇f = Inf": {0, math.Inf(1)},
	} {
		d := langevin.Func(2, func(grad, x []float64) float64 {
			grad[0], grad[1] = -x[0], -x[1]
			if x[0] > 100 {
				grad[1] += hole.grad
				return hole.f
			}
			return -squared(x) / 2
		})
		for _, c := range configs() {
			seen := hole.grad == 0 || c.Kernel != "rwm"
			for _, workers := range []int{1, 3} {
				p := pool(t, d, c, workers, chains)
				z := starts(d, chains)
				if err := p.Start(z, 1, 0); err != nil {
					t.Errorf("%s: %v", label(c), err)
				}
				z[2*17], z[2*31] = 1e4, 1e4
				if stats := p.Advance(1, nil); stats.BadStart != nil {
					t.Errorf("%s: %v, in a run that goes on", label(c), stats.BadStart)
				}
				z = starts(d, chains)
				z[2*17], z[2*31] = 1e4, 1e4
				var bad *langevin.StartError
				if err := p.Start(z, 1, 0); errors.As(err, &bad) != seen {
					t.Errorf("%s, %s: error %v", label(c), what, err)
				}
				if seen && (bad.Count != 2 || bad.Chains != chains || bad.Chain != 17 || hole.f != 0 && fmt.Sprint(bad.F) != fmt.Sprint(hole.f)) {
					t.Errorf("%s, %s: %+v", label(c), what, bad)
				}
				c.Steps = 3
				if stats := pool(t, d, c, workers, chains).Run(slices.Clone(z), 1, 0); (stats.BadStart != nil) != seen {
					t.Errorf("%s, %s: a run says %v", label(c), what, stats.BadStart)
				}
				if c.Metropolis() {
					c.Adapt = 2
					if err := pool(t, d, c, workers, chains).Warmup(z, 1, 0); (err != nil) != seen {
						t.Errorf("%s, %s: a warm-up says %v", label(c), what, err)
					}
					c.Adapt = 0
				}
			}
		}
	}
}
