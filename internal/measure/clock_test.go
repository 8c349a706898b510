package measure

import (
	"math"
	"testing"
	"testing/fstest"
)

// What others had is what threads that worked waited for a core, in the worst part of a round, and what the host had of all of it.
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
	var c clock
	c.note(before, after, 2)
	c.note(after, after, 3) // another part, in which nobody had anything
	if got, want := c.taken(), (0.1+0.2)/2+0.1/5; math.Abs(got-want) > 1e-12 {
		t.Errorf("others had %v of the round, want %v", got, want)
	}
	nothing, silent := readLoad(fstest.MapFS{}), clock{}
	if silent.note(nothing, nothing, 1); silent.taken() != 0 {
		t.Error("a system that tells nothing disturbs")
	}
}
