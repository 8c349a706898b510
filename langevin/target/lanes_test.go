package target

import (
	"math"
	"testing"
)

// TestConstantsOfLanesAreFloat64: what a formula adds up in float32 keeps its digits
// beside a constant in which float32 would lose them.
func TestConstantsOfLanesAreFloat64(t *testing.T) {
	const n, constant = 700, 1e9
	b := Banana{1, 0.5}
	x, grad := draw(b, n, 1), make([]float32, 2*n)
	low, high := make([]float64, n), make([]float64, n)
	for f, c := range map[*[]float64]float64{&low: 0, &high: constant} {
		ev := newLaneEvaluator(b, 2, 2, n, c).(*laneEvaluator)
		ev.LogDensityAndGradient64(*f, grad, x)
	}
	for i := range low {
		if math.Abs(high[i]-constant-low[i]) > 1e-6 {
			t.Fatalf("state %d: f is %v, with a constant of 1e9 %v more", i, low[i], high[i]-low[i])
		}
	}
}

// TestLanesDoNotDependOnTheBatch: a state has the same bits alone, in the batch that an
// evaluator was made for, and in a larger one.
func TestLanesDoNotDependOnTheBatch(t *testing.T) {
	const n = 301
	for _, target := range all(t) {
		d := target.Dim()
		x := draw(target, n, 6)
		f, grad := make([]float32, n), make([]float32, n*d)
		target.NewEvaluator(n).LogDensityAndGradient(f, grad, x)
		one := target.NewEvaluator(1)
		for i := range n {
			g, slope := []float32{0}, make([]float32, d)
			one.LogDensityAndGradient(g, slope, x[i*d:(i+1)*d])
			same := math.Float32bits(g[0]) == math.Float32bits(f[i])
			for j, v := range slope {
				same = same && math.Float32bits(v) == math.Float32bits(grad[i*d+j])
			}
			if !same {
				t.Fatalf("%s: state %d has f = %v, ∇f = %v alone, %v, %v among others", target.Name(), i, g[0], slope, f[i], grad[i*d:(i+1)*d])
			}
		}
		many, slopes := make([]float32, n), make([]float32, n*d)
		target.NewEvaluator(7).LogDensityAndGradient(many, slopes, x)
		all := append(f, grad...)
		for i, v := range append(many, slopes...) {
			if want := all[i]; math.Float32bits(v) != math.Float32bits(want) {
				t.Fatalf("%s: number %d is %v in batches of 7, %v in one", target.Name(), i, v, want)
			}
		}
	}
}

// TestLogisticFarFromItsMode: margins beyond the exponential's range are exact.
func TestLogisticFarFromItsMode(t *testing.T) {
	regression, err := NewLogisticRegression(ChallengerData(false), ChallengerOutcomes(), 10)
	if err != nil {
		t.Fatal(err)
	}
	x := []float32{30, 5, -20, -7, 0, 0.5}
	f, grad, want := make([]float32, 3), make([]float32, 6), make([]float64, 2)
	regression.NewEvaluator(3).LogDensityAndGradient(f, grad, x)
	for i := range f {
		v := regression.Gradient(want, widen(x[2*i:2*i+2]))
		if math.Abs(float64(f[i])-v) > 1e-6*math.Abs(v) {
			t.Errorf("f = %v, float64 %v", f[i], v)
		}
		for j, w := range want {
			if math.Abs(float64(grad[2*i+j])-w) > 1e-5*(1+math.Abs(w)) {
				t.Errorf("gradient %d is %v, float64 %v", j, grad[2*i+j], w)
			}
		}
	}
}

// TestLongGaussiansHaveMeans: of as many coordinates as make matrix products, also
// around another place than 0.
func TestLongGaussiansHaveMeans(t *testing.T) {
	const d, n = 40, 35
	mean, covariance := make([]float64, d), make([]float64, d*d)
	for i := range d {
		mean[i] = float64(i%5) - 1
		for j := range d {
			covariance[i*d+j] = math.Exp(-math.Abs(float64(i-j)) / 3)
		}
	}
	g, err := NewGaussian(mean, covariance)
	if err != nil {
		t.Fatal(err)
	}
	x, f, grad, want := draw(g, n, 1), make([]float32, n), make([]float32, n*d), make([]float64, d)
	g.NewEvaluator(n).LogDensityAndGradient(f, grad, x)
	for i := range n {
		v := g.Gradient(want, widen(x[i*d:(i+1)*d]))
		if math.Abs(float64(f[i])-v) > 1e-5*(1+math.Abs(v)) {
			t.Errorf("f = %v, float64 %v", f[i], v)
		}
		for j, w := range want {
			if math.Abs(float64(grad[i*d+j])-w) > 1e-4 {
				t.Errorf("gradient %d is %v, float64 %v", j, grad[i*d+j], w)
			}
		}
	}
}
