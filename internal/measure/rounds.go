package measure

import (
	"cmp"
	"slices"
)

// Rounds is how often something was measured, and how quiet it was. Those rounds count in which the cores stayed where they were, at
// one place for all, and others had least of them.
type Rounds struct {
	Counted   int     `json:"counted"`
	Disturbed int     `json:"disturbed"` // left out, since others had more of the cores than in those that count
	Moved     int     `json:"moved"`     // left out, since the host moved the cores
	Elsewhere int     `json:"elsewhere"` // left out, since the host had the cores nearer to each other, or farther, than in most
	Taken     float64 `json:"taken"`     // by others, in the worst of those that count: their time as a share of its own
	Spread    float64 `json:"spread"`    // of a line, in the worst of those that count: the longest by the shortest
}

const (
	// Quiet is what others may have in rounds that count, if there are enough such rounds.
	Quiet = 0.03
	// Steady is how many times the shortest line the longest one may be of cores that are where they were.
	Steady = 4.0 / 3
)

// round is one that is over.
type round[T any] struct {
	result T
	taken  float64
	line   float64
	spread float64
}

// quietest does rounds until so many were quiet with the cores at one place, or three times as many are over, and returns the results
// of those that count.
func quietest[T any](count int, do func(*clock) T) (results []T, r Rounds) {
	var all []round[T]
	for len(all) < 3*count && quiet(place(all)) < count {
		var c clock
		result := do(&c)
		all = append(all, round[T]{result, c.taken(), c.machine().Line, c.spread()})
	}
	here := place(all)
	if len(here) == 0 {
		here = slices.Clone(all)
	}
	slices.SortStableFunc(here, func(a, b round[T]) int { return cmp.Compare(a.taken, b.taken) })
	r.Counted = min(count, len(here))
	r.Disturbed = len(here) - r.Counted
	for _, o := range here[:r.Counted] {
		results = append(results, o.result)
		r.Taken, r.Spread = max(r.Taken, o.taken), max(r.Spread, o.spread)
	}
	for _, o := range all {
		if o.spread > Steady {
			r.Moved++
		}
	}
	if r.Spread > Steady { // none was steady, and what counts is such
		r.Moved = 0
	}
	r.Elsewhere = len(all) - len(here) - r.Moved
	return results, r
}

// place returns the steady rounds at that place of the cores which had most quiet ones.
func place[T any](all []round[T]) (most []round[T]) {
	for _, nearest := range all {
		var here []round[T]
		for _, o := range all {
			if o.spread <= Steady && nearest.line <= o.line && o.line <= Steady*nearest.line {
				here = append(here, o)
			}
		}
		if cmp.Or(cmp.Compare(quiet(here), quiet(most)), cmp.Compare(len(here), len(most))) > 0 {
			most = here
		}
	}
	return most
}

// quiet counts the quiet ones.
func quiet[T any](rounds []round[T]) (n int) {
	for _, o := range rounds {
		if o.taken <= Quiet {
			n++
		}
	}
	return n
}
