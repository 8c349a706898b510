package tensor

import (
	"math/rand/v2"
	"slices"
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
		pool := NewPool(3)
		defer pool.Close()
		for _, c := range winogradShapes {
			const n = 5
			p := NewConvPlan(c)
			w, again := p.NewWeights(), p.NewWeights()
			weights, bias := random(r, c.WeightSize()), random(r, c.OutC)
			w.Pack(weights, bias)
			again.PackWith(weights, bias, pool)
			x, dy := random(r, n*c.InSize()), random(r, n*c.OutSize())
			y, dx := make([]float32, len(dy)), make([]float32, len(x))
			scratch := make([]float32, p.Scratch(n))
			p.Forward(y, x, n, w, 0.2, scratch)
			p.InputGradient(dx, dy, n, w, x, 0.2, scratch)
			y1, dx1 := make([]float32, c.OutSize()), make([]float32, c.InSize())
			for i := range n {
				xi := x[i*c.InSize():][:c.InSize()]
				p.Forward(y1, xi, 1, again, 0.2, scratch)
				p.InputGradient(dx1, dy[i*c.OutSize():][:c.OutSize()], 1, again, xi, 0.2, scratch)
				if !slices.Equal(y1, y[i*c.OutSize():][:c.OutSize()]) || !slices.Equal(dx1, dx[i*c.InSize():][:c.InSize()]) {
					t.Fatalf("%v: image %d differs alone and in a batch of %d", p, i, n)
				}
			}
		}
	})
}

// The rounding error is at most five times that of direct float32 sums, root mean
// square against float64.
func TestWinogradError(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(25, 26))
		for _, c := range winogradShapes[2:] {
			x, dy, weights := random(r, c.InSize()), random(r, c.OutSize()), random(r, c.WeightSize())
			y64, dx64 := make([]float64, len(dy)), make([]float64, len(x))
			naiveConv(c, 1, func(ix, iy, iw int) {
				y64[iy] += float64(x[ix]) * float64(weights[iw])
				dx64[ix] += float64(dy[iy]) * float64(weights[iw])
			})
			run := func(a Algorithm) [2]float64 {
				p := newConvPlan(c, a)
				w := p.NewWeights()
				w.Pack(weights, nil)
				y, dx, scratch := make([]float32, len(dy)), make([]float32, len(x)), make([]float32, p.Scratch(1))
				p.Forward(y, x, 1, w, 1, scratch)
				p.InputGradient(dx, dy, 1, w, nil, 1, scratch)
				return [2]float64{rmsError(y, y64), rmsError(dx, dx64)}
			}
			direct, fast := run(ImplicitGEMM), run(Winograd)
			for i, direction := range []string{"forward", "input gradient"} {
				t.Logf("%v %s: direct %.2e, Winograd %.2e, ratio %.2f", c, direction, direct[i], fast[i], fast[i]/direct[i])
				if !(fast[i] <= 5*direct[i]) {
					t.Errorf("%v %s: error %.2e, direct %.2e", c, direction, fast[i], direct[i])
				}
			}
		}
	})
}
