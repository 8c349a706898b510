package tensor

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Workers is a fixed set of goroutines that take tasks from one counter. The
// calling goroutine is worker 0, so a set of one starts none. Runs may follow each
// other within microseconds: between them the workers stay awake for a moment.
type Workers struct {
	count   int
	share   int
	root    *Workers   // of a team: the set whose workers help it; nil for a set
	helpers []*sleeper // workers 1, 2, … of a set
	caller  sleeper    // worker 0, who waits for the end of a run
	spins   int
	lock    sync.Mutex // one Run at a time
	teams   map[int][]*Workers
	all     atomic.Pointer[[]*Workers] // teams of any count
	memory  [][]float32                // by worker; of a team, its leader's
	trace   *Trace                     // of workers that are simulated, else nil
	set     int                        // their number in it

	// Of the run that is under way. Who has taken a task may read them, because
	// the run lasts until the task is done.
	tasks   int
	f       func(worker, task int)
	failure atomic.Pointer[any]

	_       [64]byte      // the counters have cache lines of their own
	offer   atomic.Uint64 // workers that may take tasks << 32 | tasks not taken
	_       [56]byte
	pending atomic.Int64 // tasks not done
	_       [56]byte
}

// awake is how often a worker looks for work before it goes to sleep: 20 to 50
// microseconds, the time of a few tasks of a step, and several times what it
// costs to wake a thread.
const awake = 30_000

// NewWorkers starts so many workers. It panics when count < 1.
func NewWorkers(count int) *Workers {
	if count < 1 {
		panic(fmt.Sprintf("tensor: %d workers", count))
	}
	t := &Workers{count: count, share: count, spins: awake, teams: map[int][]*Workers{}, memory: make([][]float32, count)}
	if count > runtime.GOMAXPROCS(0) {
		t.spins = 0 // who looks for work would keep others from theirs
	}
	t.all.Store(new([]*Workers))
	t.caller = newSleeper(func() bool { return t.pending.Load() == 0 || t.teamOffered(0) })
	for w := 1; w < count; w++ {
		s := newSleeper(func() bool { return t.offered(w) || t.teamOffered(w) })
		t.helpers = append(t.helpers, &s)
		go func() {
			for s.wait(t.spins) {
				t.work(w)
				t.help(w)
			}
		}()
	}
	return t
}

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
// calls Run of a team leads it; every worker of the set that has nothing else to do
// helps, at whichever team has tasks, and stays with it as long as it has. So as many
// work as before, and none waits as long as there is a task anywhere. The same count
// gives the same teams. It panics unless 1 ≤ count ≤ Count().
func (t *Workers) Teams(count int) []*Workers {
	if t.root != nil || count < 1 || count > t.count {
		panic(fmt.Sprintf("tensor: %d teams of %d workers", count, t.count))
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	if t.teams[count] == nil {
		for range count {
			team := &Workers{count: t.count + 1, share: (t.count + count - 1) / count, root: t, spins: t.spins, memory: make([][]float32, 1)}
			team.caller = newSleeper(func() bool { return team.pending.Load() == 0 })
			if t.trace != nil {
				t.trace.add(team)
			}
			t.teams[count] = append(t.teams[count], team)
		}
		all := slices.Concat(*t.all.Load(), t.teams[count])
		t.all.Store(&all)
	}
	return t.teams[count]
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

// Run calls f(worker, task) once for every task in [0, tasks), each on some
// worker, of a set on one below min(tasks, Count()), and returns when all are done. No
// two calls with the same worker overlap. A panic in f stops the handing out of tasks
// and is raised again here. Run allocates nothing; it must not be called from inside f
// on the same workers. Nil workers are the calling goroutine alone.
func (t *Workers) Run(tasks int, f func(worker, task int)) {
	if t.Count() == 1 || tasks <= 1 {
		for task := range tasks {
			f(0, task)
		}
		return
	}
	if t.trace != nil {
		t.trace.run(t, tasks, f)
		return
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	t.tasks, t.f = tasks, f
	workers := t.count
	if t.root == nil {
		workers = min(workers, tasks)
	}
	t.pending.Store(int64(tasks))
	t.offer.Swap(uint64(workers)<<32 | uint64(tasks))
	if t.root == nil {
		for _, h := range t.helpers[:workers-1] {
			h.rouse()
		}
	} else {
		t.root.rouse(tasks - 1)
	}
	t.work(0)
	for t.caller.wait(t.spins); t.pending.Load() != 0; t.caller.wait(t.spins) {
		t.help(0)
	}
	t.f = nil
	if failure := t.failure.Swap(nil); failure != nil {
		panic(*failure)
	}
}

// rouse wakes up to so many workers that sleep.
func (t *Workers) rouse(most int) {
	if most > 0 && t.caller.rouse() {
		most--
	}
	for _, h := range t.helpers {
		if most > 0 && h.rouse() {
			most--
		}
	}
}

// Claim is how many of the tasks that are left a worker takes at a time: half of an equal
// share, so that the word that all of them change goes from core to core less often, and
// the last tasks one by one.
func Claim(left, share int) int { return max(1, left/(2*share)) }

// work takes tasks until none is left.
func (t *Workers) work(worker int) {
	done, claimed := int64(0), 0
	defer func() {
		if r := recover(); r != nil {
			failure := r // &r would put every r on the heap
			t.failure.CompareAndSwap(nil, &failure)
			done += int64(claimed) + int64(uint32(t.offer.Swap(0)))
		}
		if done > 0 && t.pending.Add(-done) == 0 {
			t.caller.rouse()
		}
	}()
	for {
		offer := t.offer.Load()
		left := uint32(offer)
		if left == 0 || uint64(worker) >= offer>>32 {
			return
		}
		claim := Claim(int(left), t.share)
		if !t.offer.CompareAndSwap(offer, offer-uint64(claim)) {
			continue
		}
		for claimed = claim; claimed > 0; claimed-- {
			t.f(worker, t.tasks-int(left)+claim-claimed)
			done++
		}
	}
}

// help takes tasks of all teams, beginning with one in which few others begin.
func (t *Workers) help(worker int) {
	all := *t.all.Load()
	for i := range all {
		all[(worker+i)%len(all)].work(worker + 1)
	}
}

// offered reports whether there is a task for a worker.
func (t *Workers) offered(worker int) bool {
	offer := t.offer.Load()
	return uint32(offer) > 0 && uint64(worker) < offer>>32
}

// teamOffered reports whether a team has a task.
func (t *Workers) teamOffered(worker int) bool {
	for _, team := range *t.all.Load() {
		if team.offered(worker + 1) {
			return true
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
	t.helpers, t.teams = nil, nil
}

// A sleeper is a goroutine that waits for something, awake for a moment and then
// asleep. It says that it sleeps and then looks once more; who rouses it makes it
// ready and then looks whether it sleeps: one of them sees the other. Both write
// with read-modify-write operations, because QEMU's user emulation of arm64 lets a
// load overtake an atomic store before it.
type sleeper struct {
	ready  func() bool
	asleep atomic.Bool
	wake   chan struct{} // one word for each time that somebody ended its sleep
}

func newSleeper(ready func() bool) sleeper {
	return sleeper{ready: ready, wake: make(chan struct{}, 1)}
}

// wait returns true when ready, false when the channel is closed.
func (s *sleeper) wait(spins int) bool {
	for {
		for range spins {
			if s.ready() {
				return true
			}
		}
		s.asleep.Swap(true)
		if s.ready() && s.asleep.CompareAndSwap(true, false) {
			return true
		}
		if _, open := <-s.wake; !open {
			return false
		}
	}
}

// rouse ends the sleep, and reports whether there was one. What the sleeper waits for
// must have happened before, by a read-modify-write operation.
func (s *sleeper) rouse() bool {
	if s.asleep.Load() && s.asleep.CompareAndSwap(true, false) {
		s.wake <- struct{}{}
		return true
	}
	return false
}
