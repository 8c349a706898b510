package diag

import (
	"math"
	"slices"
)

// RHat is the rank-normalised split R-hat: the larger of the values for the
// rank-normalised draws (location) and for their absolute deviations from the
// median (scale). Chains agree when it is below 1.01; it is infinite, or beyond
// 1e12, for chains that stand still in different places. It needs two chains.
func RHat(chains [][]float64) float64 {
	if !valid(chains, 2) {
		return math.NaN()
	}
	halves := split(chains)
	median := quantile(sortedDraws(halves), 0.5)
	folded := make([][]float64, len(halves))
	for c, chain := range halves {
		folded[c] = make([]float64, len(chain))
		for i, v := range chain {
			folded[c][i] = math.Abs(v - median)
		}
	}
	location := rhat(rankNormalize(halves))
	// Deviations that are all equal, or not numbers, have no scale to compare.
	if !valid(folded, 2) {
		return location
	}
	return max(location, rhat(rankNormalize(folded)))
}

// rhat is the potential scale reduction of chains as they are (Gelman and
// Rubin 1992).
func rhat(chains [][]float64) float64 {
	n := float64(len(chains[0]))
	means := make([]float64, len(chains))
	within := 0.0
	for c, chain := range chains {
		mean, variance := meanVariance(chain)
		means[c] = mean
		within += variance / float64(len(chains))
	}
	_, between := meanVariance(means)
	return math.Sqrt((n*between/within + n - 1) / n)
}

// ESJD is the expected squared jump distance of one chain of points, the
// mean of |x₍ₜ₊₁₎ − x₍ₜ₎|²; points is [draw][coordinate].
func ESJD(points [][]float64) float64 {
	sum := 0.0
	for t := 1; t < len(points); t++ {
		for i, v := range points[t] {
			d := v - points[t-1][i]
			sum += d * d
		}
	}
	return sum / float64(len(points)-1)
}

// valid tells whether chains are enough to compute from: draws that are numbers
// and not all the same.
func valid(chains [][]float64, minChains int) bool {
	if len(chains) < minChains || len(chains[0]) < minDraws {
		return false
	}
	for _, chain := range chains {
		if len(chain) != len(chains[0]) {
			panic("diag: chains of different lengths")
		}
		if slices.ContainsFunc(chain, math.IsNaN) {
			return false
		}
	}
	return !constant(chains)
}

// constant tells whether all draws are equal.
func constant(chains [][]float64) bool {
	for _, chain := range chains {
		for _, v := range chain {
			if v != chains[0][0] {
				return false
			}
		}
	}
	return true
}

// split cuts each chain into halves, first halves first; the middle draw of
// an odd chain is left out.
func split(chains [][]float64) [][]float64 {
	half := len(chains[0]) / 2
	halves := make([][]float64, 0, 2*len(chains))
	for _, chain := range chains {
		halves = append(halves, chain[:half])
	}
	for _, chain := range chains {
		halves = append(halves, chain[len(chain)-half:])
	}
	return halves
}

func flatten(chains [][]float64) []float64 { return slices.Concat(chains...) }

func reshape(flat []float64, rows int) [][]float64 {
	n := len(flat) / rows
	chains := make([][]float64, rows)
	for c := range chains {
		chains[c] = flat[c*n : (c+1)*n]
	}
	return chains
}

func sortedDraws(chains [][]float64) []float64 {
	flat := flatten(chains)
	slices.Sort(flat)
	return flat
}

// draw is a value and its place among all draws.
type draw struct {
	value float64
	place int
}

// ranked returns all draws in ascending order.
func ranked(chains [][]float64) []draw {
	order := make([]draw, 0, len(chains)*len(chains[0]))
	for _, chain := range chains {
		for _, v := range chain {
			order = append(order, draw{v, len(order)})
		}
	}
	slices.SortFunc(order, func(a, b draw) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		}
		return 0
	})
	return order
}

// quantile is R's type 7: linear between the order statistics (n−1)·p.
func quantile(sorted []float64, p float64) float64 {
	// Rounded as in scipy's mquantiles, so that ties fall on the same side.
	n := float64(len(sorted))
	position := float64(n*p) + float64(1-p)
	k := math.Floor(min(max(position, 1), n-1))
	part := min(max(position-k, 0), 1)
	if below := sorted[int(k)-1]; part == 0 || below == sorted[int(k)] {
		return below // also where one of them is infinite
	}
	return float64((1-part)*sorted[int(k)-1]) + float64(part*sorted[int(k)])
}

// meanVariance returns the mean and the variance with divisor n−1.
func meanVariance(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		variance += (v - mean) * (v - mean)
	}
	return mean, variance / float64(len(x)-1)
}
