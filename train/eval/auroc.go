package eval

import (
	"cmp"
	"math"
	"slices"
)

// AUROC is the area under the receiver operating characteristic of scores that are to be higher for in than for out: the
// probability that a random member of in scores above a random member of out, ties counting half (the Mann–Whitney
// statistic). Where a score is NaN there is no order: the area is NaN. It panics when either is empty.
func AUROC(in, out []float32) float64 {
	if len(in) == 0 || len(out) == 0 {
		panic("eval: AUROC of nothing")
	}
	type scored struct {
		score float32
		in    bool
	}
	all := make([]scored, 0, len(in)+len(out))
	for _, v := range in {
		all = append(all, scored{v, true})
	}
	for _, v := range out {
		all = append(all, scored{v, false})
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Compare(a.score, b.score) })
	if all[0].score != all[0].score { // NaN sorts lowest
		return math.NaN()
	}
	wins, below := 0.0, 0.0
	for i := 0; i < len(all); {
		j, ins := i, 0.0
		for ; j < len(all) && all[j].score == all[i].score; j++ {
			if all[j].in {
				ins++
			}
		}
		outs := float64(j-i) - ins
		wins += ins * (below + outs/2)
		below += outs
		i = j
	}
	return wins / (float64(len(in)) * float64(len(out)))
}
