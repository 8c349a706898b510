package measure

import (
	"slices"
	"testing"

	"anila/internal/scale"
)

// Rounds go on until enough are quiet at one place of the cores, at most three times as many; of those at the place that has most quiet
// ones the quietest count, in the order of what others had.
func TestQuietestRoundsCount(t *testing.T) {
	type lines []float64 // in a round, in nanoseconds
	near, far, moved := lines{40, 50, 44}, lines{190, 180}, lines{42, 44, 190}
	for name, c := range map[string]struct {
		taken []float64 // of each round
		lines []lines
		count []int // the rounds that do
		want  Rounds
	}{
		"all quiet":  {[]float64{0, 0.001, 0.5}, []lines{near, near}, []int{0, 1}, Rounds{Counted: 2, Taken: 0.001, Spread: 1.25}},
		"some quiet": {[]float64{0.3, 0.002, 0.2, 0.001}, []lines{far, far, far, far}, []int{3, 1}, Rounds{Counted: 2, Disturbed: 2, Taken: 0.002, Spread: 190. / 180}},
		"too few": {[]float64{0.3, 0.2, 0.5, 0.4, 0.001, 0.6, 0}, []lines{near, near, near, near, near, near}, []int{4, 1},
			Rounds{Counted: 2, Disturbed: 4, Taken: 0.2, Spread: 1.25}},
		"a round in which the host moved the cores": {[]float64{0, 0.01, 0.02}, []lines{moved, near, near}, []int{1, 2},
			Rounds{Counted: 2, Moved: 1, Taken: 0.02, Spread: 1.25}},
		"two places": {[]float64{0, 0.01, 0.02}, []lines{far, near, near}, []int{1, 2},
			Rounds{Counted: 2, Elsewhere: 1, Taken: 0.02, Spread: 1.25}},
		"a place that is disturbed": {[]float64{0.5, 0.5, 0.5, 0.01, 0.02}, []lines{near, near, near, far, far}, []int{3, 4},
			Rounds{Counted: 2, Elsewhere: 3, Taken: 0.02, Spread: 190. / 180}},
		"one round at a place": {[]float64{0, 0, 0, 0, 0.01, 0.5}, []lines{moved, moved, moved, moved, near, moved}, []int{4},
			Rounds{Counted: 1, Moved: 5, Taken: 0.01, Spread: 1.25}},
		"none that is steady": {[]float64{0.5, 0, 0, 0, 0.01, 0.5}, []lines{moved, moved, moved, moved, moved, moved}, []int{1, 2},
			Rounds{Counted: 2, Disturbed: 4, Spread: 190. / 42}},
	} {
		next := -1
		got, r := quietest(2, func(k *clock) int {
			next++
			k.seconds, k.waited = 1, c.taken[next]
			for _, line := range c.lines[next] {
				k.machines = append(k.machines, scale.Machine{Line: line})
			}
			return next
		})
		if !slices.Equal(got, c.count) || r != c.want {
			t.Errorf("%s: rounds %v count, %+v; want %v, %+v", name, got, r, c.count, c.want)
		}
	}
}
