package nn

import "anila/asm/vec"

// swish is y = x·σ(x), SiLU in PyTorch. Behind a convolution the compiler fuses it;
// its slope is kept for the way back in either case.
type swish struct{ linear }

// Swish adds y = x/(1 + exp(−x)), PyTorch's SiLU.
func (g *Graph) Swish(x *Value) *Value { return g.add(swish{}, x.h, x.w, x.c, x) }

func (swish) name() string { return "Swish" }

func (swish) forward(y []float32, x [][]float32, n int, with resources) {
	vec.Swish(y, with.slope, x[0])
}

// vjp: dx = dy, which is already the gradient before the swish.
func (swish) vjp(k int, dx, dy []float32, x [][]float32, y []float32, n int, _ resources) {
	copy(dx, dy)
}
