package tensor

import (
	"math/rand/v2"
	"testing"

	"anila/asm/gemm"
)

var winogradShapes = []Conv{
	{InH: 2, InW: 2, InC: 32, OutC: 32, KernelH: 3, KernelW: 3, Stride: 1, Padding: 1},
	{InH: 6, InW: 10, InC: 64, OutC: 32, KernelH: 3, KernelW: 3, Stride: 1, Padding: 1},
	{InH: 16, InW: 16, InC: 32, OutC: 64, KernelH: 3, KernelW: 3, Stride: 1, Padding: 1},
	{InH: 8, InW: 8, InC: 64, OutC: 128, KernelH: 3, KernelW: 3, Stride: 1, Padding: 1},
}

func TestWinogradAgainstNaive(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(21, 22))
		for _, c := range winogradShapes[:3] {
			for _, a := range []Algorithm{Winograd, Winograd4} {
				checkPlan(t, r, newConvPlan(c, a), 1)
				checkPlan(t, r, newConvPlan(c, a), 3)
			}
		}
	})
}

// Images of every height and width up to twelve, and of some more, in tiles of 4×4
// that they fill or end in.
func TestWinogradSizes(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(27, 28))
		_, nr := gemm.Tile()
		for h := 1; h < 13; h++ {
			for w := 1; w < 13; w++ {
				if testing.Short() && (h+w)%5 != 0 {
					continue
				}
				c := Conv{InH: h, InW: w, InC: max(16, nr), OutC: max(16, nr), KernelH: 3, KernelW: 3, Stride: 1, Padding: 1}
				checkPlan(t, r, newConvPlan(c, Winograd4), 1+(h+w)%2)
			}
		}
	})
}

// An image's bits alone are those in a batch, and packing by a team changes nothing.
func TestWinogradBatchInvariance(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(23, 24))
		team := NewWorkers(3)
		defer team.Close()
		for i := range 2 * len(winogradShapes) {
			c := winogradShapes[i/2]
			p := NewConvPlanWith(c, []Algorithm{Winograd, Winograd4}[i%2])
			w, again := p.NewWeights(), p.NewWeights()
			weights, bias := random(r, c.WeightSize()), random(r, c.OutC)
			w.Pack(weights, bias, nil)
			again.Pack(weights, bias, team)
			checkBatchInvariance(t, r, 5, w, again)
		}
	})
}

// The rounding error is below that of direct float32 sums with tiles of 2×2, and at
// most 2.5 times that with tiles of 4×4 (4 times in the weight gradient).
func TestWinogradError(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(25, 26))
		for _, c := range winogradShapes[2:] {
			checkError(t, r, c, 1, Winograd, Winograd4)
		}
	})
}
