package asm

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestStores holds the stores of every tier to the bits of the reference, with
// guards behind each row, and NaN in and out.
func TestStores(t *testing.T) {
	gemmOnEachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 7))
		for columns := 1; columns <= 70; columns++ {
			rows, ldd, lds := 1+r.IntN(4), columns+r.IntN(5), columns+r.IntN(5)
			sum, bias := randomFloats(r, rows*lds), randomFloats(r, columns)
			act, dst := randomFloats(r, rows*ldd), randomFloats(r, rows*ldd)
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
