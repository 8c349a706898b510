package tensor

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// Workers is a fixed set of goroutines that take tasks from one counter. The
// calling goroutine is worker 0, so a set of one starts none. Runs may follow each
// other within microseconds: between them the workers stay awake for a moment.
type Workers struct {
	count   int
	helpers []*sleeper // workers 1, 2, …
	caller  sleeper    // worker 0, who waits for the end of a run
	spins   int
	lock    sync.Mutex // one Run at a time
	teams   map[int][]*Workers

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
	spins := awake
	if count > runtime.GOMAXPROCS(0) {
		spins = 0 // who looks for work would keep others from theirs
	}
	return newWorkers(count, spins)
}

func newWorkers(count, spins int) *Workers {
	t := &Workers{count: count, spins: spins, teams: map[int][]*Workers{}}
	t.caller = newSleeper(func() bool { return t.pending.Load() == 0 })
	for w := 1; w < count; w++ {
		s := newSleeper(func() bool { return t.offered(w) })
		t.helpers = append(t.helpers, &s)
		go func() {
			for s.wait(spins) {
				t.work(w)
			}
		}()
	}
	return t
}

// Count is the number of workers, the caller of Run included; of nil it is 1.
func (t *Workers) Count() int {
	if t == nil {
		return 1
	}
	return t.count
}

// Teams divides the workers into count teams of nearly the same size: sets of
// their own, for tasks of this one that run tasks themselves. Worker 0 of a
// team is whoever calls its Run; the workers of this set that have no task
// sleep meanwhile, so that as many work as before. The same count gives the same
// teams, and Close closes them. It panics unless 1 ≤ count ≤ Count().
func (t *Workers) Teams(count int) []*Workers {
	if count < 1 || count > t.count {
		panic(fmt.Sprintf("tensor: %d teams of %d workers", count, t.count))
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	if t.teams[count] == nil {
		for i := range count {
			t.teams[count] = append(t.teams[count], newWorkers((i+1)*t.count/count-i*t.count/count, t.spins))
		}
	}
	return t.teams[count]
}

// Run calls f(worker, task) once for every task in [0, tasks), each on some
// worker below min(tasks, Count()), and returns when all are done. No two calls with
// the same worker overlap. A panic in f stops the handing out of tasks and is
// raised again here. Run allocates nothing; it must not be called from inside f
// on the same workers. Nil workers are the calling goroutine alone.
func (t *Workers) Run(tasks int, f func(worker, task int)) {
	if t.Count() == 1 || tasks <= 1 {
		for task := range tasks {
			f(0, task)
		}
		return
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	t.tasks, t.f = tasks, f
	workers := min(t.count, tasks)
	t.pending.Store(int64(tasks))
	t.offer.Swap(uint64(workers)<<32 | uint64(tasks))
	for _, h := range t.helpers[:workers-1] {
		h.rouse()
	}
	t.work(0)
	t.caller.wait(t.spins)
	t.f = nil
	if failure := t.failure.Swap(nil); failure != nil {
		panic(*failure)
	}
}

// work takes tasks until none is left.
func (t *Workers) work(worker int) {
	done := int64(0)
	defer func() {
		if r := recover(); r != nil {
			failure := r // &r would put every r on the heap
			t.failure.CompareAndSwap(nil, &failure)
			done += 1 + int64(uint32(t.offer.Swap(0)))
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
		if t.offer.CompareAndSwap(offer, offer-1) {
			t.f(worker, t.tasks-int(left))
			done++
		}
	}
}

// offered reports whether there is a task for a worker.
func (t *Workers) offered(worker int) bool {
	offer := t.offer.Load()
	return uint32(offer) > 0 && uint64(worker) < offer>>32
}

// Close ends the goroutines of the workers and of all teams. The workers must not
// be used afterwards.
func (t *Workers) Close() {
	for _, h := range t.helpers {
		close(h.wake)
	}
	for _, teams := range t.teams {
		for _, team := range teams {
			team.Close()
		}
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

// rouse ends the sleep, if there is one. What the sleeper waits for must have
// happened before, by a read-modify-write operation.
func (s *sleeper) rouse() {
	if s.asleep.Load() && s.asleep.CompareAndSwap(true, false) {
		s.wake <- struct{}{}
	}
}
