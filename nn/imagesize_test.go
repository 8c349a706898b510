package nn

import (
	"fmt"
	"math"
	"testing"

	"anila/asm/isa"
	"anila/tensor"
)

// downsampling is a network of one's own for grey images of 23×25: two 4×4
// convolutions with stride 2, to 11×12 places, which fill no whole number of tiles
// of 4×4, and to 5×6, which fill none of 2×2 either.
func downsampling() *Network {
	g := NewGraph(23, 25, 1)
	x := g.LeakyReLU(g.Conv("first", g.Input(), 64, 3, 1, 1, true), 0.05)
	for i, out := range []int{64, 128} {
		x = g.LeakyReLU(g.Conv(fmt.Sprintf("down.%d", i), x, out, 4, 2, 1, true), 0.05)
	}
	n := NewNetwork(g, g.Linear("out", x, 1, true))
	fillGolden(n)
	return n
}

// evaluation is f, ∇f and the gradients of all parameters.
func evaluation(n *Network, x []float32, block, workers int) (f, grad, params []float32) {
	images := len(x) / n.Dim()
	f, grad = make([]float32, images), make([]float32, len(x))
	n.NewEvaluator(block).LogDensityAndGradient(f, grad, x)
	pool := tensor.NewWorkers(workers)
	defer pool.Close()
	n.ZeroGrad(nil)
	n.NewGradient(pool, 0).Accumulate(make([]float32, images), x, func(i int, _ float32) float32 { return float32(i%3) - 1.5 })
	for _, p := range n.Params() {
		params = append(params, p.Grad...)
	}
	return f, grad, params
}

// Images that tiles do not fill: the fast algorithms are chosen, agree with direct
// convolution, and give the same bits in blocks of any size and on any number of
// workers.
func TestAnyImageSize(t *testing.T) {
	n := downsampling()
	for i, want := range []tensor.Algorithm{tensor.CookToom, tensor.CookToom2} {
		layer := n.Layers()[1+i]
		got := layer.Plan.Algorithm()
		if isa.Current() != isa.Generic && got != want {
			t.Errorf("%s: %v, want %v", layer.Name, layer.Plan, want)
		}
	}
	const images = 5 // of this noise, that rounding carries no pre-activation over a kink
	x := noise("any image size", images*n.Dim())
	f, grad, params := evaluation(n, x, images, 1)
	g, d, q := evaluation(n, x, 2, 3)
	if !sameBits(f, g) || !sameBits(grad, d) || !sameBits(params, q) {
		t.Error("blocks of 2 and three workers give other bits than a block of 5 and one")
	}
	if err := tensor.FixAlgorithm("implicit-gemm"); err != nil {
		t.Fatal(err)
	}
	defer tensor.FixAlgorithm("")
	g, d, q = evaluation(downsampling(), x, images, 1)
	for _, c := range []struct {
		what      string
		got, want []float32
	}{{"f", f, g}, {"gradient", grad, d}, {"parameters", params, q}} {
		var difference, size float64
		for i, v := range c.want {
			difference += float64(c.got[i]-v) * float64(c.got[i]-v)
			size += float64(v) * float64(v)
		}
		if r := math.Sqrt(difference / size); !(r < 1e-5) {
			t.Errorf("%s: relative difference %v from direct convolution", c.what, r)
		}
	}
}
