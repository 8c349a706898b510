package target

import (
	"math"
	"testing"

	"anila/tensor"
)

func all(t *testing.T) []Target {
	correlated, err := NewGaussian([]float64{1, -2, 3}, []float64{4, 1.2, 0.3, 1.2, 1, -0.4, 0.3, -0.4, 2})
	if err != nil {
		t.Fatal(err)
	}
	targets := []Target{
		correlated,
		Power{Dimension: 3, Exponent: 4, Theta: 2}, Power{Dimension: 2, Exponent: 1, Theta: 1}, Student{Dimension: 2, Freedom: 3},
	}
	for _, name := range Names() {
		target, err := ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		if target.Name() != name {
			t.Errorf("ByName(%q).Name() is %q", name, target.Name())
		}
		targets = append(targets, target)
	}
	return targets
}

func draw(target Target, n int, seed uint64) []float32 {
	x := make([]float32, n*target.Dim())
	target.Sample(x, tensor.Key{Seed: seed, Purpose: tensor.PurposeToy})
	return x
}

func widen(x []float32) []float64 {
	w := make([]float64, len(x))
	for i, v := range x {
		w[i] = float64(v)
	}
	return w
}

func TestByNameUnknown(t *testing.T) {
	if _, err := ByName("ring"); err == nil {
		t.Error("no error")
	}
}

func TestGradientIsTheDerivative(t *testing.T) {
	for _, target := range all(t) {
		d := target.Dim()
		x := widen(draw(target, 20, 1))
		grad, scratch := make([]float64, d), make([]float64, d)
		for n := range 20 {
			point := x[n*d : (n+1)*d]
			f := target.Gradient(grad, point)
			if g := target.LogDensity(point); f != g {
				t.Fatalf("%s: f is %v or %v", target.Name(), f, g)
			}
			for i := range d {
				const h = 1e-5
				keep := point[i]
				point[i] = keep + h
				up := target.Gradient(scratch, point)
				point[i] = keep - h
				down := target.Gradient(scratch, point)
				point[i] = keep
				if slope := (up - down) / (2 * h); math.Abs(slope-grad[i]) > 1e-4*(1+math.Abs(slope)) {
					t.Fatalf("%s: ∂f/∂x%d = %v, differences give %v", target.Name(), i, grad[i], slope)
				}
			}
		}
	}
}

func TestEvaluatorEqualsFloat64(t *testing.T) {
	const n = 33
	for _, plain := range all(t) {
		for _, temperature := range []float64{1, 0.25} {
			target := plain
			if temperature != 1 {
				target = Tempered(plain, temperature)
			}
			d := target.Dim()
			x := draw(target, n, 2)
			f, grad := make([]float32, n), make([]float32, n*d)
			target.NewEvaluator(n).LogDensityAndGradient(f, grad, x)
			want := make([]float64, d)
			for i := range n {
				v := plain.Gradient(want, widen(x[i*d:(i+1)*d])) * temperature
				if math.Abs(float64(f[i])-v) > 1e-5*(1+math.Abs(v)) {
					t.Errorf("%s: f = %v, float64 %v", target.Name(), f[i], v)
				}
				size := 0.0
				for _, w := range want {
					size = max(size, math.Abs(w))
				}
				for j, w := range want {
					if math.Abs(float64(grad[i*d+j])-w*temperature) > 2e-5*(1+size) {
						t.Errorf("%s: gradient %d is %v, float64 %v", target.Name(), j, grad[i*d+j], w*temperature)
					}
				}
			}
		}
	}
}

func TestPlaneDensitiesIntegrateToOne(t *testing.T) {
	const cells, half = 560, 14.0
	const h = 2 * half / cells
	for _, target := range []Target{FourRings(), GaussianRing(), Banana{1, 0.5}, Conditioned(2, 100), Funnel{2, 0.5}, Power{2, 4, 2}, Power{2, 1, 1}} {
		sum := 0.0
		for i := range cells {
			for j := range cells {
				sum += math.Exp(target.LogDensity([]float64{-half + (float64(i)+0.5)*h, -half + (float64(j)+0.5)*h})) * h * h
			}
		}
		if math.Abs(sum-1) > 2e-3 {
			t.Errorf("%s integrates to %v", target.Name(), sum)
		}
	}
}

// Exact draws fall into the cells of a coarse grid as the integral of the
// density says.
func TestSampleFollowsDensity(t *testing.T) {
	const n, cells, fine = 60_000, 12, 20
	for _, c := range []struct {
		target Target
		half   float64
	}{{FourRings(), 4.5}, {GaussianRing(), 1.5}, {Banana{1, 0.5}, 3}, {Conditioned(2, 100), 2.5}, {Funnel{2, 0.5}, 3}, {Power{2, 4, 2}, 3}, {Power{2, 1, 1}, 5}, {Student{2, 3}, 5}, {Challenger(), 4}} {
		counts, mass := make([]float64, cells*cells), make([]float64, cells*cells)
		h := 2 * c.half / cells
		x := draw(c.target, n, 3)
		inside := 0.0
		for i := range n {
			u, v := math.Floor((float64(x[2*i])+c.half)/h), math.Floor((float64(x[2*i+1])+c.half)/h)
			if u >= 0 && u < cells && v >= 0 && v < cells {
				counts[int(u)*cells+int(v)]++
				inside++
			}
		}
		total := 0.0
		for i := range cells * fine {
			for j := range cells * fine {
				p := math.Exp(c.target.LogDensity([]float64{-c.half + (float64(i)+0.5)*h/fine, -c.half + (float64(j)+0.5)*h/fine}))
				mass[i/fine*cells+j/fine] += p
				total += p
			}
		}
		chi, freedom := 0.0, -1.0
		for k, m := range mass {
			if expected := m / total * inside; expected >= 10 {
				chi += (counts[k] - expected) * (counts[k] - expected) / expected
				freedom++
			}
		}
		// 5 standard deviations of χ²; 9 targets
		if chi > freedom+5*math.Sqrt(2*freedom) {
			t.Errorf("%s: χ² = %.1f on %v", c.target.Name(), chi, freedom)
		}
		if inside < 0.9*n {
			t.Errorf("%s: %v of %d draws on the grid", c.target.Name(), inside, n)
		}
	}
}

func TestGaussianMoments(t *testing.T) {
	const n = 100_000
	for _, d := range []int{2, 20, 200} {
		n := n / d * 2
		g := Conditioned(d, 100)
		x := draw(g, n, 4)
		for _, pair := range [][2]int{{0, 0}, {0, 1}, {1, 1}, {0, d - 1}, {d - 1, d - 1}} {
			i, j := pair[0], pair[1]
			sum := 0.0
			for k := range n {
				sum += float64(x[k*d+i]) * float64(x[k*d+j])
			}
			truth := g.Covariance(i, j)
			sd := math.Sqrt((g.Covariance(i, i)*g.Covariance(j, j) + truth*truth) / float64(n))
			if math.Abs(sum/float64(n)-truth) > 5*sd {
				t.Errorf("d = %d: covariance (%d, %d) of draws %v, truth %v ± %v", d, i, j, sum/float64(n), truth, sd)
			}
		}
	}
	if g := Conditioned(20, 100); g.Covariance(3, 7) == 0 {
		t.Error("axes are not turned")
	}
	if _, err := NewGaussian([]float64{0, 0}, []float64{1, 2, 2, 1}); err == nil {
		t.Error("an indefinite covariance is accepted")
	}
	if _, err := NewGaussian([]float64{0, 0}, []float64{1, 0.5, 0.4, 1}); err == nil {
		t.Error("an asymmetric covariance is accepted")
	}
}

// −E log p over exact draws is the entropy.
func TestEntropyOfRings(t *testing.T) {
	const n = 100_000
	rings := FourRings()
	x := widen(draw(rings, n, 5))
	sum, square := 0.0, 0.0
	for i := range n {
		f := rings.LogDensity(x[2*i : 2*i+2])
		sum += f
		square += f * f
	}
	mean := sum / n
	if sd := math.Sqrt((square/n - mean*mean) / n); math.Abs(-mean-3.5345) > 4*sd+5e-5 {
		t.Errorf("entropy %v ± %v, not 3.5345", -mean, sd)
	}
}

func TestRingsAtTheOriginIsFinite(t *testing.T) {
	f, grad := make([]float32, 1), make([]float32, 2)
	FourRings().NewEvaluator(1).LogDensityAndGradient(f, grad, []float32{0, 0})
	for _, v := range []float32{f[0], grad[0], grad[1]} {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			t.Errorf("f = %v, ∇f = %v", f, grad)
		}
	}
}

// Without a prior the mode is the published maximum-likelihood fit of
// P(distress) = σ(15.0429 − 0.2322·°F).
func TestChallengerIsThePublishedFit(t *testing.T) {
	fit, err := NewLogisticRegression(ChallengerData(false), ChallengerOutcomes(), 1e4)
	if err != nil {
		t.Fatal(err)
	}
	if m := fit.Mode(); math.Abs(m[0]-15.0429) > 1e-3 || math.Abs(m[1]+0.2322) > 1e-4 {
		t.Errorf("mode %v", m)
	}
	if _, err := NewLogisticRegression([][]float64{{1, 2}, {1}}, []bool{true, false}, 1); err == nil {
		t.Error("ragged rows are accepted")
	}
}
