package nn

import "anila/tensor"

// sumPixels is y[c] = Σ over pixels of x[pixel, c].
type sumPixels struct {
	linear
	pixels, channels int
}

// SumPixels adds the 1×1×C value that sums x over height and width; x itself where
// that is one pixel.
func (g *Graph) SumPixels(x *Value) *Value {
	if x.rows() == 1 {
		return x
	}
	return g.add(&sumPixels{pixels: x.rows(), channels: x.c}, 1, 1, x.c, x)
}

func (s *sumPixels) name() string { return "SumPixels" }

func (s *sumPixels) forward(y []float32, x [][]float32, n int, _ resources) {
	tensor.SumGroups(y, x[0], n, s.pixels, s.channels)
}

// vjp: every pixel gets dy.
func (s *sumPixels) vjp(k int, dx, dy []float32, x [][]float32, y []float32, n int, _ resources) {
	tensor.SumGroupsGradient(dx, dy, n, s.pixels, s.channels)
}
