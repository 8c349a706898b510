package tensor

import (
	"math/rand/v2"
	"testing"

	"anila/asm/gemm"
)

// partialTiles is a shape whose last tiles, of 4×4 or of 2×2, the image does not fill
// in either direction.
var partialTiles = Conv{InH: 11, InW: 14, InC: 16, OutC: 32, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1}

// TestCookToomSizes holds every height and width of images from 2 to 19, and some
// larger ones, against float64: whole tiles, tiles that the image ends in, even
// and odd sizes.
func TestCookToomSizes(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(31, 32))
		_, nr := gemm.Tile()
		check := func(h, w, n int) {
			c := Conv{InH: h, InW: w, InC: 16, OutC: max(16, nr), KernelH: 4, KernelW: 4, Stride: 2, Padding: 1}
			checkPlan(t, r, newConvPlan(c, CookToom), n)
			checkPlan(t, r, newConvPlan(c, CookToom2), n)
		}
		for h := 2; h < 20; h++ {
			for w := 2; w < 20; w++ {
				if !testing.Short() || (h+w)%5 == 0 {
					check(h, w, 1+(h+w)%2)
				}
			}
		}
		for h := 20; h < 36 && !testing.Short(); h++ {
			check(h, 2+r.IntN(18), 1)
			check(2+r.IntN(18), h, 1)
		}
		many := partialTiles // more channels than one round of copies takes
		many.InC, many.OutC = 80, 96
		checkPlan(t, r, newConvPlan(many, CookToom), 1)
	})
}
