package asm_test

import (
	"math"
	"testing"

	"anila/asm/lanes"
	"anila/asm/reduce"
	"anila/asm/vec"
	"anila/internal/asmtest"
)

// TestReferences holds the references, to which TestKernelParity holds the other
// tiers, against their formulas in float64.
func TestReferences(t *testing.T) {
	const n = 120
	const leak = 0.05
	x := benchSlices(4, n)
	f := func(s, i int) float64 { return float64(x[s][i]) }
	leaky := func(v float64) float64 {
		if v > 0 {
			return v
		}
		return float64(float32(leak)) * v
	}
	near := func(name string, got []float32, want func(i int) float64) {
		t.Helper()
		for i, v := range got {
			if w := want(i); math.Abs(float64(v)-w) > 1e-6*(1+math.Abs(w)) {
				t.Errorf("%s: element %d is %v, want %v", name, i, v, w)
				return
			}
		}
	}
	// on runs a kernel on a copy of x[0].
	on := func(kernel func(y []float32)) []float32 {
		y := append([]float32(nil), x[0]...)
		asmtest.OnGeneric(func() { kernel(y) })
		return y
	}

	near("Axpy", on(func(y []float32) { vec.Axpy(y, x[1], 1.5) }), func(i int) float64 { return f(0, i) + 1.5*f(1, i) })
	near("Add", on(func(y []float32) { vec.Add(y, x[1]) }), func(i int) float64 { return f(0, i) + f(1, i) })
	near("Affine", on(func(y []float32) { vec.Affine(y, x[1], -3, 0.7) }), func(i int) float64 { return -3*f(1, i) + 0.7 })
	near("Sub", on(func(y []float32) { vec.Sub(y, x[1], x[2]) }), func(i int) float64 { return f(1, i) - f(2, i) })
	near("Mul", on(func(y []float32) { vec.Mul(y, x[1], x[2]) }), func(i int) float64 { return f(1, i) * f(2, i) })
	near("MulAdd", on(func(y []float32) { vec.MulAdd(y, x[1], x[2]) }), func(i int) float64 { return f(0, i) + f(1, i)*f(2, i) })
	near("Div", on(func(y []float32) { vec.Div(y, x[1], x[2]) }), func(i int) float64 { return f(1, i) / f(2, i) })
	near("Max", on(func(y []float32) { vec.Max(y, x[1], x[2]) }), func(i int) float64 { return max(f(1, i), f(2, i)) })
	near("Sqrt", on(func(y []float32) { vec.Mul(y, y, y); vec.Sqrt(y, y) }), func(i int) float64 { return math.Abs(f(0, i)) })
	near("Clamp", on(func(y []float32) { vec.Clamp(y, 0.5) }), func(i int) float64 { return math.Max(-0.5, math.Min(0.5, f(0, i))) })
	near("Scale", on(func(y []float32) { vec.Scale(y, -3) }), func(i int) float64 { return -3 * f(0, i) })
	near("LeakyReLU", on(func(y []float32) { vec.LeakyReLU(y, x[1], leak) }), func(i int) float64 { return leaky(f(1, i)) })
	near("LeakyReLUGradient", on(func(y []float32) { vec.LeakyReLUGradient(y, x[1], x[2], leak) }), func(i int) float64 {
		if x[2][i] > 0 {
			return f(1, i)
		}
		return f(1, i) * leak
	})
	near("SGD", on(func(y []float32) { vec.SGD(y, x[1], 0.1, 0.01) }),
		func(i int) float64 { return f(0, i) - 0.1*(f(1, i)+0.01*f(0, i)) })
	near("EMA", on(func(y []float32) { vec.EMA(y, x[1], 0.9) }), func(i int) float64 { return 0.9*f(0, i) + 0.1*f(1, i) })

	for _, dim := range []int{1, 2, 3, 5} {
		near("Columns", on(func(y []float32) { lanes.Columns(y, x[1], dim) }), func(i int) float64 { return f(1, i%(n/dim)*dim+i/(n/dim)) })
		near("Rows", on(func(y []float32) { lanes.Rows(y, x[1], dim) }), func(i int) float64 { return f(1, i%dim*(n/dim)+i/dim) })
	}

	var sum, dot, distance float64
	beyond := 0
	for i := range n {
		sum += f(0, i)
		dot += f(0, i) * f(1, i)
		distance += (f(0, i) - f(1, i)) * (f(0, i) - f(1, i))
		if math.Abs(f(0, i)) > 1.5 {
			beyond++
		}
	}
	near("sums", []float32{float32(reduce.Sum(x[0])), float32(reduce.Dot(x[0], x[1])), float32(reduce.SquaredDistance(x[0], x[1]))},
		func(i int) float64 { return [3]float64{sum, dot, distance}[i] })
	for _, dim := range []int{1, 2, 20, 40, 120} {
		dots := make([]float64, n/dim)
		asmtest.OnGeneric(func() { reduce.DotRows(dots, x[0], x[1]) })
		for i, v := range dots {
			if want := reduce.Dot(x[0][i*dim:(i+1)*dim], x[1][i*dim:(i+1)*dim]); v != want {
				t.Errorf("DotRows: row %d of %d is %v, Dot %v", i, dim, v, want)
			}
		}
	}
	if got := reduce.CountBeyond(x[0], 1.5); got != beyond || beyond == 0 {
		t.Errorf("CountBeyond: %d, want %d", got, beyond)
	}
}

// TestMomentumAndAdam runs some steps against PyTorch's formulas in float64.
func TestMomentumAndAdam(t *testing.T) {
	const n, steps = 50, 4
	for _, method := range []string{"momentum", "adam", "adamw"} {
		p, g, m, v := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
		asmtest.Fill(p, 1, false)
		want, wantM, wantV := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range want {
			want[i] = float64(p[i])
		}
		for s := 1; s <= steps; s++ {
			asmtest.Fill(g, uint64(s+1), false)
			a := vec.AdamStep{Rate: 0.01, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, WeightDecay: 0.1, Step: uint64(s), Decoupled: method == "adamw"}
			if method == "momentum" {
				vec.Momentum(p, g, m, 0.01, 0.9, 0.1)
			} else {
				vec.Adam(p, g, m, v, &a)
			}
			for i := range want {
				d := float64(g[i])
				if method == "adamw" {
					want[i] *= 1 - 0.01*0.1
				} else {
					d += 0.1 * want[i]
				}
				if method == "momentum" {
					wantM[i] = 0.9*wantM[i] + d
					want[i] -= 0.01 * wantM[i]
					continue
				}
				wantM[i] = 0.9*wantM[i] + 0.1*d
				wantV[i] = 0.99*wantV[i] + 0.01*d*d
				first := wantM[i] / (1 - math.Pow(0.9, float64(s)))
				second := wantV[i] / (1 - math.Pow(0.99, float64(s)))
				want[i] -= 0.01 * first / (math.Sqrt(second) + 1e-8)
			}
		}
		for i := range want {
			if math.Abs(float64(p[i])-want[i]) > 1e-6*(1+math.Abs(want[i])) {
				t.Errorf("%s: element %d is %v, want %v", method, i, p[i], want[i])
				break
			}
		}
	}
}

// TestMaxPool2 says which of equal and of NaN candidates wins, and what leak does.
func TestMaxPool2(t *testing.T) {
	nan := float32(math.NaN())
	asmtest.EveryTier(t, func(t *testing.T) {
		for _, c := range []struct {
			window [4]float32
			winner int
		}{
			{[4]float32{1, 2, 3, 4}, 3},
			{[4]float32{4, 3, 2, 1}, 0},
			{[4]float32{1, 5, 5, 0}, 1},
			{[4]float32{-1, -1, -1, -1}, 0},
			{[4]float32{-3, -2, -1, -2}, 2},
			{[4]float32{1, nan, 9, nan}, 1},
			{[4]float32{nan, 1, 2, 3}, 0},
		} {
			// 21 channels make whole registers and a tail on every tier.
			const channels = 21
			var x, dx [2][]float32
			for r := range x {
				x[r], dx[r] = make([]float32, 2*channels), make([]float32, 2*channels)
				for i := range x[r] {
					x[r][i] = c.window[2*r+i/channels]
				}
			}
			y, dy := make([]float32, channels), make([]float32, channels)
			asmtest.Fill(dy, 1, false)
			reduce.MaxPool2(y, x[0], x[1], channels)
			reduce.MaxPool2Gradient(dx[0], dx[1], dy, x[0], x[1], channels, 0.5)
			for k := range channels {
				if !asmtest.Same(y[k], c.window[c.winner]) {
					t.Errorf("largest of %v is %v", c.window, y[k])
				}
				for i := range 4 {
					want := float32(0)
					if i == c.winner {
						want = dy[k]
						if !(c.window[i] > 0) {
							want *= 0.5
						}
					}
					if got := dx[i/2][i%2*channels+k]; got != want {
						t.Errorf("gradient of %v at %d is %v, want %v", c.window, i, got, want)
					}
				}
			}
		}
	})
}
