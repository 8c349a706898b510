package chain

import (
	"math"
	"testing"

	"anila/internal/asmtest"
)

// TestGroupClip holds the steps of whole pixels to the reference bit for bit, on
// every tier, with every number of pixels left over and with ordinary, awkward
// and very different gradients, and to the ends of their slices.
func TestGroupClip(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		for _, group := range []int{2, 3} {
			for pixels := range 70 {
				for offset := range 16 {
					n := group * pixels
					a, g := asmtest.NewSlice(n, offset), asmtest.NewSlice(n, 5*offset)
					if seed := uint64(17*n + offset); offset%3 == 2 {
						asmtest.FillWide(g.Data, seed)
					} else {
						asmtest.Fill(g.Data, seed, offset%3 == 1)
					}
					want := make([]float32, n)
					for _, b := range []float32{0.8, 1e-30, float32(math.Inf(1))} {
						groupClipGeneric(want, g.Data, group, b)
						groupClip(a.Data, g.Data, group, b)
						if d := asmtest.Difference(a.Data, want); d != "" {
							t.Fatalf("%d pixels of %d channels, offset %d, bound %v: %s", pixels, group, offset, b, d)
						}
					}
					a.Check(t)
					g.Check(t)
				}
			}
		}
	})
}
