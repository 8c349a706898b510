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

// Of a hundred tasks workers take many at a time. A panic ends the run all the same.
func TestWorkersPanicAmongClaimedTasks(t *testing.T) {
	p := NewWorkers(2)
	defer p.Close()
	ended := make(chan any)
	go func() {
		defer func() { ended <- recover() }()
		p.Run(100, func(int, int) { panic("every task") })
	}()
	select {
	case r := <-ended:
		if r != "every task" {
			t.Errorf("recovered %v", r)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("Run does not return")
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
		for _, team := range teams {
			if team.Count() != 6 || team.Share() != (5+count-1)/count {
				t.Errorf("of %d teams, one of %d workers with a share of %d", count, team.Count(), team.Share())
			}
		}
		if len(teams) != count || &p.Teams(count)[0] != &teams[0] {
			t.Errorf("%d teams, wanted %d, the same each time", len(teams), count)
		}
		counts := make([]atomic.Int32, count*100)
		busy := make([]atomic.Int32, count+5) // leaders, then workers
		p.Run(count, func(_, team int) {
			for part := range 10 {
				teams[team].Run(10, func(worker, task int) {
					number := team
					if worker > 0 {
						number = count + worker - 1
					}
					if busy[number].Add(1) != 1 {
						t.Errorf("%d teams: two tasks at once on worker %d", count, worker)
					}
					counts[team*100+part*10+task].Add(1)
					busy[number].Add(-1)
				})
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

// A worker that is through with its own team helps another one: the last task of the
// first team waits for two workers in the second, whose leader alone would never do.
func TestTeamsHelpEachOther(t *testing.T) {
	for _, count := range []int{2, 3} { // a helper that leads a team, and one that leads none
		p := NewWorkers(count)
		teams := p.Teams(2)
		var both atomic.Int32
		p.Run(2, func(_, team int) {
			if team == 1 {
				return
			}
			teams[team].Run(2, func(worker, _ int) {
				if worker < 0 || worker > count {
					t.Errorf("worker %d of %d and a leader", worker, count)
				}
				both.Add(1)
				for start := time.Now(); both.Load() < 2; runtime.Gosched() {
					if time.Since(start) > 10*time.Second {
						t.Errorf("%d workers: nobody helps a team", count)
						return
					}
				}
			})
		})
		p.Close()
	}
}

// Memory of a worker is the same for all teams, that of a leader is its team's alone.
func TestWorkersMemory(t *testing.T) {
	p := NewWorkers(2)
	defer p.Close()
	teams := p.Teams(2)
	at := func(w *Workers, worker, floats int) *float32 { return &w.Memory(worker, floats)[0] }
	first := at(teams[0], 2, 100)
	if at(teams[1], 2, 50) != first || at(p, 1, 100) != first {
		t.Error("memory of a worker differs between teams")
	}
	if at(teams[0], 1, 100) == first || at(teams[0], 0, 100) == at(teams[1], 0, 100) || at(teams[0], 0, 100) != at(teams[0], 0, 50) || at(nil, 0, 100) == at(nil, 0, 100) {
		t.Error("two that may work at once share memory")
	}
	if n := len(p.Memory(1, 200)); n != 200 {
		t.Errorf("%d floats of 200", n)
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
