package model

import (
	"context"
	"math"

	"anila/langevin"
	"anila/tensor"
	"anila/train/data"
)

// Scoring says how f is computed.
type Scoring struct {
	Workers  int                        // 0 means 1; no bit depends on it
	Gradient func(grad []float32) error // takes ∂f/∂x [some items, h, w, c] as they come, in order; nil spares them
	Progress func(done, total int)      // told the items done; may be nil
}

// scoreBlock is the number of items that a worker takes at a time. It changes no bit of any result.
const scoreBlock = 50

// Score returns f, high on data, with the Gaussian reference where there is one, of the first n items of a set of the network's shape. Cancelled, it returns ctx's error.
func (m *Model) Score(ctx context.Context, set data.Set, n int, s Scoring) ([]float32, error) {
	workers := tensor.NewWorkers(max(1, s.Workers))
	defer workers.Close()
	dim := m.Network.Dim()
	round := workers.Count() * scoreBlock
	f, x := make([]float32, n), make([]float32, min(n, round)*dim)
	gradient := make([]float32, len(x))
	evaluators := make([]langevin.Evaluator, workers.Count())
	for i := range evaluators {
		evaluators[i] = m.LogDensity().NewEvaluator(scoreBlock)
	}
	for first := 0; first < n; first += round {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		last := min(first+round, n)
		workers.Run((last-first+scoreBlock-1)/scoreBlock, func(worker, block int) {
			from := first + block*scoreBlock
			to := min(from+scoreBlock, last)
			indices := make([]int, to-from)
			for i := range indices {
				indices[i] = from + i
			}
			at := x[(from-first)*dim : (to-first)*dim]
			set.Items(at, indices)
			if values, ok := evaluators[worker].(langevin.ValueEvaluator); ok && s.Gradient == nil {
				values.LogDensity(f[from:to], at)
			} else {
				evaluators[worker].LogDensityAndGradient(f[from:to], gradient[(from-first)*dim:(to-first)*dim], at)
			}
		})
		if s.Gradient != nil {
			if err := s.Gradient(gradient[:(last-first)*dim]); err != nil {
				return nil, err
			}
		}
		if s.Progress != nil {
			s.Progress(last, n)
		}
	}
	return f, nil
}

// Loss is how far the values of one model are from those of another, but for a constant, which no density has.
type Loss struct {
	Largest, RMS float64 // of f' − f, less its mean
	SD           float64 // of f itself
}

// CompareValues holds f of two models against each other on the states x [any number, h, w, c] of both.
func CompareValues(before, after *Model, x []float32) (l Loss) {
	f, g := before.Values(x), after.Values(x)
	n, centre := float64(len(f)), mean(f)
	shift := mean(g) - centre
	for i := range f {
		d, s := float64(g[i])-float64(f[i])-shift, float64(f[i])-centre
		l.Largest = max(l.Largest, math.Abs(d))
		l.RMS += d * d / n
		l.SD += s * s / n
	}
	l.RMS, l.SD = math.Sqrt(l.RMS), math.Sqrt(l.SD)
	return l
}
