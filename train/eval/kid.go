package eval

import (
	"math"

	"anila/tensor"
	"anila/train/data"
)

// The kernel distance as it is published: subsets, and pictures in each.
const (
	KIDSubsets = 100
	KIDSize    = 1000
)

// KID is the kernel distance of two sets of features x [n, d] and y [m, d] (Bińkowski et al. 2018): the unbiased estimate of
// the squared maximum mean discrepancy with the kernel (x·y/d + 1)³, mean and standard deviation over KIDSubsets subsets of
// KIDSize pictures of each, or of as many as the smaller set has. The subsets are drawn without replacement by seed. It
// panics with fewer than two pictures.
func KID(x, y []float32, d int, seed uint64, workers *tensor.Workers) (mean, sd float64) {
	n, m := rows(x, d), rows(y, d)
	size := min(KIDSize, n, m)
	if size < 2 {
		panic("eval: KID of fewer than two pictures")
	}
	type room struct {
		x, y, products, scratch []float32
		indices                 []int
	}
	rooms := make([]*room, workers.Count())
	values := make([]float64, KIDSubsets)
	workers.Run(KIDSubsets, func(worker, subset int) {
		r := rooms[worker]
		if r == nil {
			r = &room{make([]float32, size*d), make([]float32, size*d), make([]float32, size*size),
				make([]float32, tensor.MatMulScratch(d)), make([]int, size)}
			rooms[worker] = r
		}
		key := tensor.Key{Seed: seed, Purpose: tensor.PurposeEval, Chain: uint32(subset)}
		gather(r.x, x, d, r.indices, n, key)
		key.Step = 1
		gather(r.y, y, d, r.indices, m, key)
		kernels := func(a, b []float32, same bool) float64 {
			tensor.MatMul(r.products, a, b, tensor.Product{Batch: 1, M: size, N: size, K: d, TransB: true}, r.scratch)
			return sumOfKernels(r.products, size, d, same)
		}
		pairs := float64(size) * float64(size-1)
		values[subset] = (kernels(r.x, r.x, true)+kernels(r.y, r.y, true))/pairs - 2*kernels(r.x, r.y, false)/float64(size*size)
	})
	for _, v := range values {
		mean += v / KIDSubsets
	}
	for _, v := range values {
		sd += (v - mean) * (v - mean) / (KIDSubsets - 1)
	}
	return mean, math.Sqrt(sd)
}

// gather copies the rows that key draws from x [n, d] to dst.
func gather(dst, x []float32, d int, indices []int, n int, key tensor.Key) {
	data.Indices(indices, n, key)
	for i, j := range indices {
		copy(dst[i*d:(i+1)*d], x[j*d:])
	}
}

// sumOfKernels adds (p/d + 1)³ over inner products p [size, size], those of a picture with itself left out where both sides
// are the same.
func sumOfKernels(p []float32, size, d int, same bool) float64 {
	sum := 0.0
	for i := range size {
		for j, v := range p[i*size:][:size] {
			if same && i == j {
				continue
			}
			k := float64(v)/float64(d) + 1
			sum += k * k * k
		}
	}
	return sum
}
