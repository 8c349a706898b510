package langevin_test

import (
	"math"
	"testing"

	"anila/langevin"
	"anila/tensor"
)

// twoPixels is a density of states of two pixels of two channels, so that the
// scopes differ.
type twoPixels struct{ langevin.LogDensity }

func (d twoPixels) Shape() (h, w, c int) { return 1, 2, 2 }

// slopes is the density of four independent coordinates, with −slope the
// derivative of f at |x|.
func slopes(slope func(x float32) float32) langevin.LogDensity {
	return twoPixels{langevin.FuncBatch(4, func(value, grad, x []float32) {
		clear(value) // unadjusted kernels do not ask for it
		for i, v := range x {
			if v < 0 {
				grad[i] = slope(-v)
			} else {
				grad[i] = -slope(v)
			}
		}
	})}
}

// correlated is the density of coordinates 0 and 2, and 1 and 3, with correlation
// ρ: each of two independent pairs lies in both pixels.
func correlated(rho float32) langevin.LogDensity {
	scale := 1 / (1 - rho*rho)
	return twoPixels{langevin.FuncBatch(4, func(value, grad, x []float32) {
		clear(value)
		for i, v := range x {
			grad[i] = scale * (rho*x[i^2] - v)
		}
	})}
}

// correction is a target of which corrected chains must find the second moment.
type correction struct {
	name   string
	d      langevin.LogDensity
	f      func(x float64) float64 // of |x|, one coordinate alone
	rho    float64
	moment float64 // E x²
	step   float64 // the longest of three
	time   float64 // steps times step
}

func corrections() []correction {
	e := math.Exp(-0.5)
	normal := func(x float64) float64 { return -x * x / 2 }
	return []correction{
		{"N(0, 1)", slopes(func(x float32) float32 { return x }), normal, 0, 1, 0.2, 16},
		{"exp(−x⁴/4)", slopes(func(x float32) float32 { return x * x * x }), func(x float64) float64 { return -x * x * x * x / 4 },
			0, 2 * math.Gamma(0.75) / math.Gamma(0.25), 0.05, 8},
		{"slopes ½ and 3", slopes(func(x float32) float32 {
			if x < 1 {
				return 0.5
			}
			return 3
		}), func(x float64) float64 { return -max(x/2, 3*x-2.5) }, 0, (16 - 26*e + e*17/27) / (2 - 2*e + e/3), 0.05, 8},
		{"ρ = 0.9", correlated(0.9), normal, 0.9, 1, 0.024, 30},
	}
}

// As the step goes to 0, corrected chains sample the target, whatever runs along
// |∇f|, also where f has kinks and where coordinates are correlated; uncorrected
// ones sample something else. Chains start from exact draws and must stay.
func TestCorrectedChainsSampleTheTarget(t *testing.T) {
	statistical(t)
	scopes, chains := langevin.Scopes()[:1], 1000
	if long() {
		scopes, chains = langevin.Scopes(), 24_000
	}
	for _, c := range corrections() {
		start := c.draws(chains)
		for _, scope := range scopes {
			for _, correct := range []bool{true, false} {
				got, deviation := c.extrapolated(t, langevin.Config{Kernel: "anila", B: 1, Scope: scope, Correct: correct}, start)
				t.Logf("%-15s %-6s corrected %-5v E x² = %.4f ± %.4f, truth %.4f", c.name, scope, correct, got, deviation, c.moment)
				tolerance := 0.02
				if !correct || !long() {
					tolerance += 4 * deviation
				} else if deviation > 0.007 {
					t.Errorf("%s, %s: standard error %.4f", c.name, scope, deviation)
				}
				if met := math.Abs(got-c.moment) <= tolerance; met != correct {
					t.Errorf("%s, %s, corrected %v: E x² = %.4f ± %.4f as the step goes to 0, truth %.4f",
						c.name, scope, correct, got, deviation, c.moment)
				}
			}
		}
	}
}

// extrapolated is E x² of long chains at step 0, with its standard error: that of
// the line through three steps.
func (c *correction) extrapolated(t *testing.T, config langevin.Config, start []float32) (moment, deviation float64) {
	variance := 0.0
	for i, weight := range []float64{-0.5, 0.5, 1} { // least squares for steps 4, 2, 1
		config.Step = c.step / float64(int(1)<<i)
		m, v := c.longRun(t, config, start)
		moment += weight * m
		variance += weight * weight * v
	}
	return moment, math.Sqrt(variance)
}

// longRun is E x² over the second half of the chains' time, and the square of its
// standard error.
func (c *correction) longRun(t *testing.T, config langevin.Config, start []float32) (moment, variance float64) {
	const looks = 8
	z := append([]float32{}, start...)
	chains, steps := len(z)/4, int(c.time/config.Step)
	p := pool(t, c.d, config, 2, chains)
	mustStart(t, p, z, 2, 0)
	p.Advance(steps/2, nil)
	means := make([]float64, chains)
	for range looks {
		p.Advance(steps/2/looks, nil)
		for i := range means {
			means[i] += secondMoment(z[4*i:4*i+4]) / looks
		}
	}
	squares := 0.0
	for _, v := range means {
		moment += v / float64(chains)
		squares += v * v / float64(chains)
	}
	return moment, (squares - moment*moment) / float64(chains)
}

// draws are exact ones of the target: of a coordinate by the inverse of its
// distribution function on a grid.
func (c *correction) draws(chains int) []float32 {
	const cells, end = 40_000, 8.0
	mass := make([]float64, cells+1) // of |x| below a cell
	for i := range cells {
		mass[i+1] = mass[i] + math.Exp(c.f((float64(i)+0.5)/cells*end))
	}
	z := make([]float32, 4*chains)
	tensor.Key{Seed: 1, Purpose: tensor.PurposeStart}.Uniforms(z)
	for i, u := range z {
		x := 2*float64(u) - 1
		low, high := 0, cells
		for high-low > 1 {
			if m := (low + high) / 2; mass[m] <= math.Abs(x)*mass[cells] {
				low = m
			} else {
				high = m
			}
		}
		z[i] = float32(math.Copysign((float64(low)+0.5)/cells*end, x))
	}
	for i := range z {
		if c.rho != 0 && i%4 >= 2 {
			z[i] = float32(c.rho*float64(z[i-2]) + math.Sqrt(1-c.rho*c.rho)*float64(z[i]))
		}
	}
	return z
}

// A run of K steps leaves its last noise as it is, so of the drift that correction
// gives one part in K is missing: chains that go on from run to run sample
// p/a^(1/K) where there is one coordinate, which for K = 1 is what uncorrected
// chains do. On N(0, 1) with b = 1 the variance is 1.415 for K = 1 and 1.022 for
// K = 15; with steps of 0.1 and 0.2 it is 1.030 and 1.048.
func TestRunsOweTheirLastNoise(t *testing.T) {
	statistical(t)
	const chains, time = 5000, 20
	c := corrections()[0]
	start := c.draws(chains)
	for _, steps := range []int{1, 15} {
		variance := 0.0
		for i, weight := range []float64{-0.5, 0.5, 1} {
			config := langevin.Config{Kernel: "anila", Step: c.step / float64(int(1)<<i), B: 1, Steps: steps, Correct: true}
			p, z := pool(t, c.d, config, 2, chains), append([]float32{}, start...)
			runs, sum, looks := int(time/config.Step)/steps, 0.0, 0
			for k := range runs {
				p.Run(z, 3, uint64(k*steps))
				if k >= runs/3 && k%(1+runs/30) == 0 {
					sum += secondMoment(z)
					looks++
				}
			}
			t.Logf("runs of %d steps of %.2f: variance %.4f", steps, config.Step, sum/float64(looks))
			variance += weight * sum / float64(looks)
		}
		mass, second := 0.0, 0.0
		for x := 0.0005; x < 10; x += 0.001 {
			density := math.Exp(-x*x/2) * math.Pow(max(1, x), 1/float64(steps))
			mass += density
			second += density * x * x
		}
		if want := second / mass; math.Abs(variance-want) > 0.015 {
			t.Errorf("runs of %d steps: variance %.4f as the step goes to 0, that of p/a^(1/K) is %.4f", steps, variance, want)
		}
	}
}

// What a kernel remembers begins with each Run, so that runs do not depend on
// earlier ones, and goes with the chains where it is stored and put back.
func TestMemory(t *testing.T) {
	const chains = 10
	d := image(t)
	for _, c := range configs() {
		c.Steps = 8
		whole, again, parts := starts(d, chains), starts(d, chains), starts(d, chains)
		p := pool(t, d, c, 2, chains)
		p.Run(whole, 3, 40)
		p.Run(again, 3, 40)
		if !sameBits(again, whole) {
			t.Errorf("%s: a second run from the same start differs", label(c))
		}
		mustStart(t, p, parts, 3, 40)
		for k := range uint64(8) {
			p.Advance(1, nil)
			m := p.Memory()
			c.Block = 1 + int(k)
			p = pool(t, d, c, 1, chains)
			mustStart(t, p, parts, 3, 41+k)
			p.Remember(m)
		}
		if !sameBits(parts, whole) {
			t.Errorf("%s: chains that were taken up again at every step differ", label(c))
		}
	}
}
