// Package measure times the work that anila-cpu does: kernels, layers, the Langevin step, a training iteration. The same
// cases serve the bench command and the Go benchmarks.
package measure

import (
	"slices"
	"time"

	"anila/asm/isa"
)

// Result is one line of a benchmark: what was run, how, and how fast.
type Result struct {
	Name    string  `json:"name"`
	Impl    string  `json:"impl"` // instruction set
	Threads int     `json:"threads"`
	Shape   string  `json:"shape"`
	Seconds float64 `json:"seconds"`         // median of Repeats runs
	GFLOPS  float64 `json:"gflops"`          // 1e9 operations a second, a multiply-add being two; 0 where bytes count
	GBS     float64 `json:"gbs,omitempty"`   // 1e9 bytes a second, read and written
	Share   float64 `json:"share"`           // of the measured limit (multiply-adds, else memory bandwidth); 0 = not measured
	Bytes   int64   `json:"bytes,omitempty"` // memory, in the case about memory
	Repeats int     `json:"repeats,omitempty"`
}

// Limits are the measured limits of the machine for one instruction set and number of threads.
type Limits struct {
	GFLOPS, GBS float64
}

// Case is one piece of work. Setup allocates what it needs for the tier in force and returns the work; it may be called
// again after another tier was selected.
type Case struct {
	Name, Shape string
	Flops       float64 // of one run; 0 where Bytes counts
	Bytes       float64 // read and written by one run
	Setup       func() func()
}

// Run times a case on the tier in force, on this goroutine.
func (c Case) Run(repeats int, l Limits) Result {
	return c.result(Time(c.Setup(), repeats), repeats, 1, l)
}

func (c Case) result(seconds float64, repeats, threads int, l Limits) Result {
	r := Result{Name: c.Name, Impl: isa.Current().String(), Threads: threads, Shape: c.Shape, Seconds: seconds, Repeats: repeats}
	switch {
	case c.Flops > 0:
		r.GFLOPS = c.Flops / seconds / 1e9
		if l.GFLOPS > 0 {
			r.Share = r.GFLOPS / l.GFLOPS
		}
	case c.Bytes > 0:
		r.GBS = c.Bytes / seconds / 1e9
		if l.GBS > 0 {
			r.Share = r.GBS / l.GBS
		}
	}
	return r
}

// sample is how long one timed sample lasts at least: short work is repeated within it.
const sample = 10 * time.Millisecond

// Time returns the median over repeats of the seconds that one call of f takes, after a warm-up.
func Time(f func(), repeats int) float64 {
	f()
	start := time.Now()
	f()
	inner := 1
	if once := time.Since(start); once < sample {
		inner = int(sample/max(once, 10*time.Nanosecond)) + 1
	}
	seconds := make([]float64, repeats)
	for i := range seconds {
		start := time.Now()
		for range inner {
			f()
		}
		seconds[i] = time.Since(start).Seconds() / float64(inner)
	}
	return Median(seconds)
}

// Median of at least one value; the mean of the middle two for an even number.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
