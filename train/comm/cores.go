package comm

import (
	"os"
	"runtime"
	"strconv"
	"strings"
)

// Cores is this rank's share of the cores that its machine's ranks may use, at least 1: of those that a launcher has bound
// it to, or of those that the ranks of a machine have together.
func (c *Comm) Cores() int {
	own := runtime.GOMAXPROCS(0)
	if c.Size() == 1 {
		return own
	}
	var lists []string
	for rank, list := range c.AllGather([]byte(allowed())) {
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
		for _, c := range numbers(list) {
			cores[c] = true
		}
	}
	all := len(cores)
	if all == 0 || own < may { // not known; or time is limited, and not cores
		all = own
	}
	return max(1, min(own, all/len(lists)))
}

// allowed is the list of cores that the process may use, as Linux tells it ("0-3,8"); "" elsewhere.
func allowed() string {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if list, ok := strings.CutPrefix(line, "Cpus_allowed_list:"); ok {
			return strings.TrimSpace(list)
		}
	}
	return ""
}

// numbers are those of a list "0-3,8".
func numbers(list string) (out []int) {
	for part := range strings.SplitSeq(list, ",") {
		from, to, ok := strings.Cut(part, "-")
		if !ok {
			to = from
		}
		first, err := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if err != nil || err2 != nil || last-first > 1<<16 {
			return nil
		}
		for c := first; c <= last; c++ {
			out = append(out, c)
		}
	}
	return out
}
