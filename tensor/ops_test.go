package tensor

import (
	"math"
	"math/rand/v2"
	"testing"
)

// dot is Σ x·y in float64.
func dot(x, y []float32) (s float64) {
	for i, v := range x {
		s += float64(v) * float64(y[i])
	}
	return s
}

// checkGradient holds a gradient against central differences of loss, the
// weighted sum of an op's float64 version.
func checkGradient(t *testing.T, what string, x, gradient []float32, loss func(x []float64) float64) {
	t.Helper()
	x64 := make([]float64, len(x))
	for i, v := range x {
		x64[i] = float64(v)
	}
	const h = 1e-5
	for i := range x64 {
		v := x64[i]
		x64[i] = v + h
		up := loss(x64)
		x64[i] = v - h
		down := loss(x64)
		x64[i] = v
		if want := (up - down) / (2 * h); !(math.Abs(float64(gradient[i])-want) <= 1e-4*(1+math.Abs(want))) {
			t.Fatalf("%s: gradient[%d] = %v, difference quotient %v", what, i, gradient[i], want)
		}
	}
}

func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// naiveMatMul is c = op(a)·op(b) of batch matrices.
func naiveMatMul(a, b []float64, batch, m, n, k int, transA, transB bool) []float64 {
	c := make([]float64, batch*m*n)
	for q := range batch {
		for i := range m {
			for j := range n {
				for p := range k {
					x, y := a[q*m*k+i*k+p], b[q*k*n+p*n+j]
					if transA {
						x = a[q*m*k+p*m+i]
					}
					if transB {
						y = b[q*k*n+j*k+p]
					}
					c[q*m*n+i*n+j] += x * y
				}
			}
		}
	}
	return c
}

func TestMatMul(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(21, 1))
		for range 60 {
			batch, m, n, k := 1+r.IntN(3), 1+r.IntN(20), 1+r.IntN(40), 1+r.IntN(9)
			transA, transB := r.IntN(2) == 0, r.IntN(2) == 0
			a, b, dc := random(r, batch*m*k), random(r, batch*k*n), random(r, batch*m*n)
			scratch := make([]float32, MatMulScratch(max(m, n, k)))
			c := random(r, batch*m*n)
			want := naiveMatMul(widen(a), widen(b), batch, m, n, k, transA, transB)
			before := widen(c)
			MatMul(c, a, b, batch, m, n, k, transA, transB, true, scratch)
			for i := range want {
				before[i] += want[i]
			}
			near(t, "accumulated product", c, before, 1e-5)
			MatMul(c, a, b, batch, m, n, k, transA, transB, false, scratch)
			near(t, "product", c, want, 1e-5)
			loss := func(a, b []float64) (s float64) {
				for i, v := range naiveMatMul(a, b, batch, m, n, k, transA, transB) {
					s += v * float64(dc[i])
				}
				return s
			}
			if m*n*k > 400 {
				continue // the differences take that product for each input
			}
			da, db := make([]float32, len(a)), make([]float32, len(b))
			MatMulGradientA(da, dc, b, batch, m, n, k, transA, transB, scratch)
			MatMulGradientB(db, a, dc, batch, m, n, k, transA, transB, scratch)
			checkGradient(t, "left factor", a, da, func(x []float64) float64 { return loss(x, widen(b)) })
			checkGradient(t, "right factor", b, db, func(x []float64) float64 { return loss(widen(a), x) })
		}
	})
}

// naivePool is max or average pooling.
func naivePool(x []float64, n int, p Pooling, average bool) []float64 {
	var y []float64
	for i := range n {
		for oy := range p.OutH() {
			for ox := range p.OutW() {
				for c := range p.Channels {
					best, sum := math.Inf(-1), 0.0
					for u := range p.Size {
						for v := range p.Size {
							w := x[((i*p.InH+oy*p.Stride+u)*p.InW+ox*p.Stride+v)*p.Channels+c]
							best, sum = max(best, w), sum+w
						}
					}
					if average {
						best = sum / float64(p.Size*p.Size)
					}
					y = append(y, best)
				}
			}
		}
	}
	return y
}

func TestPooling(t *testing.T) {
	r := rand.New(rand.NewPCG(22, 1))
	for range 60 {
		p := Pooling{InH: 1 + r.IntN(7), InW: 1 + r.IntN(7), Channels: 1 + r.IntN(5), Size: 1 + r.IntN(3), Stride: 1 + r.IntN(3)}
		if p.InH < p.Size || p.InW < p.Size {
			continue
		}
		n := 1 + r.IntN(2)
		x := random(r, n*p.InH*p.InW*p.Channels)
		y := make([]float32, n*p.OutH()*p.OutW()*p.Channels)
		argmax, dy, dx := make([]uint8, len(y)), random(r, len(y)), random(r, len(x))
		loss := func(average bool) func([]float64) float64 {
			return func(x []float64) (s float64) {
				for i, v := range naivePool(x, n, p, average) {
					s += v * float64(dy[i])
				}
				return s
			}
		}
		MaxPool(y, argmax, x, n, p)
		near(t, "max pooling", y, naivePool(widen(x), n, p, false), 0)
		MaxPoolGradient(dx, dy, argmax, n, p)
		checkGradient(t, "max pooling", x, dx, loss(false))
		AvgPool(y, x, n, p)
		near(t, "average pooling", y, naivePool(widen(x), n, p, true), 1e-6)
		AvgPoolGradient(dx, dy, n, p)
		checkGradient(t, "average pooling", x, dx, loss(true))
	}
	y, argmax := make([]float32, 1), make([]uint8, 1)
	nan := float32(math.NaN())
	MaxPool(y, argmax, []float32{1, nan, 3, nan}, 1, Pooling{InH: 2, InW: 2, Channels: 1, Size: 2, Stride: 2})
	if y[0] == y[0] || argmax[0] != 1 {
		t.Errorf("maximum over a NaN is %v at %d", y[0], argmax[0])
	}
}

func TestSoftmax(t *testing.T) {
	naive := func(x []float64, columns int) []float64 {
		y := make([]float64, len(x))
		for r := 0; r < len(x); r += columns {
			sum := 0.0
			for i := range columns {
				y[r+i] = math.Exp(x[r+i])
				sum += y[r+i]
			}
			for i := range columns {
				y[r+i] /= sum
			}
		}
		return y
	}
	r := rand.New(rand.NewPCG(23, 1))
	for range 40 {
		rows, columns := 1+r.IntN(4), 1+r.IntN(30)
		x, dy := random(r, rows*columns), random(r, rows*columns)
		y, dx := make([]float32, len(x)), make([]float32, len(x))
		Softmax(y, x, rows, columns)
		near(t, "softmax", y, naive(widen(x), columns), 1e-6)
		SoftmaxGradient(dx, dy, y, rows, columns)
		checkGradient(t, "softmax", x, dx, func(x []float64) (s float64) {
			for i, v := range naive(x, columns) {
				s += v * float64(dy[i])
			}
			return s
		})
	}
	huge := []float32{1000, 999, -1000}
	Softmax(huge, huge, 1, 3)
	near(t, "softmax of large values", huge, naive([]float64{1, 0, -1999}, 3), 1e-6)
}

func TestSums(t *testing.T) {
	r := rand.New(rand.NewPCG(24, 1))
	for range 30 {
		n, rows, columns := 1+r.IntN(3), 1+r.IntN(600), 1+r.IntN(40)
		x := random(r, n*rows*columns)
		want := make([]float64, n*columns)
		for i, v := range x {
			want[i/(rows*columns)*columns+i%columns] += float64(v)
		}
		got := random(r, n*columns)
		SumGroups(got, x, n, rows, columns)
		near(t, "sum", got, want, 1e-5)
		dy, dx := random(r, n*columns), make([]float32, len(x))
		SumGroupsGradient(dx, dy, n, rows, columns)
		for i, v := range dx {
			if v != dy[i/(rows*columns)*columns+i%columns] {
				t.Fatalf("gradient of a sum: [%d] = %v", i, v)
			}
		}
	}
}

// TestConvAdjoint holds ⟨dy, conv x⟩ = ⟨dx, x⟩ = ⟨dw, w⟩, what all three directions
// of a linear map must agree on, at the sizes of the vanilla network and with
// every algorithm that fits.
func TestConvAdjoint(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(25, 1))
		for _, c := range vanillaConvs(32) {
			for _, a := range Algorithms(c) {
				p := NewConvPlanWith(c, a)
				const n = 2
				x, dy, weights := random(r, n*c.InSize()), random(r, n*c.OutSize()), random(r, c.WeightSize())
				y, dx, dw := make([]float32, len(dy)), make([]float32, len(x)), make([]float32, len(weights))
				w := p.NewWeights()
				w.Pack(weights, nil)
				scratch := make([]float32, p.Scratch(n))
				p.Forward(y, x, n, w, 1, scratch)
				p.InputGradient(dx, dy, n, w, nil, 1, scratch)
				p.WeightGradient(dw, nil, x, dy, n, nil, make([]float32, p.WeightScratch(1)))
				norm := math.Sqrt(dot(y, y) * dot(dy, dy))
				f, g, h := dot(dy, y), dot(dx, x), dot(dw, weights)
				if math.Abs(f-g) > 1e-6*norm || math.Abs(f-h) > 1e-6*norm {
					t.Errorf("%v: ⟨dy, y⟩ = %v, ⟨dx, x⟩ = %v, ⟨dw, w⟩ = %v, norm %v", p, f, g, h, norm)
				}
			}
		}
	})
}
