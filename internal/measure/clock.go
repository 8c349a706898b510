package measure

import (
	"bytes"
	"cmp"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// clock times work, and sees what others had of its cores meanwhile. On systems that do not tell it sees nothing.
type clock struct {
	taken float64 // by others, of the longest-disturbed work that was timed: their time as a share of its own
}

// time returns the seconds of f.
func (c *clock) time(f func()) float64 {
	before := readLoad(os.DirFS("/proc"))
	seconds := elapsed(f)
	c.taken = max(c.taken, readLoad(os.DirFS("/proc")).taken(before, seconds))
	return seconds
}

// alone returns the seconds of f, of one goroutine, while a second core is busy with nothing: at the clock of two, and nobody
// else fills the caches that they share.
func (c *clock) alone(f func()) (seconds float64) {
	var done atomic.Bool
	var group sync.WaitGroup
	if runtime.GOMAXPROCS(0) > 1 {
		group.Go(func() {
			for !done.Load() {
			}
		})
	}
	seconds = c.time(f)
	done.Store(true)
	group.Wait()
	return seconds
}

// load is what the system tells of this process's threads, and of the host, since they began.
type load struct {
	threads map[string]thread
	stolen  float64 // seconds that the host had of all cores
}

// thread is the seconds that a thread ran, and that it waited for a core while others ran.
type thread struct{ ran, waited float64 }

// readLoad reads Linux's /proc.
func readLoad(proc fs.FS) load {
	l := load{threads: map[string]thread{}}
	paths, _ := fs.Glob(proc, "self/task/*/schedstat")
	for _, path := range paths {
		if v := numbers(proc, path, 0); len(v) > 1 {
			l.threads[path] = thread{v[0] / 1e9, v[1] / 1e9}
		}
	}
	if v := numbers(proc, "stat", 1); len(v) > 7 {
		l.stolen = v[7] / 100 // in ticks, of all processors
	}
	return l
}

// numbers are those of a file's first line, behind so many words; none where it cannot be read.
func numbers(proc fs.FS, path string, words int) (v []float64) {
	text, _ := fs.ReadFile(proc, path)
	line, _, _ := bytes.Cut(text, []byte("\n"))
	for i, field := range bytes.Fields(line) {
		if i < words {
			continue
		}
		n, err := strconv.ParseFloat(string(field), 64)
		if err != nil {
			return nil
		}
		v = append(v, n)
	}
	return v
}

// taken is how much of the time since before, in seconds, others had: for how long threads that worked waited, and what the host
// had. Threads that hardly ran are the Go runtime's, for which nobody waits.
func (l load) taken(before load, seconds float64) float64 {
	sum := l.stolen - before.stolen
	for path, t := range l.threads {
		if b := before.threads[path]; t.ran-b.ran > seconds/20 {
			sum += t.waited - b.waited
		}
	}
	return sum / seconds
}

// Rounds is how often something was measured, and how quiet it was: those rounds count in which others had least of the cores.
type Rounds struct {
	Counted int     `json:"counted"`
	LeftOut int     `json:"left_out"`
	Taken   float64 `json:"taken"` // by others, in the worst of those that count: their time as a share of its own
}

// Quiet is what others may have in rounds that count, if there are enough such rounds.
const Quiet = 0.02

// quietest does rounds until so many were quiet, or three times as many are over, and returns those of least disturbance.
func quietest[T any](count int, round func(*clock) T) (results []T, r Rounds) {
	type timed struct {
		result T
		taken  float64
	}
	var all []timed
	for quiet := 0; quiet < count && len(all) < 3*count; {
		var c clock
		result := round(&c)
		all = append(all, timed{result, c.taken})
		if c.taken <= Quiet {
			quiet++
		}
	}
	slices.SortStableFunc(all, func(a, b timed) int { return cmp.Compare(a.taken, b.taken) })
	for _, t := range all[:count] {
		results = append(results, t.result)
	}
	return results, Rounds{count, len(all) - count, all[count-1].taken}
}

func elapsed(f func()) float64 {
	start := time.Now()
	f()
	return time.Since(start).Seconds()
}
