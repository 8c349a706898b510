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
				if workers > 2 && tasks == 2 && p.offered(2) {
					t.Errorf("one of two tasks is offered to worker 2 of %d", workers)
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

// A panic ends a run of which many tasks are left: nobody begins them.
func TestWorkersPanicAmongManyTasks(t *testing.T) {
	p := NewWorkers(2)
	defer p.Close()
	const tasks = 400
	var ran atomic.Int32
	defer func() {
		if r := recover(); r != "the first" || ran.Load() > tasks/2 {
			t.Errorf("recovered %v after %d of %d tasks", r, ran.Load(), tasks)
		}
	}()
	p.Run(tasks, func(_, task int) {
		if task == 0 {
			panic("the first")
		}
		ran.Add(1)
		time.Sleep(time.Millisecond)
	})
}

// Whatever tasks take, each is done once, and runs of other numbers of tasks may follow
// each other at once: nobody takes from one what it saw in the one before.
func TestWorkersStealEveryTaskOnce(t *testing.T) {
	runs := 3000
	if race || testing.Short() {
		runs = 300
	}
	p := NewWorkers(4)
	defer p.Close()
	teams := p.Teams(2)
	var counts [2][40]atomic.Int32
	random := func(x int) int { return int(uint32(x*2654435761) >> 16) }
	run := func(w *Workers, counts *[40]atomic.Int32, seed int) {
		tasks := 2 + random(seed)%(len(counts)-1)
		w.Run(tasks, func(_, task int) {
			for range random(seed+task) % 4000 * (random(seed*task) % 8 / 7) { // most take no time
				counts[task].Load()
			}
			counts[task].Add(1)
		})
		for task := range counts {
			if n := counts[task].Swap(0); n != 1 && task < tasks || n != 0 && task >= tasks {
				t.Errorf("task %d of %d ran %d times", task, tasks, n)
			}
		}
	}
	for i := range runs {
		run(p, &counts[0], i)
		p.Run(2, func(_, team int) {
			for j := range 5 {
				run(teams[team], &counts[team], 10*i+j)
			}
		})
	}
}

// Everybody begins with a part of its own, at the same place among any number of tasks, and
// so does the leader of a team and who belongs to it.
func TestWorkersHaveParts(t *testing.T) {
	const workers = 4
	p := NewWorkers(workers)
	defer p.Close()
	teams := p.Teams(2)
	// begin runs tasks of which all members do their first one at the same time.
	begin := func(w *Workers, tasks, members int) (first []int) {
		first = make([]int, w.Count())
		for i := range first {
			first[i] = -1
		}
		var begun atomic.Int32
		w.Run(tasks, func(worker, task int) {
			if first[worker] >= 0 {
				return
			}
			first[worker] = task
			begun.Add(1)
			for start := time.Now(); int(begun.Load()) < members; runtime.Gosched() {
				if time.Since(start) > 10*time.Second {
					t.Errorf("%d of %d workers began", begun.Load(), members)
					return
				}
			}
		})
		return first
	}
	for _, tasks := range []int{workers, 9, 40} {
		for worker, task := range begin(p, tasks, workers) {
			if from, _ := Part(tasks, worker, workers); task != from {
				t.Errorf("worker %d of %d tasks began with %d", worker, tasks, task)
			}
		}
	}
	var first [2][]int
	var leader [2]int
	var leading atomic.Int32
	p.Run(2, func(worker, team int) {
		leader[team] = worker
		leading.Add(1)
		for start := time.Now(); leading.Load() < 2 && time.Since(start) < 10*time.Second; runtime.Gosched() {
		}
		first[team] = begin(teams[team], 6, 2)
	})
	for team := range 2 {
		if leader[team] != team || first[team][0] > 2 || first[team][1+team] >= 0 {
			t.Errorf("team %d is led by worker %d, first tasks %v", team, leader[team], first[team])
		}
	}
}

// A panic in a task of another worker's part.
func TestWorkersPanicInStolenTask(t *testing.T) {
	p := NewWorkers(2)
	defer p.Close()
	for range 20 {
		var stolen atomic.Bool
		func() {
			defer func() {
				if r := recover(); r != "stolen" {
					t.Errorf("recovered %v", r)
				}
			}()
			p.Run(20, func(worker, task int) {
				if from, to := Part(20, worker, 2); task < from || task >= to {
					stolen.Store(true)
					panic("stolen")
				}
				for start := time.Now(); worker == 0 && !stolen.Load(); runtime.Gosched() {
					if time.Since(start) > 10*time.Second {
						t.Error("nobody takes a task from who has many")
						return
					}
				}
			})
		}()
		var ran atomic.Int32
		p.Run(20, func(int, int) { ran.Add(1) })
		if ran.Load() != 20 {
			t.Fatalf("%d of 20 tasks after a panic", ran.Load())
		}
	}
}

// More tasks than a word has room for are several runs.
func TestWorkersManyTasks(t *testing.T) {
	if race || testing.Short() {
		t.Skip("16 million tasks")
	}
	p := NewWorkers(2)
	defer p.Close()
	var sums [2]int
	p.Run(mostTasks+3, func(worker, task int) { sums[worker] += task })
	if sum := sums[0] + sums[1]; sum != (mostTasks+3)*(mostTasks+2)/2 {
		t.Errorf("the tasks' numbers come to %d", sum)
	}
}

// The number of a run may begin anew.
func TestLeft(t *testing.T) {
	var last uint64 = 1<<64 - 1<<taskBits
	for _, c := range []struct {
		word, run uint64
		left      int
	}{
		{0, 1 << taskBits, 9}, {1<<taskBits | 4, 1 << taskBits, 5}, {1<<taskBits | 9, 1 << taskBits, 0}, {2 << taskBits, 1 << taskBits, 0},
		{last | 9, 0, 9}, {last | 2, last, 7}, {0, last, 0},
	} {
		if n := left(c.word, c.run, 9); n != c.left {
			t.Errorf("%x in run %x: %d left of 9, wanted %d", c.word, c.run, n, c.left)
		}
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
