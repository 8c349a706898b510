package langevin

import (
	"slices"
	"testing"

	"anila/tensor"
)

// wants is a density that wants blocks of so many states.
type wants struct {
	LogDensity
	block int
}

func (d wants) TeamBlock() int { return d.block }
func (d wants) NewTeamEvaluator(batch int, _ *tensor.Workers) Evaluator {
	return d.NewEvaluator(batch)
}

// Teams have chains for three times the block that the density wants, or for twice as many
// where there would be one team or many workers in each; and who wants none or gives the
// block has none.
func TestTeamCounts(t *testing.T) {
	flat := Func(3, func(grad, _ []float64) float64 { clear(grad); return 0 })
	for _, c := range []struct {
		want, workers, chains, block int
		teams, chainsOf              []int
	}{
		{28, 2, 5, 0, []int{2}, []int{5}},
		{28, 2, 55, 0, []int{2}, []int{55}},
		{28, 2, 56, 0, []int{1, 1}, []int{28, 28}},
		{28, 4, 60, 0, []int{4}, []int{60}},
		{14, 5, 60, 0, []int{3, 3}, []int{30, 30}},
		{14, 16, 100, 0, []int{8, 8}, []int{50, 50}},
		{14, 16, 200, 0, []int{4, 4, 4, 4}, []int{50, 50, 50, 50}},
		{14, 64, 100, 0, []int{22, 22, 22}, []int{33, 33, 34}},
		{1, 8, 7, 0, []int{4, 4}, []int{3, 4}},
		{28, 8, 1, 0, []int{8}, []int{1}},
		{0, 4, 8, 0, []int{1, 1, 1, 1}, []int{2, 2, 2, 2}},
		{28, 4, 8, 3, []int{1, 1, 1}, []int{3, 3, 2}},
	} {
		workers := tensor.NewWorkers(c.workers)
		p, err := NewPool(wants{flat, c.want}, Config{Kernel: "langevin", Drift: 1, Noise: 1, Block: c.block}, workers, c.chains)
		if err != nil {
			t.Fatal(err)
		}
		var teams, chains []int
		for _, b := range p.blocks {
			if b.first != sum(chains) {
				t.Errorf("%+v: a block starts at %d", c, b.first)
			}
			teams, chains = append(teams, b.workers.Share()), append(chains, b.Len())
		}
		slices.Sort(teams)
		slices.Sort(chains)
		slices.Sort(c.chainsOf)
		if !slices.Equal(teams, c.teams) || sum(chains) != c.chains || len(c.chainsOf) > 0 && !slices.Equal(chains, c.chainsOf) {
			t.Errorf("%d chains, %d workers, blocks of %d wanted: teams %v with %v chains", c.chains, c.workers, c.want, teams, chains)
		}
		workers.Close()
	}
}

func sum(values []int) (total int) {
	for _, v := range values {
		total += v
	}
	return total
}
