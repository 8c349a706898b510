package measure

import (
	"bytes"
	"cmp"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"anila/internal/scale"
)

// clock times the parts of a round, and sees what others had of its cores meanwhile, on systems that tell, and where the host had
// them.
type clock struct {
	seconds  float64         // of all parts
	stolen   float64         // of them, by the host: it tells hundredths of a second, too much of a short part to count there
	waited   float64         // for cores that others had, by threads that worked: the share of the part where that was most
	machines []scale.Machine // before and after each part
}

// time returns the seconds of a part.
func (c *clock) time(part func()) float64 {
	if len(c.machines) == 0 {
		c.machines = append(c.machines, measureMachine())
	}
	before := readLoad(os.DirFS("/proc"))
	seconds := elapsed(part)
	c.note(before, readLoad(os.DirFS("/proc")), seconds)
	c.machines = append(c.machines, measureMachine())
	return seconds
}

// note notes what there was of others before and after a part.
func (c *clock) note(before, after load, seconds float64) {
	c.seconds += seconds
	c.stolen += after.stolen - before.stolen
	c.waited = max(c.waited, after.waited(before, seconds)/seconds)
}

// taken is what others had of the round: their time as a share of its own.
func (c *clock) taken() float64 { return c.waited + c.stolen/c.seconds }

// machine is the median of what two cores cost each other in the round.
func (c *clock) machine() scale.Machine {
	return medianMachine(c.machines, func(m scale.Machine) scale.Machine { return m })
}

// spread is how many times the shortest line of the round its longest one was.
func (c *clock) spread() float64 {
	line := func(a, b scale.Machine) int { return cmp.Compare(a.Line, b.Line) }
	return slices.MaxFunc(c.machines, line).Line / slices.MinFunc(c.machines, line).Line
}

// alone returns the seconds of f, of one goroutine, while a second core is busy with nothing: at the clock of two, and nobody
// else fills the caches that they share.
func alone(f func()) float64 {
	var done atomic.Bool
	var group sync.WaitGroup
	group.Go(func() {
		for !done.Load() {
		}
	})
	seconds := elapsed(f)
	done.Store(true)
	group.Wait()
	return seconds
}

// beside returns the seconds of each while the other one works too.
func beside(f [2]func()) (seconds [2]float64) {
	var group sync.WaitGroup
	for i := range f {
		group.Go(func() { seconds[i] = elapsed(f[i]) })
	}
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

// waited is for how long, of so many seconds since before, threads that worked waited for a core. Threads that hardly ran are the Go
// runtime's, for which nobody waits.
func (l load) waited(before load, seconds float64) (sum float64) {
	for path, t := range l.threads {
		if b := before.threads[path]; t.ran-b.ran > seconds/20 {
			sum += t.waited - b.waited
		}
	}
	return sum
}

func elapsed(f func()) float64 {
	start := time.Now()
	f()
	return time.Since(start).Seconds()
}
