package gemm

import (
	"math/rand/v2"
	"testing"

	"anila/internal/asmtest"
)

func TestSumTaps(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(8, 8))
		for channels := 1; channels <= 5; channels++ {
			for _, width := range []int{1, 2, 3, 8, 33} {
				ld := 9*channels + r.IntN(9)
				var p [3][]float32
				for i := range p {
					p[i] = asmtest.Random(r, (width-1)*ld+9*channels)
				}
				got := asmtest.Random(r, width*channels+7)
				want := append([]float32(nil), got...)
				SumTaps(got, &p, ld, width, channels)
				sumTapsGeneric(want, &p, ld, width, channels)
				for i := range want {
					if got[i] != want[i] {
						t.Fatalf("%d channels, width %d: [%d] = %v, want %v", channels, width, i, got[i], want[i])
					}
				}
			}
		}
	})
}
