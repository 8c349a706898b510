package tensor

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

func TestWorkersRunEveryTaskOnce(t *testing.T) {
	for _, workers := range []int{1, 2, 3, 8} {
		p := NewWorkers(workers)
		for _, tasks := range []int{0, 1, 2, 7, 100} {
			counts := make([]atomic.Int32, tasks)
			busy := make([]atomic.Int32, workers)
			p.Run(tasks, func(worker, task int) {
				if busy[worker].Add(1) != 1 {
					t.Errorf("%d workers: two tasks at once on worker %d", workers, worker)
				}
				if worker >= min(tasks, workers) {
					t.Errorf("worker %d of %d took one of %d tasks", worker, workers, tasks)
				}
				counts[task].Add(1)
				busy[worker].Add(-1)
			})
			for i := range counts {
				if n := counts[i].Load(); n != 1 {
					t.Errorf("%d workers: task %d of %d ran %d times", workers, i, tasks, n)
				}
			}
		}
		p.Close()
	}
}

func TestWorkersPanic(t *testing.T) {
	p := NewWorkers(3)
	defer p.Close()
	for range 3 {
		func() {
			defer func() {
				if r := recover(); r != "task 5" {
					t.Errorf("recovered %v", r)
				}
			}()
			p.Run(20, func(_, task int) {
				if task == 5 {
					panic("task 5")
				}
			})
			t.Error("Run returned after a panic in a task")
		}()
	}
	var ran atomic.Int32
	p.Run(10, func(int, int) { ran.Add(1) })
	if ran.Load() != 10 {
		t.Errorf("%d of 10 tasks after a panic", ran.Load())
	}
}

// TestWorkersAllocateNothing counts over many runs, because AllocsPerRun would pin
// the process to one processor.
func TestWorkersAllocateNothing(t *testing.T) {
	for _, workers := range []int{2, 8} {
		p := NewWorkers(workers)
		var sum atomic.Int64
		f := func(_, task int) { sum.Add(int64(task)) }
		p.Run(16, f)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 1000 {
			p.Run(16, f)
		}
		runtime.ReadMemStats(&after)
		if n := after.Mallocs - before.Mallocs; n > 100 {
			t.Errorf("%d workers: %d allocations in 1,000 runs", workers, n)
		}
		p.Close()
	}
}

// Teams run tasks inside a task of their workers, are the same for the same count,
// and hand panics on.
func TestTeams(t *testing.T) {
	p := NewWorkers(5)
	defer p.Close()
	for _, count := range []int{1, 2, 5} {
		teams := p.Teams(count)
		workers := 0
		for _, team := range teams {
			workers += team.Count()
		}
		if len(teams) != count || workers != 5 || &p.Teams(count)[0] != &teams[0] {
			t.Errorf("%d teams of %d workers together, wanted %d of 5, the same each time", len(teams), workers, count)
		}
		counts := make([]atomic.Int32, count*100)
		p.Run(count, func(_, team int) {
			for part := range 10 {
				teams[team].Run(10, func(_, task int) { counts[team*100+part*10+task].Add(1) })
			}
		})
		for i := range counts {
			if n := counts[i].Load(); n != 1 {
				t.Errorf("%d teams: task %d ran %d times", count, i, n)
			}
		}
		for _, last := range []int{0, 9} { // a task of the caller, one of anybody
			func() {
				defer func() {
					if r := recover(); r != "in a team" {
						t.Errorf("recovered %v", r)
					}
				}()
				p.Run(count, func(_, team int) {
					teams[team].Run(10, func(_, task int) {
						if team == count-1 && task == last {
							panic("in a team")
						}
					})
				})
				t.Error("Run returned after a panic in a team's task")
			}()
		}
	}
}

// Close ends all goroutines, awake or asleep.
func TestWorkersClose(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, pause := range []time.Duration{0, 5 * time.Millisecond} {
		for range 10 {
			p := NewWorkers(4)
			teams := p.Teams(2)
			p.Run(2, func(_, team int) { teams[team].Run(2, func(int, int) {}) })
			time.Sleep(pause)
			p.Close()
		}
	}
	for try := 0; runtime.NumGoroutine() > before; try++ {
		if try == 2000 {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(time.Millisecond)
	}
}

// BenchmarkWorkers hands out two tasks for each worker.
func BenchmarkWorkers(b *testing.B) {
	for _, workers := range []int{2, 8} {
		for _, length := range []time.Duration{0, 5 * time.Microsecond, 50 * time.Microsecond} {
			b.Run(fmt.Sprintf("workers=%d/task=%v", workers, length), func(b *testing.B) {
				p := NewWorkers(workers)
				defer p.Close()
				f := func(int, int) {
					for start := time.Now(); time.Since(start) < length; {
					}
				}
				b.ReportAllocs()
				for b.Loop() {
					p.Run(2*workers, f)
				}
			})
		}
	}
}
