package nn

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"anila/tensor"
)

// σ against a singular value decomposition, and Ŵ = W/σ.
func TestSpectralNormSigma(t *testing.T) {
	for _, shape := range [][2]int{{4, 3}, {1, 50}, {50, 1}, {16, 64}, {64, 48}} {
		r := rand.New(rand.NewPCG(5, uint64(shape[0])))
		w := normals(r, shape[0]*shape[1])
		s := newSpectral(&Param{Shape: []int{shape[0], shape[1]}, Data: w})
		scaled := s.normalise(w)
		wide := mat.NewDense(shape[0], shape[1], wide([][]float32{w}, []int{len(w)}, 0)[0])
		var svd mat.SVD
		if !svd.Factorize(wide, mat.SVDNone) {
			t.Fatal("no decomposition")
		}
		want := svd.Values(nil)[0]
		if math.Abs(s.sigma/want-1) > 1e-3 {
			t.Errorf("%v: σ = %v, want %v", shape, s.sigma, want)
		}
		if d := math.Abs(float64(scaled[0])*s.sigma/float64(w[0]) - 1); d > 1e-6 {
			t.Errorf("%v: Ŵ is not W/σ", shape)
		}
	}
	zero := make([]float32, 6)
	s := newSpectral(&Param{Shape: []int{2, 3}, Data: zero})
	if !sameBits(s.normalise(zero), zero) {
		t.Error("a weight of zeros changes")
	}
}

// f does not change when a weight is scaled, and gradients are those of the
// unscaled parameters: difference quotients, over two calls of Accumulate.
func TestSpectralNormGradient(t *testing.T) {
	g := NewGraph(1, 1, 3)
	x := g.Swish(g.SpectralNorm(g.Conv("a", g.Input(), 5, 1, 1, 0, true)))
	n := NewNetwork(g, g.SpectralNorm(g.Linear("b", x, 1, true)))
	n.Init(2)
	images := []float32{1, -2, 0.5, -0.3, 0.4, 1.5}
	f := make([]float32, 2)
	e := n.NewEvaluator(2)
	e.LogDensity(f, images)
	before := f[0]
	w := n.Params()[0]
	for i := range w.Data {
		w.Data[i] *= 4
	}
	n.Pack(nil)
	e.LogDensity(f, images)
	if math.Abs(float64(f[0]-before)) > 1e-6 {
		t.Errorf("f = %v after scaling a weight by 4, %v before", f[0], before)
	}
	pool := tensor.NewWorkers(2)
	defer pool.Close()
	gradient := n.NewGradient(pool, 1)
	n.ZeroGrad()
	one := func(int, float32) float32 { return 1 }
	gradient.Accumulate(f[:1], images[:3], one)
	gradient.Accumulate(f[1:], images[3:], one)
	for _, p := range n.Params() {
		for i := range p.Data {
			at := p.Data[i]
			const h = 1.0 / 64
			sum := func(v float32) float64 {
				p.Data[i] = v
				n.Pack(nil)
				e.LogDensity(f, images)
				return float64(f[0]) + float64(f[1])
			}
			d := (sum(at+h) - sum(at-h)) / (2 * h)
			p.Data[i] = at
			if math.Abs(d-float64(p.Grad[i])) > 1e-3 {
				t.Errorf("%s[%d]: difference quotient %v, gradient %v", p.Name, i, d, p.Grad[i])
			}
		}
	}
}

func TestSpectralNormSpec(t *testing.T) {
	spec := Spec{Net: "nonlocal", N: 4, SpectralNorm: true}
	n := mustNew(t, spec)
	n.Init(1)
	normalised := 0
	for _, c := range n.convs {
		if c.norm != nil {
			normalised++
		}
	}
	if want := len(n.convs) - 2; normalised != want { // all but the two W
		t.Errorf("%d layers normalised, want %d", normalised, want)
	}
	got, _, err := SpecFromTensors(nil, n.Spec().Metadata())
	if err != nil || got != n.Spec() {
		t.Errorf("metadata give %+v, %v; want %+v", got, err, n.Spec())
	}
}
