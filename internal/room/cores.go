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

// coresOf counts the cores that the processors of a status belong to; 0 where cpus does not tell.
func coresOf(status string, cpus fs.FS) int {
	seen := map[string]bool{}
	for _, cpu := range Processors(allowed(status)) {
		siblings, err := fs.ReadFile(cpus, "cpu"+strconv.Itoa(cpu)+"/topology/thread_siblings_list")
		if err != nil {
			return 0
		}
		seen[string(siblings)] = true
	}
	return len(seen)
}

// Allowed is the list of processors that this process may use, as Linux tells it ("0-3,8"); "" elsewhere.
func Allowed() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return ""
	}
	return allowed(string(status))
}

// allowed is that list in the text of a status.
func allowed(status string) string {
	for line := range strings.Lines(status) {
		if list, ok := strings.CutPrefix(line, "Cpus_allowed_list:"); ok {
			return strings.TrimSpace(list)
		}
	}
	return ""
}

// Processors are those of a list "0-3,8"; none of one that cannot be read.
func Processors(list string) (out []int) {
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

// Aside leaves room for a thread that writes files while so many workers compute: it then takes none of their turns, which
// would keep all of them waiting.
func Aside(workers int) {
	if workers <= Cores() {
		runtime.GOMAXPROCS(max(runtime.GOMAXPROCS(0), workers+1))
	}
}
