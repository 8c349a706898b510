package room

import (
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// atStart is how many threads may run Go code, before the program wants more.
var atStart = runtime.GOMAXPROCS(0)

// Cores is the number of cores on which threads of this process may work at a time: what runtime.GOMAXPROCS said at the start, which
// knows of affinity, of control groups and of the variable GOMAXPROCS, and no more than the physical cores among the
// processors that the system lets it use. Two hardware threads of a core share its caches and its arithmetic.
func Cores() int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return atStart // no Linux
	}
	if physical := coresOf(string(status), os.DirFS("/sys/devices/system/cpu")); physical > 0 {
		return min(atStart, physical)
	}
	return atStart
}

// CoresOf is the cores among so many of the hardware threads that Cores counts, at least 1.
func CoresOf(threads int) int { return max(1, threads*Cores()/atStart) }

// coresOf counts the cores that the processors of Cpus_allowed_list belong to; 0 where cpus does not tell.
func coresOf(status string, cpus fs.FS) int {
	seen := map[string]bool{}
	for line := range strings.Lines(status) {
		list, ok := strings.CutPrefix(line, "Cpus_allowed_list:")
		if !ok {
			continue
		}
		for part := range strings.SplitSeq(strings.TrimSpace(list), ",") {
			first, last, ok := strings.Cut(part, "-")
			if !ok {
				last = first
			}
			from, err1 := strconv.Atoi(first)
			to, err2 := strconv.Atoi(last)
			if err1 != nil || err2 != nil {
				return 0
			}
			for cpu := from; cpu <= to; cpu++ {
				siblings, err := fs.ReadFile(cpus, "cpu"+strconv.Itoa(cpu)+"/topology/thread_siblings_list")
				if err != nil {
					return 0
				}
				seen[string(siblings)] = true
			}
		}
	}
	return len(seen)
}

// Aside leaves room for a thread that writes files while so many workers compute: it then takes none of their turns, which
// would keep all of them waiting.
func Aside(workers int) {
	if workers <= Cores() {
		runtime.GOMAXPROCS(max(runtime.GOMAXPROCS(0), workers+1))
	}
}
