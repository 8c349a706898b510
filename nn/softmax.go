package nn

import "anila/asm/vec"

// softmax is y = exp(x)/Σ exp(x) over the channels of each pixel.
type softmax struct {
	noScratch
	columns int
}

// Softmax adds the softmax over channels, for each row of the matrix of H·W rows
// and C columns.
func (g *Graph) Softmax(x *Value) *Value {
	return g.add(&softmax{columns: x.c}, x.h, x.w, x.c, x)
}

func (s *softmax) name() string { return "Softmax" }

func (s *softmax) forward(y []float32, x [][]float32, n int, _ resources) {
	vec.Softmax(y, x[0], s.columns)
}

// vjp: dx = y·(dy − Σ y·dy), row by row.
func (s *softmax) vjp(k int, dx, dy []float32, x [][]float32, y []float32, n int, _ resources) {
	vec.SoftmaxGradient(dx, dy, y, s.columns)
}

func (s *softmax) reads(int) valueReads { return valueReads{output: true} }
