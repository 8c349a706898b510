package tensor

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// Pool is a fixed set of workers that take tasks from one counter. The calling
// goroutine is worker 0, so a pool of one worker starts no goroutine. Runs may
// follow each other within microseconds: between them the workers stay awake for
// a moment.
type Pool struct {
	workers int
	helpers []*sleeper // workers 1, 2, …
	caller  sleeper    // worker 0, who waits for the end of a run
	spins   int
	lock    sync.Mutex // one Run at a time
	teams   map[int][]*Pool

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

// NewPool starts a pool. It panics when workers < 1.
func NewPool(workers int) *Pool {
	if workers < 1 {
		panic(fmt.Sprintf("tensor: a pool of %d workers", workers))
	}
	spins := awake
	if workers > runtime.GOMAXPROCS(0) {
		spins = 0 // who looks for work would keep others from theirs
	}
	return newPool(workers, spins)
}

func newPool(workers, spins int) *Pool {
	p := &Pool{workers: workers, spins: spins, teams: map[int][]*Pool{}}
	p.caller = newSleeper(func() bool { return p.pending.Load() == 0 })
	for w := 1; w < workers; w++ {
		s := newSleeper(func() bool { return p.offered(w) })
		p.helpers = append(p.helpers, &s)
		go func() {
			for s.wait(spins) {
				p.work(w)
			}
		}()
	}
	return p
}

// Workers is the number of workers, the caller of Run included.
func (p *Pool) Workers() int {
	if p == nil {
		return 1
	}
	return p.workers
}

// Teams divides the workers into count teams of nearly the same size: pools of
// their own, for tasks of this pool that run tasks themselves. Worker 0 of a
// team is whoever calls its Run; the workers of this pool that have no task
// sleep meanwhile, so that as many work as before. The same count gives the same
// teams, and Close closes them. It panics unless 1 ≤ count ≤ Workers().
func (p *Pool) Teams(count int) []*Pool {
	if count < 1 || count > p.workers {
		panic(fmt.Sprintf("tensor: %d teams of %d workers", count, p.workers))
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.teams[count] == nil {
		for i := range count {
			p.teams[count] = append(p.teams[count], newPool((i+1)*p.workers/count-i*p.workers/count, p.spins))
		}
	}
	return p.teams[count]
}

// Run calls f(worker, task) once for every task in [0, tasks), each on some
// worker below min(tasks, Workers()), and returns when all are done. No two calls with
// the same worker overlap. A panic in f stops the handing out of tasks and is
// raised again here. Run allocates nothing; it must not be called from inside f
// on the same pool. A nil pool is the calling goroutine alone.
func (p *Pool) Run(tasks int, f func(worker, task int)) {
	if p.Workers() == 1 || tasks <= 1 {
		for t := range tasks {
			f(0, t)
		}
		return
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	p.tasks, p.f = tasks, f
	workers := min(p.workers, tasks)
	p.pending.Store(int64(tasks))
	p.offer.Store(uint64(workers)<<32 | uint64(tasks))
	for _, h := range p.helpers[:workers-1] {
		h.rouse()
	}
	p.work(0)
	p.caller.wait(p.spins)
	p.f = nil
	if failure := p.failure.Swap(nil); failure != nil {
		panic(*failure)
	}
}

// work takes tasks until none is left.
func (p *Pool) work(worker int) {
	done := int64(0)
	defer func() {
		if r := recover(); r != nil {
			failure := r // &r would put every r on the heap
			p.failure.CompareAndSwap(nil, &failure)
			done += 1 + int64(uint32(p.offer.Swap(0)))
		}
		if done > 0 && p.pending.Add(-done) == 0 {
			p.caller.rouse()
		}
	}()
	for {
		offer := p.offer.Load()
		left := uint32(offer)
		if left == 0 || uint64(worker) >= offer>>32 {
			return
		}
		if p.offer.CompareAndSwap(offer, offer-1) {
			p.f(worker, p.tasks-int(left))
			done++
		}
	}
}

// offered reports whether there is a task for a worker.
func (p *Pool) offered(worker int) bool {
	offer := p.offer.Load()
	return uint32(offer) > 0 && uint64(worker) < offer>>32
}

// Close ends the goroutines of the workers and of all teams. The pool must not be
// used afterwards.
func (p *Pool) Close() {
	for _, h := range p.helpers {
		close(h.wake)
	}
	for _, teams := range p.teams {
		for _, t := range teams {
			t.Close()
		}
	}
	p.helpers, p.teams = nil, nil
}

// A sleeper is a goroutine that waits for something, awake for a moment and then
// asleep.
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
		s.asleep.Store(true)
		if s.ready() && s.asleep.CompareAndSwap(true, false) {
			return true
		}
		if _, open := <-s.wake; !open {
			return false
		}
	}
}

// rouse ends the sleep, if there is one. What the sleeper waits for must have
// happened before.
func (s *sleeper) rouse() {
	if s.asleep.Load() && s.asleep.CompareAndSwap(true, false) {
		s.wake <- struct{}{}
	}
}
