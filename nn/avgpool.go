package nn

import "anila/tensor"

// avgPool takes the mean of each size×size window, windows side by side.
type avgPool struct {
	linear
	pooling tensor.Pooling
}

// AvgPool adds average pooling with a size×size window and stride size.
func (g *Graph) AvgPool(x *Value, size int) *Value {
	w := newWindow("AvgPool", x, size)
	h, wide := w.out()
	return g.add(&avgPool{pooling: tensor.Pooling{InH: x.h, InW: x.w, Channels: x.c, Size: size, Stride: size}}, h, wide, x.c, x)
}

func (p *avgPool) name() string { return "AvgPool" }

func (p *avgPool) forward(y []float32, x [][]float32, n int, _ resources) {
	tensor.AvgPool(y, x[0], n, p.pooling)
}

// vjp: every pixel of a window gets dy/size², times the slope of the activation before it.
func (p *avgPool) vjp(k int, dx, dy []float32, x [][]float32, y []float32, n int, with resources) {
	tensor.AvgPoolGradient(dx, dy, with.slope, n, p.pooling)
}
