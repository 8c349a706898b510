package measure

import (
	"math"
	"slices"
	"testing"
	"testing/fstest"
)

// What others had is what threads that worked waited for a core, and what the host had.
func TestClockSeesOthers(t *testing.T) {
	proc := func(stat string, threads map[string]string) fstest.MapFS {
		files := fstest.MapFS{"stat": {Data: []byte(stat + "\ncpu0 1 2 3 4 5 6 7 8 9 10\n")}}
		for id, s := range threads {
			files["self/task/"+id+"/schedstat"] = &fstest.MapFile{Data: []byte(s + "\n")}
		}
		return files
	}
	before := readLoad(proc("cpu  1 2 3 4 5 6 7 100 9 10", map[string]string{"1": "1000000000 500000000 3", "2": "0 0 1"}))
	// In two seconds the first thread ran 1.5 and waited 0.1, one that has begun ran 1 and waited 0.2, the others hardly ran.
	after := readLoad(proc("cpu  1 2 3 4 5 6 7 110 9 10",
		map[string]string{"1": "2500000000 600000000 4", "2": "50000000 1900000000 9", "3": "1000000000 200000000 5", "4": "?"}))
	if got := after.taken(before, 2); math.Abs(got-(0.1+0.2+0.1)/2) > 1e-12 {
		t.Errorf("others had %v of the time", got)
	}
	if nothing := readLoad(fstest.MapFS{}); nothing.taken(nothing, 1) != 0 {
		t.Error("a system that tells nothing disturbs")
	}
}

// Rounds go on until enough are quiet, at most three times as many; the quietest count, in the order of what others had.
func TestQuietestRoundsCount(t *testing.T) {
	for name, c := range map[string]struct {
		taken []float64 // of each round
		count []int     // the rounds that do
		want  Rounds
	}{
		"all quiet":  {[]float64{0, 0.001, 0.5}, []int{0, 1}, Rounds{2, 0, 0.001}},
		"some quiet": {[]float64{0.3, 0.002, 0.2, 0.001}, []int{3, 1}, Rounds{2, 2, 0.002}},
		"too few":    {[]float64{0.3, 0.2, 0.5, 0.4, 0.001, 0.6, 0}, []int{4, 1}, Rounds{2, 4, 0.2}},
	} {
		next := -1
		got, r := quietest(2, func(k *clock) int {
			next++
			k.taken = c.taken[next]
			return next
		})
		if !slices.Equal(got, c.count) || r != c.want {
			t.Errorf("%s: rounds %v count, %+v; want %v, %+v", name, got, r, c.count, c.want)
		}
	}
}
