package gemm

import (
	"math"
	"math/rand/v2"
	"testing"

	"anila/internal/asmtest"
)

// TestDots holds the dot products of every tier against float64, with guards
// around the results, and the bits of a row against those of the row alone.
func TestDots(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(9, 9))
		for _, k := range []int{1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 64, 65, 100, 129, 1024, 4096} {
			rows, ldd := 1+r.IntN(9), 1+r.IntN(3)
			x, w := asmtest.Random(r, rows*k), asmtest.Random(r, k)
			dst := asmtest.NewSlice((rows-1)*ldd+1, r.IntN(16))
			Dots(dst.Data, ldd, x, w, rows)
			dst.Check(t)
			for i, got := range dst.Data {
				want, limit := 0.0, 0.0
				if i%ldd == 0 {
					for p, v := range w {
						term := float64(v) * float64(x[i/ldd*k+p])
						want += term
						limit += 1e-6 * math.Abs(term)
					}
				}
				if !(math.Abs(float64(got)-want) <= limit) {
					t.Fatalf("k=%d row %d: %v, want %v", k, i/ldd, got, want)
				}
			}
			one := make([]float32, 1)
			for i := range rows {
				if Dots(one, 1, x[i*k:], w, 1); one[0] != dst.Data[i*ldd] {
					t.Fatalf("k=%d row %d is %v, alone %v", k, i, dst.Data[i*ldd], one[0])
				}
			}
		}
	})
}
