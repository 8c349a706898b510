package room

import (
	"fmt"
	"testing"
	"testing/fstest"
)

// Processors of one core count once, those that a process may not use not at all.
func TestCoresOf(t *testing.T) {
	cpus := fstest.MapFS{}
	for cpu := range 8 { // four cores of two threads: 0 and 4, 1 and 5 …
		cpus[fmt.Sprintf("cpu%d/topology/thread_siblings_list", cpu)] = &fstest.MapFile{Data: []byte(fmt.Sprintf("%d,%d\n", cpu%4, cpu%4+4))}
	}
	for list, want := range map[string]int{"0-7": 4, "0-3": 4, "0,4": 1, "0-1,4-5": 2, "6": 1, "0-8": 0, "x": 0} {
		if got := coresOf("Name:\tanila-cpu\nCpus_allowed:\tff\nCpus_allowed_list:\t"+list+"\nThreads:\t3\n", cpus); got != want {
			t.Errorf("processors %s: %d cores, wanted %d", list, got, want)
		}
	}
	if n := Cores(); n < 1 {
		t.Errorf("%d cores", n)
	}
}
