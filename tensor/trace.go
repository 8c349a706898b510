package tensor

import (
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Trace is what a set of workers that exists only as a number would have to do: the
// goroutine that calls Run does all tasks one after the other, and notes what each
// took. Everything is planned for so many workers; a simulation can then say how long
// they would have taken (package internal/scale).
type Trace struct {
	began  time.Time
	marks  []mark
	rounds [][]float64 // seconds between marks, of all rounds
	sets   int
	names  map[uintptr]string
	bytes  int64 // of packed weights, read since the last mark
}

// reads notes that the task at hand reads so many floats of packed weights.
func (t *Workers) reads(floats int) {
	if t != nil && t.trace != nil {
		t.trace.bytes += 4 * int64(floats)
	}
}

// mark is a moment of a round: a Run begins, a task ends, a Run ends.
type mark struct {
	at    time.Duration
	bytes int64   // of packed weights that were read since the mark before
	f     uintptr // of a Run that begins: what it runs
	tasks int32   // of a Run that begins; taskEnds, runEnds
	set   int32   // the workers
	count int32
}

const (
	taskEnds = -1
	runEnds  = -2
)

// NewTracedWorkers returns workers that a trace simulates. They and their teams must
// be used by one goroutine.
func NewTracedWorkers(count int) (*Workers, *Trace) {
	t := &Trace{names: map[uintptr]string{}}
	w := &Workers{count: count, share: count, teams: map[int][]*Workers{}, memory: make([][]float32, count)}
	w.all.Store(new([]*Workers))
	t.add(w)
	return w, t
}

// add lets a trace note the runs of a set or team.
func (t *Trace) add(w *Workers) {
	w.trace, w.set = t, t.sets
	t.sets++
}

// Round notes what work takes. All rounds of a trace must run the same tasks.
func (t *Trace) Round(work func()) {
	t.marks, t.began = t.marks[:0], time.Now()
	work()
	t.mark(mark{tasks: taskEnds})
	seconds, last := make([]float64, len(t.marks)), time.Duration(0)
	for i, m := range t.marks {
		seconds[i], last = (m.at - last).Seconds(), m.at
	}
	if len(t.rounds) > 0 && len(t.rounds[0]) != len(seconds) {
		panic("tensor: rounds of a trace that run different tasks")
	}
	t.rounds = append(t.rounds, seconds)
}

func (t *Trace) mark(m mark) {
	m.at, m.bytes, t.bytes = time.Since(t.began), t.bytes, 0
	t.marks = append(t.marks, m)
}

// run does and notes a Run.
func (t *Trace) run(w *Workers, tasks int, f func(worker, task int)) {
	t.mark(mark{f: reflect.ValueOf(f).Pointer(), tasks: int32(tasks), set: int32(w.set), count: int32(w.share)})
	for task := range tasks {
		f(0, task)
		t.mark(mark{tasks: taskEnds})
	}
	t.mark(mark{tasks: runEnds})
}

// TracedWork is what one goroutine does from the beginning of a task to its end.
type TracedWork struct {
	Own   []float64    // seconds before, between and after the runs; one more than Runs
	Runs  []*TracedRun // that it waits for
	Bytes float64      // of packed weights that are read in Own
}

// TracedRun is one Run.
type TracedRun struct {
	Name    string // of the function that does the tasks
	Set     int    // which workers: those of the trace are 0, teams have other numbers
	Workers int    // its share
	Tasks   []TracedWork
}

// Work is the work of the rounds, each piece with the median of its times.
func (t *Trace) Work() TracedWork {
	times, at := make([]float64, len(t.rounds)), 0
	var work func() TracedWork
	// work reads a task up to the mark that ends it, and passes that by.
	work = func() (w TracedWork) {
		for {
			for i := range times {
				times[i] = t.rounds[i][at]
			}
			slices.Sort(times)
			w.Own = append(w.Own, times[len(times)/2])
			m := &t.marks[at]
			w.Bytes += float64(m.bytes)
			at++
			if m.tasks == taskEnds {
				return w
			}
			r := &TracedRun{Name: t.name(m.f), Set: int(m.set), Workers: int(m.count), Tasks: make([]TracedWork, m.tasks)}
			for i := range r.Tasks {
				r.Tasks[i] = work()
			}
			at++ // the end of the run
			w.Runs = append(w.Runs, r)
		}
	}
	return work()
}

// name is the name of a function, without its package's path.
func (t *Trace) name(f uintptr) string {
	if t.names[f] == "" {
		name := strings.TrimSuffix(runtime.FuncForPC(f).Name(), "-fm")
		t.names[f] = name[strings.LastIndex(name, "/")+1:]
	}
	return t.names[f]
}
