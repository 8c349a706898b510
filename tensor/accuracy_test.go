package tensor

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestCookToomError bounds the rounding error for each layer of the vanilla
// network and for images that tiles do not fill.
func TestCookToomError(t *testing.T) {
	layers := append(vanillaConvs(32)[1:4],
		Conv{InH: 28, InW: 28, InC: 32, OutC: 64, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1},
		Conv{InH: 13, InW: 13, InC: 64, OutC: 128, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1},
		Conv{InH: 10, InW: 10, InC: 128, OutC: 256, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1})
	if testing.Short() {
		layers = layers[4:5]
	}
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(11, 12))
		for _, c := range layers {
			// A weight gradient sums places of all images: eight of them, so that
			// direct sums of a 4×4 output have terms enough to round.
			n := 1
			if c.InH < 16 {
				n = 8
			}
			checkError(t, r, c, n, CookToom, CookToom2)
		}
	})
}

// errorBounds are the most that the root mean square error of an algorithm, against
// float64, may be of that of direct sums: forward, input and weight gradient.
var errorBounds = map[Algorithm][3]float64{
	CookToom: {2.5, 2.5, 2.5}, CookToom2: {1.6, 1.6, 1.6}, Winograd: {1, 1, 1}, Winograd4: {2.5, 2.5, 4},
}

// checkError holds fast algorithms to errorBounds.
func checkError(t *testing.T, r *rand.Rand, c Conv, n int, algorithms ...Algorithm) {
	t.Helper()
	x, dy, weights := random(r, n*c.InSize()), random(r, n*c.OutSize()), random(r, c.WeightSize())
	y64, dx64, dw64 := naiveDirections(c, n, x, dy, weights)
	run := func(a Algorithm) (errors [3]float64) {
		p := newConvPlan(c, a)
		w := p.NewWeights()
		w.Pack(weights, nil, nil)
		y, dx, dw := make([]float32, len(dy)), make([]float32, len(x)), make([]float32, len(weights))
		scratch := make([]float32, p.Scratch(n, nil))
		p.Forward(y, x, n, w, Epilogue{Leak: 1}, scratch, nil)
		p.InputGradient(dx, dy, n, w, Epilogue{Leak: 1}, scratch, nil)
		p.WeightGradient(dw, nil, x, dy, n, make([]float32, p.WeightScratch(nil)), nil)
		return [3]float64{rmsError(y, y64), rmsError(dx, dx64), rmsError(dw, dw64)}
	}
	direct := run(ImplicitGEMM)
	for _, a := range algorithms {
		fast := run(a)
		for i, direction := range []string{"forward", "input gradient", "weight gradient"} {
			t.Logf("%v %s: direct %.2e, %v %.2e, ratio %.2f", c, direction, direct[i], a, fast[i], fast[i]/direct[i])
			if bound := errorBounds[a][i]; !(fast[i] <= bound*direct[i]) {
				t.Errorf("%v %s: error of %v %.2e, direct %.2e, bound %v times that", c, direction, a, fast[i], direct[i], bound)
			}
		}
	}
}

// rmsError is the root mean square of got − want over that of want.
func rmsError(got []float32, want []float64) float64 {
	var square, scale float64
	for i, v := range want {
		square += (float64(got[i]) - v) * (float64(got[i]) - v)
		scale += v * v
	}
	return math.Sqrt(square / scale)
}
