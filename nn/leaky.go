package nn

import "anila/asm/vec"

// leakyReLU is y = x for x > 0 and leak·x elsewhere. Behind a convolution the
// compiler fuses it.
type leakyReLU struct {
	noScratch
	leak float32
}

// LeakyReLU adds y = x where x > 0 and leak·x elsewhere, 0 ≤ leak < 1; leak 0 is
// ReLU. At 0 the derivative is leak, as in PyTorch.
func (g *Graph) LeakyReLU(x *Value, leak float64) *Value {
	if !(leak >= 0 && leak < 1) {
		panic("nn: LeakyReLU: leak must lie in [0, 1)")
	}
	return g.add(&leakyReLU{leak: float32(leak)}, x.h, x.w, x.c, x)
}

func (r *leakyReLU) name() string { return "LeakyReLU" }

func (r *leakyReLU) forward(y []float32, x [][]float32, n int, _ resources) {
	vec.LeakyReLU(y, x[0], r.leak)
}

// vjp: dx = dy where y > 0 and leak·dy elsewhere; y has the sign of x.
func (r *leakyReLU) vjp(k int, dx, dy []float32, x [][]float32, y []float32, n int, _ resources) {
	vec.LeakyReLUGradient(dx, dy, y, r.leak)
}

func (r *leakyReLU) reads(int) valueReads { return valueReads{output: true} }
