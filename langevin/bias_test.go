package langevin_test

import (
	"math"
	"testing"

	"anila/langevin"
	"anila/langevin/target"
	"anila/tensor"
)

// The unadjusted chain on N(0, v) is an autoregression: its variance in the
// long run is v/(1 − s/(4v)) for step s, at any temperature.
func TestLangevinBiasIsTheClosedForm(t *testing.T) {
	statistical(t)
	const chains, variance = 40_000, 0.25
	normal, err := target.NewGaussian([]float64{0, 0}, []float64{variance, 0, 0, variance})
	if err != nil {
		t.Fatal(err)
	}
	for _, temperature := range []float64{1, 0.2} {
		for i, ratio := range []float64{0.1, 0.5, 1, 2, 3} {
			c := langevin.Config{Kernel: "langevin", Step: ratio * variance, Temperature: temperature, Steps: 60}
			d := target.Tempered(normal, temperature)
			z := start(d, chains, uint64(i))
			pool(t, d, c, 1, chains).Run(z, uint64(i), 0)
			got := secondMoment(z)
			want := variance / (1 - ratio/4)
			if tolerance := 5 * want / math.Sqrt(chains); math.Abs(got-want) > tolerance {
				t.Errorf("T = %v, s/v = %v: variance %.4f, closed form %.4f ± %.4f", temperature, ratio, got, want, tolerance)
			}
			if bias := want - variance; ratio >= 0.5 && bias < 10*want/math.Sqrt(chains) {
				t.Errorf("s/v = %v: a bias of %v could not be seen", ratio, bias)
			}
		}
	}
}

// The anisotropic chain has no closed form; in one dimension its long-run
// density is the fixed point of its transition kernel on a grid.
func TestAnilaBiasIsTheFixedPoint(t *testing.T) {
	statistical(t)
	const chains = 20_000
	normal, err := target.NewGaussian([]float64{0}, []float64{1})
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range langevin.NoiseForms() {
		for i, b := range []float64{0.6, 1} {
			const s = 0.6
			want := stationaryVariance(s, b, form == "linear")
			c := langevin.Config{Kernel: "anila", Step: s, B: b, NoiseForm: form, Steps: 300}
			z := start(normal, chains, uint64(i))
			pool(t, normal, c, 1, chains).Run(z, uint64(10+i), 0)
			got := secondMoment(z)
			if tolerance := 8 * want / math.Sqrt(chains); math.Abs(got-want) > tolerance {
				t.Errorf("%s, b = %v: variance %.4f, fixed point %.4f ± %.4f", form, b, got, want, tolerance)
			}
			if math.Abs(want-1) < 0.05 {
				t.Errorf("%s, b = %v: variance %v, no bias to be seen", form, b, want)
			}
		}
	}
}

// As its step goes to 0 the anisotropic chain does not go to the target p: it
// goes to p/a, for want of the drift ½·∇a. On N(0, 1) with b = 1 that is
// φ(z)·max(1, |z|), of variance (Φ₁ − 2φ₁ + 6φ₁)/(Φ₁ + 2φ₁) = 1.4148 with
// φ₁ = φ(1) and Φ₁ = P(|z| < 1).
func TestAnilaSmallStepLimit(t *testing.T) {
	statistical(t)
	const chains = 20_000
	normal, err := target.NewGaussian([]float64{0, 0}, []float64{1, 0, 0, 1})
	if err != nil {
		t.Fatal(err)
	}
	variance := func(s float64) float64 {
		z := start(normal, chains, 5)
		c := langevin.Config{Kernel: "anila", Step: s, B: 1, Steps: int(40 / s)}
		pool(t, normal, c, 1, chains).Run(z, 6, 0)
		return secondMoment(z)
	}
	density, inside := math.Exp(-0.5)/math.Sqrt(2*math.Pi), math.Erf(1/math.Sqrt2)
	want := (inside + 4*density) / (inside + 2*density)
	if got := 2*variance(0.2) - variance(0.4); math.Abs(got-want) > 0.05 {
		t.Errorf("variance %.4f as the step goes to 0, limit %.4f", got, want)
	}
}

// stationaryVariance is that of z' = z − s/2·a·z + √s·√a·ξ (a in the linear
// form) with a = min(1, b/|z|), by iterating the transition matrix of a grid.
func stationaryVariance(s, b float64, linear bool) float64 {
	const cells, half = 361, 9.0
	h := 2 * half / (cells - 1)
	at := func(i int) float64 { return -half + float64(i)*h }
	transition := make([][]float64, cells)
	for i := range transition {
		z := at(i)
		a := min(1, b/math.Abs(z))
		mean, sd := z-s/2*a*z, math.Sqrt(s*a)
		if linear {
			sd = math.Sqrt(s) * a
		}
		transition[i] = make([]float64, cells)
		sum := 0.0
		for j := range cells {
			e := (at(j) - mean) / sd
			transition[i][j] = math.Exp(-e * e / 2)
			sum += transition[i][j]
		}
		for j := range cells {
			transition[i][j] /= sum
		}
	}
	p := make([]float64, cells)
	for i := range p {
		p[i] = 1.0 / cells
	}
	for range 300 {
		next := make([]float64, cells)
		for i, mass := range p {
			if mass > 1e-18 {
				for j, q := range transition[i] {
					next[j] += mass * q
				}
			}
		}
		p = next
	}
	variance := 0.0
	for i, mass := range p {
		variance += mass * at(i) * at(i)
	}
	return variance
}

// Without noise the chains end where the gradient is nought.
func TestGradientDescentFindsTheMode(t *testing.T) {
	d := target.Conditioned(2, 10)
	for _, scope := range langevin.Scopes() {
		z := make([]float32, 2*50)
		tensor.Key{Seed: 1, Purpose: tensor.PurposeStart}.Normals(z)
		c := langevin.Config{Kernel: "gd", Drift: 0.05, B: 1, Temperature: 1, Scope: scope, Steps: 1500}
		pool(t, d, c, 1, 50).Run(z, 1, 0)
		if m := secondMoment(z); m > 1e-8 {
			t.Errorf("%s: mean square %v after 1500 steps", scope, m)
		}
	}
}

func secondMoment(z []float32) float64 {
	sum := 0.0
	for _, v := range z {
		sum += float64(v) * float64(v)
	}
	return sum / float64(len(z))
}
