package tensor

import (
	"math/rand/v2"
	"testing"
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
			checkConv(t, r, c, 1)
			checkConv(t, r, c, 3)
		}
	})
}

// An image's bits alone are those in a batch, and packing with a pool changes
// nothing.
func TestWinogradBatchInvariance(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(23, 24))
		pool := NewWorkers(3)
		defer pool.Close()
		for _, c := range winogradShapes {
			p := NewConvPlan(c)
			w, again := p.NewWeights(), p.NewWeights()
			weights, bias := random(r, c.WeightSize()), random(r, c.OutC)
			w.Pack(weights, bias, nil)
			again.Pack(weights, bias, pool)
			checkBatchInvariance(t, r, 5, w, again)
		}
	})
}

// The rounding error is at most five times that of direct float32 sums.
func TestWinogradError(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(25, 26))
		for _, c := range winogradShapes[2:] {
			checkError(t, r, c, 1, Winograd)
		}
	})
}
