package eval

import (
	"cmp"
	"context"
	"math"
	"slices"

	"anila/asm/reduce"
	"anila/tensor"
	"anila/train/data"
)

// Neighbour is an item of a set beside a sample.
type Neighbour struct {
	Index    int     `json:"index"`
	Distance float64 `json:"distance"` // root mean square difference of their values
}

// Nearest finds the k items of a set that lie next to each of some samples [n, h, w, c], the nearest one first: what a model
// copies from its training data has a neighbour that is nearly itself. Items at one distance come in their order.
func Nearest(ctx context.Context, samples []float32, set data.Set, k int, workers *tensor.Workers) ([][]Neighbour, error) {
	h, w, c := set.Shape()
	dim := h * w * c
	n := rows(samples, dim)
	const together = 100 // items that a worker compares at a time
	squares := make([]float64, n*set.Len())
	buffers := make([][]float32, workers.Count())
	workers.Run((set.Len()+together-1)/together, func(worker, task int) {
		if ctx.Err() != nil {
			return
		}
		if buffers[worker] == nil {
			buffers[worker] = make([]float32, dim)
		}
		for i := task * together; i < min((task+1)*together, set.Len()); i++ {
			set.Items(buffers[worker], []int{i})
			for s := range n {
				squares[s*set.Len()+i] = reduce.SquaredDistance(samples[s*dim:(s+1)*dim], buffers[worker])
			}
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	all := make([][]Neighbour, n)
	for s := range all {
		order := make([]Neighbour, set.Len())
		for i, square := range squares[s*set.Len() : (s+1)*set.Len()] {
			order[i] = Neighbour{i, math.Sqrt(square / float64(dim))}
		}
		slices.SortStableFunc(order, func(a, b Neighbour) int { return cmp.Compare(a.Distance, b.Distance) })
		all[s] = slices.Clone(order[:min(k, len(order))])
	}
	return all, nil
}
