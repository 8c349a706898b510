package nn

import (
	"fmt"

	"anila/tensor"
)

// matMul multiplies, image by image, a [m, k] with b [k, n], or with the
// transpose of b [n, k].
type matMul struct {
	m, n, k    int
	transposed bool
}

// MatMul adds the matrix product of two values of each image, taken as matrices
// of H·W rows and C columns: a·b, or a·bᵀ with transposed. The result has the
// height and width of a.
func (g *Graph) MatMul(a, b *Value, transposed bool) *Value {
	o := &matMul{m: a.rows(), k: a.c, n: b.c, transposed: transposed}
	inner := b.rows()
	if transposed {
		o.n, inner = b.rows(), b.c
	}
	if inner != o.k {
		panic(fmt.Sprintf("nn: MatMul: %d columns meet %d rows", o.k, inner))
	}
	return g.add(o, a.h, a.w, o.n, a, b)
}

func (o *matMul) name() string { return "MatMul" }

func (o *matMul) forward(y []float32, x [][]float32, n int, with resources) {
	tensor.MatMul(y, x[0], x[1], tensor.Product{Batch: n, M: o.m, N: o.n, K: o.k, TransB: o.transposed}, with.scratch)
}

// vjp: da = dy·bᵀ (dy·b when transposed), db = aᵀ·dy (dyᵀ·a when transposed).
func (o *matMul) vjp(k int, dx, dy []float32, x [][]float32, y []float32, n int, with resources) {
	switch {
	case k == 0:
		tensor.MatMul(dx, dy, x[1], tensor.Product{Batch: n, M: o.m, N: o.k, K: o.n, TransB: !o.transposed}, with.scratch)
	case o.transposed:
		tensor.MatMul(dx, dy, x[0], tensor.Product{Batch: n, M: o.n, N: o.k, K: o.m, TransA: true}, with.scratch)
	default:
		tensor.MatMul(dx, x[0], dy, tensor.Product{Batch: n, M: o.k, N: o.n, K: o.m, TransA: true}, with.scratch)
	}
}

func (o *matMul) reads(k int) valueReads { return valueReads{inputs: []int{1 - k}} }

func (o *matMul) scratch(int, *tensor.Workers) int { return tensor.MatMulScratch(max(o.m, o.n, o.k)) }

// macs is the number of multiply-adds of one forward pass over one image.
func (o *matMul) macs() int { return o.m * o.n * o.k }
