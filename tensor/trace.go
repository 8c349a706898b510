package tensor

import (
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Trace is what a set of workers that exists only as a number would have to do: all
// tasks are done one after the other, and what each took is noted. Everything is planned
// for so many workers; a simulation can then say how long they would have taken (package
// internal/scale). Where there are two cores they take turns at what workers would
// share, part by part: a task finds at home what its own part wrote, and in the other
// core's caches what the parts beside it did. In a round that is scattered they take
// turns task by task: so it is for a task that another worker has taken than its part's.
type Trace struct {
	round     bool // one is under way
	scattered bool
	marks     []mark
	last      time.Time // of the mark before
	bytes     int64     // of packed weights, read since then
	sets      int
	names     map[uintptr]string
	real      *Workers // who do what there is to do outside of rounds; nil where workers exist only as a number

	two   bool                    // cores take turns
	core  int                     // that works: 0, on which the round began, or 1
	asked [2]atomic.Pointer[turn] // by core: what the other one wants of it
}

// reads notes that the task at hand reads so many floats of packed weights.
func (t *Workers) reads(floats int) {
	if t != nil && t.trace != nil {
		t.trace.bytes += 4 * int64(floats)
	}
}

// mark is a moment of a round: a Run begins, a task ends, a Run ends.
type mark struct {
	took    time.Duration // since the mark before
	bytes   int64         // of packed weights that were read since then
	f       uintptr       // of a Run that begins: what it runs
	tasks   int32         // of a Run that begins; taskEnds, runEnds
	workers *Workers      // of a Run that begins
}

const (
	taskEnds = -1
	runEnds  = -2
)

// NewTracedWorkers returns workers that a trace stands for. They and their teams must
// be used by one goroutine.
func NewTracedWorkers(count int) (*Workers, *Trace) {
	t := &Trace{names: map[uintptr]string{}}
	w := newSet(count)
	t.add(w)
	return w, t
}

// NewTrace returns a trace of workers that there are: outside of its rounds, which must
// not overlap with their runs, they work as ever, and in the same memory.
func NewTrace(w *Workers) *Trace {
	return &Trace{names: map[uintptr]string{}, real: w}
}

// attach lets the trace have the runs of workers that there are, or no longer.
func (t *Trace) attach(on bool) {
	if t.real == nil {
		return
	}
	sets := slices.Concat(*t.real.all.Load()...)
	t.sets = 0
	for _, w := range append([]*Workers{t.real}, sets...) {
		if t.add(w); !on {
			w.trace = nil
		}
	}
}

// add lets a trace note the runs of a set or team.
func (t *Trace) add(w *Workers) {
	w.trace, w.set = t, t.sets
	t.sets++
}

// Round does work and returns what it is made of, with the times of its pieces.
func (t *Trace) Round(work func(), scattered bool) TracedWork {
	t.attach(true)
	defer t.attach(false)
	var over atomic.Bool
	var group sync.WaitGroup
	if t.two = runtime.GOMAXPROCS(0) > 1; t.two {
		group.Go(func() { t.serve(1, &over) })
	}
	t.round, t.scattered, t.marks, t.bytes, t.last = true, scattered, t.marks[:0], 0, time.Now()
	work()
	t.mark(mark{tasks: taskEnds})
	t.round = false
	over.Store(true)
	group.Wait()
	rest := t.marks
	return t.work(&rest)
}

func (t *Trace) mark(m mark) {
	if t.round {
		now := time.Now()
		m.took, m.bytes = now.Sub(t.last), t.bytes
		t.marks, t.last, t.bytes = append(t.marks, m), now, 0
	}
}

// turn is tasks for a core.
type turn struct {
	f         func(worker, task int)
	worker    int
	task, end int // the first one, the one behind the last
	done      atomic.Bool
}

// run does and notes a Run.
func (t *Trace) run(w *Workers, tasks int, f func(worker, task int)) {
	t.mark(mark{f: reflect.ValueOf(f).Pointer(), tasks: int32(tasks), workers: w})
	parts := w.divided(tasks)
	leader := t.core
	u := &turn{f: f}
	for p := range parts {
		for from, to := Part(tasks, p, parts); from < to; {
			core, turns := leader, p
			u.task, u.end = from, to
			if t.scattered {
				u.end, turns = from+1, from // every task is a turn
			}
			if t.round && t.two {
				core = (leader + turns) & 1
			}
			u.worker = core
			switch {
			case w.root == nil:
			case core == leader:
				u.worker = 0
			default:
				u.worker++
			}
			if core == leader {
				t.do(u)
			} else {
				u.done.Store(false)
				t.asked[core].Store(u)
				t.serve(leader, &u.done)
			}
			from = u.end
		}
	}
	t.last = time.Now()
	t.mark(mark{tasks: runEnds})
}

// do does tasks. Their time begins when all that a trace itself wants is in this core's caches.
func (t *Trace) do(u *turn) {
	f, worker, task, end := u.f, u.worker, u.task, u.end
	t.marks = append(t.marks, mark{})[:len(t.marks)]
	for t.last = time.Now(); task < end; task++ {
		f(worker, task)
		t.mark(mark{tasks: taskEnds})
	}
}

// serve does what the other core wants of this one, until it is over.
func (t *Trace) serve(core int, over *atomic.Bool) {
	for !over.Load() {
		if u := t.asked[core].Load(); u != nil {
			t.asked[core].Store(nil)
			t.core = core
			t.do(u)
			t.core = 1 - core
			u.done.Store(true)
		}
	}
}

// TracedWork is what one goroutine does from the beginning of a task to its end.
type TracedWork struct {
	Own    []float64    // seconds before, between and after the runs; one more than Runs
	Stolen []float64    // the same in a scattered round; nil where there was none
	Runs   []*TracedRun // that it waits for
	Bytes  float64      // of packed weights that are read in Own
}

// Pieces calls f with the work and with all tasks that it waits for.
func (w *TracedWork) Pieces(f func(*TracedWork)) {
	f(w)
	for _, r := range w.Runs {
		for i := range r.Tasks {
			r.Tasks[i].Pieces(f)
		}
	}
}

// TracedRun is one Run.
type TracedRun struct {
	Name    string // of the function that does the tasks
	Set     int    // which workers: those of the trace are 0, teams have other numbers
	Workers int    // that have a part
	Team    int    // which one
	Teams   int    // of how many; 0 for the set
	Tasks   []TracedWork
}

// work reads a task up to the mark that ends it, and passes that by.
func (t *Trace) work(rest *[]mark) (w TracedWork) {
	next := func() (m mark) {
		m, *rest = (*rest)[0], (*rest)[1:]
		return m
	}
	for {
		m := next()
		w.Own = append(w.Own, m.took.Seconds())
		w.Bytes += float64(m.bytes)
		if m.tasks == taskEnds {
			return w
		}
		r := &TracedRun{Name: t.name(m.f), Set: m.workers.set, Workers: len(m.workers.parts), Team: m.workers.number, Teams: m.workers.teams, Tasks: make([]TracedWork, m.tasks)}
		for i := range r.Tasks {
			r.Tasks[i] = t.work(rest)
		}
		next() // the end of the run
		w.Runs = append(w.Runs, r)
	}
}

// MedianWork is the work of several rounds, and of scattered ones, which must be the same,
// with the medians of each piece's times.
func MedianWork(rounds, scattered []TracedWork) TracedWork {
	pointers := func(works []TracedWork) (p []*TracedWork) {
		for i := range works {
			p = append(p, &works[i])
		}
		return p
	}
	return medianWork(pointers(rounds), pointers(scattered))
}

func medianWork(rounds, scattered []*TracedWork) TracedWork {
	w := TracedWork{Own: medians(rounds), Stolen: medians(scattered), Bytes: rounds[0].Bytes}
	for i, r := range rounds[0].Runs {
		run := *r
		run.Tasks = make([]TracedWork, len(r.Tasks))
		for task := range r.Tasks {
			of := func(works []*TracedWork) (tasks []*TracedWork) {
				for _, w := range works {
					tasks = append(tasks, &w.Runs[i].Tasks[task])
				}
				return tasks
			}
			run.Tasks[task] = medianWork(of(rounds), of(scattered))
		}
		w.Runs = append(w.Runs, &run)
	}
	return w
}

// medians are those of the pieces of works.
func medians(works []*TracedWork) (own []float64) {
	if len(works) == 0 {
		return nil
	}
	times := make([]float64, len(works))
	for i := range works[0].Own {
		for round, w := range works {
			times[round] = w.Own[i]
		}
		slices.Sort(times)
		own = append(own, times[len(times)/2])
	}
	return own
}

// name is the name of a function, without its package's path.
func (t *Trace) name(f uintptr) string {
	if t.names[f] == "" {
		name := strings.TrimSuffix(runtime.FuncForPC(f).Name(), "-fm")
		t.names[f] = name[strings.LastIndex(name, "/")+1:]
	}
	return t.names[f]
}
