package nn

import "anila/asm/vec"

// swish is y = x·σ(x), SiLU in PyTorch.
type swish struct{ noScratch }

// Swish adds y = x/(1 + exp(−x)), PyTorch's SiLU.
func (g *Graph) Swish(x *Value) *Value { return g.add(swish{}, x.h, x.w, x.c, x) }

func (swish) name() string { return "Swish" }

func (swish) forward(y []float32, x [][]float32, n int, _ resources) { vec.Swish(y, x[0]) }

// vjp: dx = dy·σ(x)(1 + x(1 − σ(x))).
func (swish) vjp(k int, dx, dy []float32, x [][]float32, y []float32, n int, _ resources) {
	vec.SwishGradient(dx, dy, x[0])
}

func (swish) reads(int) valueReads { return valueReads{inputs: []int{0}} }
