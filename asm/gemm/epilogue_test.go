package gemm

import (
	"math"
	"math/rand/v2"
	"testing"

	"anila/internal/asmtest"
)

// TestStores holds the stores of every tier to the bits of the reference, with
// guards behind each row, and NaN in and out.
func TestStores(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 7))
		for columns := 1; columns <= 70; columns++ {
			rows, ldd, lds := 1+r.IntN(4), columns+r.IntN(5), columns+r.IntN(5)
			sum, bias := asmtest.Random(r, rows*lds), asmtest.Random(r, columns)
			act, dst := asmtest.Random(r, rows*ldd), asmtest.Random(r, rows*ldd)
			sum[r.IntN(columns)] = float32(math.NaN())
			act[r.IntN(columns)] = float32(math.NaN())
			act[0] = 0
			same := func(what string, got, want []float32) {
				t.Helper()
				for i := range want {
					if math.Float32bits(got[i]) != math.Float32bits(want[i]) && (got[i] == got[i] || want[i] == want[i]) {
						t.Fatalf("%s, %d×%d: [%d] = %v, want %v", what, rows, columns, i, got[i], want[i])
					}
				}
			}
			for _, leak := range []float32{0, 0.05, 1} {
				got, want := append([]float32(nil), dst...), append([]float32(nil), dst...)
				StoreBiasLeakyReLU(got, ldd, sum, lds, rows, columns, bias, leak)
				storeBiasLeakyReLUGeneric(want, ldd, sum, lds, rows, columns, bias, leak)
				same("bias and leaky ReLU", got, want)
				got, want = append([]float32(nil), dst...), append([]float32(nil), dst...)
				StoreMasked(got, ldd, sum, lds, rows, columns, act, leak)
				storeMaskedGeneric(want, ldd, sum, lds, rows, columns, act, leak)
				same("mask", got, want)
			}
		}
	})
}

// TestGemmStore holds a product with its epilogue to the bits of the two after
// each other, in all counts of rows that tiles are cut into, with guards behind
// each row.
func TestGemmStore(t *testing.T) {
	everyPanel(t, func(t *testing.T, mr, nr int) {
		r := rand.New(rand.NewPCG(10, 10))
		for m := 1; m <= 7*mr+3; m++ {
			k, segments, jump, rowA, ldc := r.IntN(20), 1+r.IntN(3), r.IntN(50), r.IntN(30), nr+r.IntN(9)
			a := asmtest.Random(r, (m-1)*rowA+segments*(k+jump)+1)
			b, bias := asmtest.Random(r, segments*k*nr), asmtest.Random(r, nr)
			act, before := asmtest.Random(r, (m-1)*ldc+nr), asmtest.Random(r, m*ldc)
			a[r.IntN(len(a))] = float32(math.NaN())
			act[r.IntN(len(act))] = float32(math.NaN())
			for _, e := range []Epilogue{{}, {Bias: bias, Leak: 0.05}, {Bias: bias, Leak: 1}, {Bias: bias}, {Act: act, Leak: 0.2}, {Act: act, Leak: 1}} {
				got, want := append([]float32(nil), before...), append([]float32(nil), before...)
				Store(got, ldc, a, rowA, b, nr, k, m, segments, jump, &e)
				Segments(want, ldc, a, rowA, 1, b, nr, nr, k, m, false, segments, jump)
				if e.Bias != nil {
					storeBiasLeakyReLUGeneric(want, ldc, want, ldc, m, nr, e.Bias, e.Leak)
				} else if e.Act != nil {
					storeMaskedGeneric(want, ldc, want, ldc, m, nr, e.Act, e.Leak)
				}
				for i := range want {
					if math.Float32bits(got[i]) != math.Float32bits(want[i]) && (got[i] == got[i] || want[i] == want[i]) {
						t.Fatalf("m=%d k=%d×%d %+v: c[%d][%d] = %v, want %v", m, segments, k, e, i/ldc, i%ldc, got[i], want[i])
					}
				}
			}
		}
	})
}
