package tensor

import (
	"slices"
	"testing"
	"time"
)

// A trace has the tasks of sets and teams as they were run, with the medians of their
// times, on one goroutine.
func TestTrace(t *testing.T) {
	workers, trace := NewTracedWorkers(8)
	teams := workers.Teams(2)
	if workers.Count() != 8 || teams[0].Count() != 9 || teams[0].Share() != 4 {
		t.Fatalf("%d workers, teams of %d with a share of %d", workers.Count(), teams[0].Count(), teams[0].Share())
	}
	order := []int{}
	inTeam := func(_, task int) { order = append(order, task) }
	lead := func(_, task int) {
		teams[task].Run(3, inTeam)
		time.Sleep(time.Millisecond)
		teams[task].Run(1, inTeam) // of one task: no run
	}
	for range 3 {
		order = order[:0]
		trace.Round(func() {
			workers.Run(2, lead)
			time.Sleep(2 * time.Millisecond)
		})
	}
	if len(order) != 8 || order[2] != 2 || order[4] != 0 {
		t.Errorf("tasks %v", order)
	}
	w := trace.Work()
	if len(w.Runs) != 1 || len(w.Own) != 2 || w.Own[1] < 2e-3 {
		t.Fatalf("%+v", w)
	}
	r := w.Runs[0]
	if r.Set != 0 || r.Workers != 8 || len(r.Tasks) != 2 || r.Name != "tensor.TestTrace.func2" {
		t.Errorf("%+v", r)
	}
	for i := range r.Tasks {
		task := &r.Tasks[i]
		if len(task.Runs) != 1 || task.Own[1] < 1e-3 || task.Runs[0].Set != 1+i || task.Runs[0].Workers != 4 || len(task.Runs[0].Tasks) != 3 {
			t.Errorf("task %d: %+v", i, task)
		}
	}
}

// Of three rounds the one in the middle counts.
func TestTraceMedian(t *testing.T) {
	_, trace := NewTracedWorkers(2)
	for _, pause := range []time.Duration{0, 60 * time.Millisecond, 20 * time.Millisecond} {
		trace.Round(func() { time.Sleep(pause) })
	}
	times := []float64{trace.rounds[0][0], trace.rounds[1][0], trace.rounds[2][0]}
	slices.Sort(times)
	if got := trace.Work().Own[0]; got != times[1] {
		t.Errorf("%v, of %v", got, times)
	}
}
