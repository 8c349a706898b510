package vec

import (
	"math"
	"testing"

	"anila/internal/asmtest"
)

func TestClampKeepsNaNAndBringsInfinitiesIn(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	asmtest.EveryTier(t, func(t *testing.T) {
		for n := range 70 {
			y := make([]float32, n)
			for i := range y {
				y[i] = []float32{nan, inf, -inf, 0.25, 1.5, -1.5, -1, 1}[i%8]
			}
			Clamp(y, 1)
			for i, v := range y {
				want := []float32{nan, 1, -1, 0.25, 1, -1, -1, 1}[i%8]
				if v != want && !(v != v && want != want) {
					t.Fatalf("n = %d: element %d is %v, want %v", n, i, v, want)
				}
			}
		}
	})
}
