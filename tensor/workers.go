package tensor

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Workers is a fixed set of goroutines that share the tasks of a run. Each has a part of
// them that it does first, and then takes what others have left of theirs: what a
// task reads is mostly in the caches of the worker who does it, because the same part of
// the run before wrote it (see Part). The calling goroutine is worker 0, so a set of one
// starts none. Runs may follow each other within microseconds: between them the workers
// stay awake for a moment.
type Workers struct {
	count   int
	share   int
	root    *Workers   // of a team: the set whose workers help it; nil for a set
	number  int        // of a team: which one
	teams   int        // of a team: of how many
	helpers []*sleeper // workers 1, 2, … of a set
	caller  sleeper    // worker 0, who waits for the end of a run
	spins   int
	lock    sync.Mutex                   // one Run at a time
	all     atomic.Pointer[[][]*Workers] // teams, by how many there are
	memory  [][]float32                  // by worker; of a team, its leader's
	trace   *Trace                       // of workers that are simulated, else nil
	set     int                          // their number in it

	// Of the run that is under way. Who has taken a task may read f, because the run
	// lasts until the task is done; the others are for the caller of Run alone.
	f       func(worker, task int)
	run     uint64 // the number of the run << taskBits
	tasks   int
	failure atomic.Pointer[any]

	offers []offer
	parts  []part
}

// offer tells some of the workers of a run: its number << taskBits | its tasks, none of them when all
// are taken. There are several offers, because a word reaches those who look for it one
// after the other.
type offer struct {
	atomic.Uint64
	_ [56]byte // a cache line of its own, as have the words below
}

// part is what has become of a part of the tasks: the run's number << taskBits | tasks that are taken, and
// that are done. The word of an earlier run means none, so that nobody has to set all
// words back.
type part struct {
	taken atomic.Uint64
	_     [56]byte
	done  atomic.Uint64
	_     [56]byte
}

// taskBits is the bits of a number of tasks beside that of their run.
const taskBits = 24

const mostTasks = 1<<taskBits - 1

// awake is how often a worker looks for work before it goes to sleep: 20 to 50
// microseconds, the time of a few tasks of a step, and several times what it
// costs to wake a thread.
const awake = 30_000

// NewWorkers starts so many workers. It panics when count < 1.
func NewWorkers(count int) *Workers {
	if count < 1 {
		panic(fmt.Sprintf("tensor: %d workers", count))
	}
	t := newSet(count)
	if count > runtime.GOMAXPROCS(0) {
		t.spins = 0 // who looks for work would keep others from theirs
	}
	t.caller = newSleeper(func() bool { return t.complete(t.run, t.tasks) || t.teamOffered(0) })
	for w := 1; w < count; w++ {
		s := newSleeper(func() bool { return t.offered(w) || t.teamOffered(w) })
		t.helpers = append(t.helpers, &s)
		go func() {
			for s.wait(t.spins) {
				t.work(w, t)
				t.help(w)
			}
		}()
	}
	return t
}

func newSet(count int) *Workers {
	t := &Workers{count: count, share: count, spins: awake, memory: make([][]float32, count)}
	t.divide(count)
	t.all.Store(new([][]*Workers))
	return t
}

// divide makes the words of so many parts.
func (t *Workers) divide(parts int) {
	t.parts, t.offers = make([]part, parts), make([]offer, Offers(parts))
}

// Offers is the number of words that tell so many workers of a run: its square root, so that
// writing them all and reading one after the other take about as long.
func Offers(workers int) int { return int(math.Sqrt(float64(workers))) }

// Count is the number of workers, the caller of Run included; of nil it is 1. Run
// names workers by the numbers below it. Those of a team are its leader, 0, and all
// workers of the set, from 1 on.
func (t *Workers) Count() int {
	if t == nil {
		return 1
	}
	return t.count
}

// Share is the number of workers among whom a run had better be divided: that of a
// set is Count, that of a team its part of the set.
func (t *Workers) Share() int {
	if t == nil {
		return 1
	}
	return t.share
}

// Teams returns count teams, for tasks of this set that run tasks themselves. Whoever
// calls Run of a team leads it. Worker w of the set belongs to team w mod count, but
// every one that has nothing else to do helps, at whichever team has tasks, its own
// first. So as many work as before, and none waits as long as there is a task anywhere.
// The same count gives the same teams. It panics unless 1 ≤ count ≤ Count().
func (t *Workers) Teams(count int) []*Workers {
	if t.root != nil || count < 1 || count > t.count {
		panic(fmt.Sprintf("tensor: %d teams of %d workers", count, t.count))
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	all := *t.all.Load()
	for _, teams := range all {
		if len(teams) == count {
			return teams
		}
	}
	teams := make([]*Workers, count)
	for i := range teams {
		members := (t.count - i + count - 1) / count
		team := &Workers{count: t.count + 1, share: (t.count + count - 1) / count, root: t, number: i, teams: count,
			spins: t.spins, memory: make([][]float32, 1)}
		team.divide(members)
		team.caller = newSleeper(func() bool { return team.complete(team.run, team.tasks) })
		if t.trace != nil {
			t.trace.add(team)
		}
		teams[i] = team
	}
	all = append(slices.Clip(all), teams)
	t.all.Store(&all)
	return teams
}

// Memory returns so many floats for a worker to work with, those that others get who
// ask for memory of the same worker: it holds nothing from one task to the next. A
// team's leader has memory of its own. For nil it is new. Who asks for more than ever
// before must do so between runs, or be that worker.
func (t *Workers) Memory(worker, floats int) []float32 {
	switch {
	case t == nil:
		return alignedFloats(floats)
	case t.root != nil && worker > 0:
		return t.root.Memory(worker-1, floats)
	}
	if len(t.memory[worker]) < floats {
		t.memory[worker] = alignedFloats(floats)
	}
	return t.memory[worker][:floats:floats]
}

// Reserve sees to it that Memory of so many floats allocates nothing.
func (t *Workers) Reserve(floats int) {
	for worker := range t.Count() {
		if t != nil {
			t.Memory(worker, floats)
		}
	}
}

// Run calls f(worker, task) once for every task in [0, tasks), each on some worker, and
// returns when all are done. Where a set has no more tasks than workers, task i is that of
// worker i, unless that is late and another one through with its own. No two calls with
// the same worker overlap. A panic in f stops the handing out of tasks and is raised again
// here. Run allocates nothing, or a little for more than 16 million tasks; it must not be
// called from inside f on the same workers. Nil workers are the calling goroutine alone.
func (t *Workers) Run(tasks int, f func(worker, task int)) {
	switch {
	case t.Count() == 1 || tasks <= 1:
		for task := range tasks {
			f(0, task)
		}
		return
	case tasks > mostTasks:
		for first := 0; first < tasks; first += mostTasks {
			t.Run(min(mostTasks, tasks-first), func(worker, task int) { f(worker, first+task) })
		}
		return
	case t.trace != nil:
		t.trace.run(t, tasks, f)
		return
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	t.f, t.tasks = f, tasks
	t.run += 1 << taskBits
	for i := range t.offers {
		t.offers[i].Swap(t.run | uint64(tasks))
	}
	if t.root == nil {
		for _, h := range t.helpers[:min(t.count, tasks)-1] {
			h.rouse()
		}
	} else {
		t.root.rouse(t, tasks-1)
	}
	t.work(0, t)
	for t.caller.wait(t.spins); !t.complete(t.run, tasks); t.caller.wait(t.spins) {
		t.help(0)
	}
	t.f = nil
	if failure := t.failure.Swap(nil); failure != nil {
		panic(*failure)
	}
}

// rouse wakes up to so many workers that sleep, a team's own first.
func (t *Workers) rouse(team *Workers, most int) {
	for i := range team.teams {
		for w := (team.number + i) % team.teams; w < t.count && most > 0; w += team.teams {
			s := &t.caller
			if w > 0 {
				s = t.helpers[w-1]
			}
			if s.rouse() {
				most--
			}
		}
	}
}

// Part is the tasks [from, to) of one of so many parts: an equal share, at the same place
// among the tasks in every run, so that what is at one place in the images of a batch is of
// the same part.
func Part(tasks, part, parts int) (from, to int) {
	return tasks * part / parts, tasks * (part + 1) / parts
}

// divided is the number of parts of so many tasks: of a set no more than tasks. Workers
// who have no part then take no task, so that each team has the same leader every time.
func (t *Workers) divided(tasks int) (parts int) {
	if t.root == nil {
		return min(tasks, len(t.parts))
	}
	return len(t.parts)
}

// home is the part that is a worker's own.
func (t *Workers) home(worker int) int {
	if t.root == nil || worker == 0 {
		return worker
	}
	return (worker - 1) / t.teams
}

// left is how many of a part's tasks are left in a run, by the word of those that are taken.
func left(word, run uint64, size int) int {
	switch taken := int64(word - run); {
	case taken < 0: // of an earlier run
		return size
	case taken <= mostTasks:
		return size - int(taken)
	}
	return 0
}

// work takes tasks until none is left, those of the worker's own part first; where team,
// the worker's own, is another one, until that one has tasks.
func (t *Workers) work(worker int, team *Workers) {
	word := &t.offers[worker%len(t.offers)]
	offer := word.Load()
	if !t.has(offer, worker) {
		return
	}
	run, tasks := offer&^mostTasks, int(offer&mostTasks)
	parts := t.divided(tasks)
	p, done := 0, 0
	defer func() {
		if r := recover(); r != nil {
			failure := r // &r would put every r on the heap
			t.failure.CompareAndSwap(nil, &failure)
			t.withdraw(run, tasks)
			t.finish(run, tasks, p, done+1) // the run does not end before
		}
	}()
	called := func() bool { return t != team && team.offered(worker) }
	for i := 0; i < parts && word.Load() == offer; i++ {
		p = (t.home(worker) + i) % parts
		from, to := Part(tasks, p, parts)
		for taken := &t.parts[p].taken; from < to && !called(); {
			now := taken.Load()
			n := left(now, run, to-from)
			if n == 0 {
				break
			}
			if taken.CompareAndSwap(now, run|uint64(to-from-n+1)) {
				t.f(worker, to-n)
				done++
			}
		}
		if done > 0 {
			t.finish(run, tasks, p, done)
			done = 0
		}
		if called() {
			return
		}
	}
	word.CompareAndSwap(offer, run) // no task is left
}

// finish notes that so many tasks of a part are done, of a run of so many.
func (t *Workers) finish(run uint64, tasks, part, n int) {
	for done := &t.parts[part].done; ; {
		now := done.Load()
		before := now
		if int64(now-run) < 0 { // of an earlier run
			before = run
		}
		if done.CompareAndSwap(now, before+uint64(n)) {
			break
		}
	}
	if t.caller.asleep.Load() && t.complete(run, tasks) {
		t.caller.rouse()
	}
}

// complete reports whether all tasks of a run are done.
func (t *Workers) complete(run uint64, tasks int) bool {
	parts := t.divided(tasks)
	for p := range parts {
		if done := t.parts[p].done.Load() - run; done <= mostTasks {
			tasks -= int(done)
		}
	}
	return tasks == 0
}

// withdraw takes all tasks of a run that are left, and has them done.
func (t *Workers) withdraw(run uint64, tasks int) {
	parts := t.divided(tasks)
	for p := range parts {
		if from, to := Part(tasks, p, parts); from < to {
			if n := left(t.parts[p].taken.Swap(run|uint64(to-from)), run, to-from); n > 0 {
				t.finish(run, tasks, p, n)
			}
		}
	}
}

// help takes tasks of all teams, of a worker's own first.
func (t *Workers) help(worker int) {
	for _, teams := range *t.all.Load() {
		own := worker % len(teams)
		for i := range teams {
			teams[(own+i)%len(teams)].work(worker+1, teams[own])
		}
	}
}

// offered reports whether there may be a task for a worker.
func (t *Workers) offered(worker int) bool {
	return t.has(t.offers[worker%len(t.offers)].Load(), worker)
}

// has reports whether there may be one in an offer.
func (t *Workers) has(offer uint64, worker int) bool {
	tasks := int(offer & mostTasks)
	return tasks > 0 && (t.root != nil || worker < tasks)
}

// teamOffered reports whether a team has a task.
func (t *Workers) teamOffered(worker int) bool {
	for _, teams := range *t.all.Load() {
		for _, team := range teams {
			if team.offered(worker + 1) {
				return true
			}
		}
	}
	return false
}

// Close ends the goroutines of the workers. They and their teams must not be used
// afterwards.
func (t *Workers) Close() {
	for _, h := range t.helpers {
		close(h.wake)
	}
	t.helpers = nil
	t.all.Store(new([][]*Workers))
}
