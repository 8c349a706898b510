package comm

import (
	"runtime"

	"anila/internal/room"
)

// Cores is this rank's share of the cores that its machine's ranks may use, at least 1: of those that a launcher has bound
// it to, or of those that the ranks of a machine have together.
func (c *Comm) Cores() int {
	own := runtime.GOMAXPROCS(0)
	if c.Size() == 1 {
		return own
	}
	var lists []string
	for rank, list := range c.AllGather([]byte(room.Allowed())) {
		if c.hosts[rank] == c.hosts[c.rank] {
			lists = append(lists, string(list))
		}
	}
	return share(own, runtime.NumCPU(), lists)
}

// share is how many workers a rank takes that may run own goroutines at a time on as many cores as may; lists are the cores
// that each of the machine's ranks may use.
func share(own, may int, lists []string) int {
	cores := map[int]bool{}
	for _, list := range lists {
		for _, c := range room.Processors(list) {
			cores[c] = true
		}
	}
	all := len(cores)
	if all == 0 || own < may { // not known; or time is limited, and not cores
		all = own
	}
	return max(1, min(own, all/len(lists)))
}
