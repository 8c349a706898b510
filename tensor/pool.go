package tensor

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// Pool is a fixed set of workers that take tasks from one counter. The calling
// goroutine is worker 0, so a pool of one worker starts no goroutine.
type Pool struct {
	workers int
	start   []chan struct{} // one for each worker above 0
	lock    sync.Mutex      // one Run at a time
	group   sync.WaitGroup
	next    atomic.Int64
	tasks   int64
	f       func(worker, task int)
	failure atomic.Pointer[any]
}

// NewPool starts a pool. It panics when workers < 1.
func NewPool(workers int) *Pool {
	if workers < 1 {
		panic(fmt.Sprintf("tensor: a pool of %d workers", workers))
	}
	p := &Pool{workers: workers}
	for w := 1; w < workers; w++ {
		c := make(chan struct{}, 1)
		p.start = append(p.start, c)
		go func() {
			for range c {
				p.work(w)
				p.group.Done()
			}
		}()
	}
	return p
}

// Workers is the number of workers, the caller of Run included.
func (p *Pool) Workers() int { return p.workers }

// Run calls f(worker, task) once for every task in [0, tasks), each on some
// worker in [0, Workers()), and returns when all are done. No two calls with
// the same worker overlap. A panic in f stops the handing out of tasks and is
// raised again here. Run allocates nothing; it must not be called from inside f
// on the same pool.
func (p *Pool) Run(tasks int, f func(worker, task int)) {
	if p.workers == 1 || tasks <= 1 {
		for t := range tasks {
			f(0, t)
		}
		return
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	p.next.Store(0)
	p.tasks, p.f = int64(tasks), f
	helpers := min(p.workers, tasks) - 1
	p.group.Add(helpers)
	for _, c := range p.start[:helpers] {
		c <- struct{}{}
	}
	p.work(0)
	p.group.Wait()
	p.f = nil
	if failure := p.failure.Swap(nil); failure != nil {
		panic(*failure)
	}
}

func (p *Pool) work(worker int) {
	defer func() {
		if r := recover(); r != nil {
			failure := r // &r would put every r on the heap
			p.failure.CompareAndSwap(nil, &failure)
			p.next.Store(p.tasks)
		}
	}()
	for {
		t := p.next.Add(1) - 1
		if t >= p.tasks {
			return
		}
		p.f(worker, int(t))
	}
}

// Close ends the workers' goroutines. The pool must not be used afterwards.
func (p *Pool) Close() {
	for _, c := range p.start {
		close(c)
	}
	p.start = nil
}
