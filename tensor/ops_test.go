package tensor

import (
	"fmt"
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
func naiveMatMul(a, b []float64, p Product) []float64 {
	c := make([]float64, p.Batch*p.M*p.N)
	for q := range p.Batch {
		a, b := a[q*p.M*p.K:], b[q*p.K*p.N:]
		for i := range p.M {
			for j := range p.N {
				for t := range p.K {
					x, y := i*p.K+t, t*p.N+j
					if p.TransA {
						x = t*p.M + i
					}
					if p.TransB {
						y = j*p.K + t
					}
					c[(q*p.M+i)*p.N+j] += a[x] * b[y]
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
			p := Product{1 + r.IntN(3), 1 + r.IntN(20), 1 + r.IntN(40), 1 + r.IntN(9), r.IntN(2) == 0, r.IntN(2) == 0}
			a, b := random(r, p.Batch*p.M*p.K), random(r, p.Batch*p.K*p.N)
			c := random(r, p.Batch*p.M*p.N)
			MatMul(c, a, b, p, random(r, MatMulScratch(p.K)))
			near(t, fmt.Sprintf("%+v", p), c, naiveMatMul(widen(a), widen(b), p), 1e-5)
		}
	})
}

// naiveAvgPool is average pooling.
func naiveAvgPool(x []float64, n int, p Pooling) []float64 {
	var y []float64
	for i := range n {
		for oy := range p.OutH() {
			for ox := range p.OutW() {
				for c := range p.Channels {
					sum := 0.0
					for k := range p.Size * p.Size {
						sum += x[((i*p.InH+oy*p.Stride+k/p.Size)*p.InW+ox*p.Stride+k%p.Size)*p.Channels+c]
					}
					y = append(y, sum/float64(p.Size*p.Size))
				}
			}
		}
	}
	return y
}

func TestAvgPool(t *testing.T) {
	r := rand.New(rand.NewPCG(22, 1))
	for range 60 {
		p := Pooling{InH: 1 + r.IntN(7), InW: 1 + r.IntN(7), Channels: 1 + r.IntN(5), Size: 1 + r.IntN(3), Stride: 1 + r.IntN(3)}
		if p.InH < p.Size || p.InW < p.Size {
			continue
		}
		n := 1 + r.IntN(2)
		x := random(r, n*p.InH*p.InW*p.Channels)
		y := make([]float32, n*p.OutH()*p.OutW()*p.Channels)
		dy, dx := random(r, len(y)), random(r, len(x))
		AvgPool(y, x, n, p)
		near(t, "average pooling", y, naiveAvgPool(widen(x), n, p), 1e-6)
		AvgPoolGradient(dx, dy, nil, n, p)
		checkGradient(t, "average pooling", x, dx, func(x []float64) (s float64) {
			for i, v := range naiveAvgPool(x, n, p) {
				s += v * float64(dy[i])
			}
			return s
		})
	}
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
				w.Pack(weights, nil, nil)
				scratch := make([]float32, p.Scratch(n, nil))
				p.Forward(y, x, n, w, Epilogue{Leak: 1}, scratch, nil)
				p.InputGradient(dx, dy, n, w, Epilogue{Leak: 1}, scratch, nil)
				p.WeightGradient(dw, nil, x, dy, n, make([]float32, p.WeightScratch(nil)), nil)
				norm := math.Sqrt(dot(y, y) * dot(dy, dy))
				f, g, h := dot(dy, y), dot(dx, x), dot(dw, weights)
				if math.Abs(f-g) > 1e-6*norm || math.Abs(f-h) > 1e-6*norm {
					t.Errorf("%v: ⟨dy, y⟩ = %v, ⟨dx, x⟩ = %v, ⟨dw, w⟩ = %v, norm %v", p, f, g, h, norm)
				}
			}
		}
	})
}
