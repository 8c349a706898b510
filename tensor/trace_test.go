package tensor

import (
	"reflect"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// A trace has the tasks of sets and teams as they were run, one after the other, with
// their times and what they read.
func TestTrace(t *testing.T) {
	workers, trace := NewTracedWorkers(8)
	teams := workers.Teams(2)
	if workers.Count() != 8 || teams[0].Count() != 9 || teams[0].Share() != 4 {
		t.Fatalf("%d workers, teams of %d with a share of %d", workers.Count(), teams[0].Count(), teams[0].Share())
	}
	order := []int{}
	inTeam := func(_, task int) {
		order = append(order, task)
		workers.reads(task)
	}
	lead := func(_, task int) {
		teams[task].Run(3, inTeam)
		time.Sleep(time.Millisecond)
		teams[task].Run(1, inTeam) // of one task: no run
	}
	workers.reads(1000) // before the round
	w := trace.Round(func() {
		workers.Run(2, lead)
		time.Sleep(2 * time.Millisecond)
	}, false)
	if len(order) != 8 || order[2] != 2 || order[4] != 0 {
		t.Errorf("tasks %v", order)
	}
	if len(w.Runs) != 1 || len(w.Own) != 2 || w.Own[1] < 2e-3 || w.Bytes != 0 {
		t.Fatalf("%+v", w)
	}
	r := w.Runs[0]
	if r.Set != 0 || r.Workers != 8 || r.Teams != 0 || len(r.Tasks) != 2 || r.Name != "tensor.TestTrace.func2" {
		t.Errorf("%+v", r)
	}
	for i := range r.Tasks {
		task := &r.Tasks[i]
		if len(task.Runs) != 1 || task.Own[1] < 1e-3 || task.Runs[0].Set != 1+i || task.Runs[0].Workers != 4 || task.Runs[0].Team != i || task.Runs[0].Teams != 2 || len(task.Runs[0].Tasks) != 3 || task.Runs[0].Tasks[2].Bytes != 4*2 {
			t.Errorf("task %d: %+v", i, task)
		}
	}
}

// Two cores take turns at the parts of a run, or at its tasks, under numbers of their own:
// tasks never overlap, and the leader of a team stays its worker 0.
func TestTraceTakesTurns(t *testing.T) {
	if runtime.GOMAXPROCS(0) < 2 {
		t.Skip("one core")
	}
	workers, trace := NewTracedWorkers(2)
	team := workers.Teams(1)[0] // of both
	for _, scattered := range []bool{false, true} {
		var of, alone, shared []int
		trace.Round(func() {
			workers.Run(2, func(worker, task int) {
				of = append(of, worker)
				workers.Teams(2)[task].Run(2, func(worker, _ int) { alone = append(alone, worker) })
				team.Run(4, func(worker, _ int) { shared = append(shared, worker) })
			})
		}, scattered)
		wantAlone, wantShared := []int{0, 0, 0, 0}, []int{0, 0, 2, 2, 0, 0, 1, 1}
		if scattered {
			wantAlone, wantShared = []int{0, 2, 0, 1}, []int{0, 2, 0, 2, 0, 1, 0, 1}
		}
		if !slices.Equal(of, []int{0, 1}) || !slices.Equal(alone, wantAlone) || !slices.Equal(shared, wantShared) {
			t.Errorf("scattered %v: workers %v of the set; %v of teams of one, %v of a team of two", scattered, of, alone, shared)
		}
	}
}

// Workers that there are have their runs traced in rounds, with their teams of then and of before, and work as ever outside of them.
func TestTraceOfRealWorkers(t *testing.T) {
	workers := NewWorkers(2)
	defer workers.Close()
	trace := NewTrace(workers)
	before := workers.Teams(1)[0]
	for round := range 2 {
		var during *Workers
		w := trace.Round(func() {
			workers.Run(2, func(int, int) {})
			before.Run(3, func(int, int) {})
			during = workers.Teams(2)[1]
			during.Run(2, func(int, int) {})
		}, false)
		var sets []int
		for _, r := range w.Runs {
			sets = append(sets, r.Set)
		}
		if !slices.Equal(sets, []int{0, 1, 3}) {
			t.Errorf("round %d: runs of the sets %v", round, sets)
		}
		for _, w := range []*Workers{workers, before, during} {
			var done atomic.Int32
			w.Run(5, func(_, task int) { done.Add(1 << task) })
			if done.Load() != 31 || w.trace != nil || w.run == 0 {
				t.Errorf("after round %d the tasks %b, run %d", round, done.Load(), w.run)
			}
		}
	}
}

// Of three rounds the one in the middle counts, piece by piece.
func TestMedianWork(t *testing.T) {
	round := func(before, task, after float64) TracedWork {
		return TracedWork{Own: []float64{before, after}, Bytes: 7, Runs: []*TracedRun{{Name: "run", Workers: 2, Tasks: []TracedWork{{Own: []float64{task}}}}}}
	}
	rounds := []TracedWork{round(3, 1, 5), round(1, 2, 9), round(2, 30, 6)}
	want := round(2, 2, 6)
	if got := MedianWork(rounds, nil); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	want.Stolen, want.Runs[0].Tasks[0].Stolen = []float64{4, 8}, []float64{7}
	if got := MedianWork(rounds, []TracedWork{round(4, 7, 8)}); !reflect.DeepEqual(got, want) {
		t.Errorf("with a scattered round %+v, want %+v", got, want)
	}
	if want := round(3, 1, 5); !reflect.DeepEqual(rounds[0], want) {
		t.Errorf("a round has become %+v", rounds[0])
	}
}
