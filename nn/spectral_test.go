package nn

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"anila/asm/reduce"
	"anila/tensor"
)

// leading is σ₁ and its vectors of w [out, rest] from the eigenvectors of WWᵀ or
// WᵀW in float64, whichever is smaller.
func leading(t *testing.T, w []float32, out, rest int) (sigma float64, u, v *mat.VecDense) {
	t.Helper()
	x := mat.NewDense(out, rest, wide([][]float32{w}, []int{len(w)}, 0)[0])
	short, long := mat.Matrix(x), x.T()
	if out > rest {
		short, long = long, short
	}
	m, n := short.Dims()
	var product mat.Dense
	product.Mul(short, long)
	gram := mat.NewSymDense(m, nil)
	for i := range m {
		for j := range i + 1 {
			gram.SetSym(i, j, product.At(i, j))
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(gram, true) {
		t.Fatal("no eigenvectors")
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	a, b := mat.NewVecDense(m, nil), mat.NewVecDense(n, nil)
	a.CopyVec(vectors.ColView(m - 1))
	b.MulVec(long, a)
	sigma = mat.Norm(b, 2)
	b.ScaleVec(1/sigma, b)
	if out > rest {
		a, b = b, a
	}
	return sigma, a, b
}

// spread is a matrix with the given largest singular values and others that fall
// from ¾ of the first on.
func spread(r *rand.Rand, out, rest int, top ...float64) []float32 {
	basis := func(n, k int) *mat.Dense {
		var qr mat.QR
		qr.Factorize(mat.NewDense(n, k, wide([][]float32{normals(r, n*k)}, []int{n * k}, 0)[0]))
		var q mat.Dense
		qr.QTo(&q)
		return mat.DenseCopyOf(q.Slice(0, n, 0, k))
	}
	k := min(out, rest)
	u, v := basis(out, k), basis(rest, k)
	for j := range k {
		s := 0.75 * top[0] * float64(k-j) / float64(k)
		if j < len(top) {
			s = top[j]
		}
		for i := range out {
			u.Set(i, j, u.At(i, j)*s)
		}
	}
	var x mat.Dense
	x.Mul(u, v.T())
	w := make([]float32, out*rest)
	for i := range w {
		w[i] = float32(x.At(i/rest, i%rest))
	}
	return w
}

// σ, Ŵ = W/σ and the gradient against a decomposition in float64, on the layers of
// vanilla and where singular values lie close together.
func TestSpectralNormIsThatOfADecomposition(t *testing.T) {
	type matrix struct {
		out, rest int
		top       []float64 // nil: normals
	}
	cases := []matrix{
		{4, 3, nil}, {1, 50, nil}, {50, 1, nil}, {64, 48, nil}, {300, 200, nil},
		{32, 27, nil}, {64, 512, nil}, {1, 4096, nil},
		{40, 60, []float64{2, 2 * (1 - 1e-3)}}, {40, 60, []float64{2, 2 * (1 - 1e-4)}}, {40, 60, []float64{2, 2 * (1 - 1e-4), 2 * (1 - 2e-4)}},
		{40, 200, []float64{1e-12, 1e-12 * (1 - 1e-4)}}, {200, 180, []float64{1e12, 1e12 * (1 - 1e-4)}},
	}
	if !testing.Short() {
		cases = append(cases, matrix{128, 1024, nil}, matrix{256, 2048, nil}, matrix{64, 27, nil})
	}
	for i, c := range cases {
		r := rand.New(rand.NewPCG(5, uint64(i)))
		w := normals(r, c.out*c.rest)
		if c.top != nil {
			w = spread(r, c.out, c.rest, c.top...)
		}
		s := newSpectral(&Param{Shape: []int{c.out, c.rest}, Data: w})
		scaled := s.normalise(w, nil)
		sigma, u, v := leading(t, w, c.out, c.rest)
		if math.Abs(s.sigma/sigma-1) > 1e-9 {
			t.Errorf("%v: σ = %v, want %v", c, s.sigma, sigma)
		}
		for k, x := range scaled {
			if math.Abs(float64(x)-float64(w[k])/sigma) > 2e-7*math.Abs(float64(x)) {
				t.Fatalf("%v: Ŵ is not W/σ", c)
			}
		}
		// ∂L/∂W = (G − ⟨G, Ŵ⟩·uvᵀ)/σ, with a G along W, so that all hangs on the vectors
		g := normals(r, len(w))
		for k, x := range scaled {
			g[k] = g[k]/16 + x
		}
		copy(s.grad, g)
		got := make([]float32, len(w))
		s.addGradient(got)
		along, off, norm := 0.0, 0.0, 0.0
		for k, x := range g {
			along += float64(x) * float64(w[k]) / sigma
		}
		for k, x := range g {
			want := (float64(x) - along*u.AtVec(k/c.rest)*v.AtVec(k%c.rest)) / sigma
			off += (float64(got[k]) - want) * (float64(got[k]) - want)
			norm += want * want
		}
		if e := math.Sqrt(off / norm); e > 1e-4 {
			t.Errorf("%v: the gradient is off by %.2g of its norm", c, e)
		} else {
			t.Logf("%v: σ off by %.1g, gradient by %.1g", c, s.sigma/sigma-1, e)
		}
	}
}

// Equal singular values leave the vectors open; σ is the same, and the vectors
// are a pair of it.
func TestSpectralNormOfEqualValues(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	w := spread(r, 30, 50, 1, 1, 1)
	identity := make([]float32, 20*20)
	for i := range 20 {
		identity[21*i] = 3
	}
	for _, c := range []struct {
		w         []float32
		out, rest int
		sigma     float64
	}{{w, 30, 50, 1}, {identity, 20, 20, 3}} {
		s := newSpectral(&Param{Shape: []int{c.out, c.rest}, Data: c.w})
		s.normalise(c.w, nil)
		if math.Abs(s.sigma/c.sigma-1) > 1e-6 {
			t.Errorf("σ = %v, want %v", s.sigma, c.sigma)
		}
		for i, a := range s.u { // W·v = σu
			if d := reduce.Dot(c.w[i*c.rest:(i+1)*c.rest], s.v) - s.sigma*float64(a); math.Abs(d) > 1e-6*c.sigma {
				t.Fatalf("row %d of W·v − σu is %v", i, d)
			}
		}
	}
}

// Ŵ is a function of W alone: not of what was normalised before, nor of the
// workers; a weight of zeros stays, and one of NaN ends.
func TestSpectralNormIsAFunctionOfTheWeight(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	w := normals(r, 256*512)
	param := &Param{Shape: []int{256, 512}, Data: w}
	s := newSpectral(param)
	want := slices.Clone(s.normalise(w, nil))
	s.normalise(normals(r, len(w)), nil)
	for _, count := range []int{1, 3} {
		workers := tensor.NewWorkers(count)
		if !sameBits(s.normalise(w, workers), want) || !sameBits(newSpectral(param).normalise(w, workers), want) {
			t.Errorf("%d workers, or another weight before, give another Ŵ", count)
		}
		workers.Close()
	}
	if n := testing.AllocsPerRun(1, func() { s.normalise(w, nil) }); n != 0 && !race {
		t.Errorf("%v allocations", n)
	}
	zero := make([]float32, 6)
	if s := newSpectral(&Param{Shape: []int{2, 3}, Data: zero}); !sameBits(s.normalise(zero, nil), zero) {
		t.Error("a weight of zeros changes")
	}
	w[77] = float32(math.NaN())
	if x := s.normalise(w, nil)[77]; x == x {
		t.Errorf("a NaN becomes %v", x)
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
	n.ZeroGrad(nil)
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
	if err != nil || !reflect.DeepEqual(got, n.Spec()) {
		t.Errorf("metadata give %+v, %v; want %+v", got, err, n.Spec())
	}
}
