package train

import (
	"reflect"
	"sync/atomic"
	"testing"
)

// TestIterationGivenUp: an iteration that was told to stop leaves the trainer as it was, its first one with the warm-up too,
// and what comes after has the bits of a trainer that was never told.
func TestIterationGivenUp(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*Config)
	}{
		{"persistent", func(c *Config) { c.Start.Kind, c.Start.Bank = "persistent", 50 }},
		{"replay", func(c *Config) { c.Start.Kind, c.Start.Bank, c.Start.Restart = "replay", 50, 0.3 }},
		{"noise", func(c *Config) { c.Start.Kind = "noise-gaussian" }},
		{"data", func(c *Config) { c.Start.Kind = "data"; c.Start.Count = c.Batch }},
		{"warm-up", func(c *Config) { c.Sampler.Kernel, c.Sampler.Adapt = "mala", 5 }},
		{"average", func(c *Config) { c.EMA = 0.5 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			var now atomic.Bool
			now.Store(true)
			calm, told := trainer(t, c.set), trainer(t, c.set)
			for i := range 4 {
				before := copied(told.Snapshot())
				if m, ok := told.IterateUntil(&now); ok || told.Iteration() != uint64(i) {
					t.Fatalf("iteration %d was done: %+v", i, m)
				}
				if after := copied(told.Snapshot()); !reflect.DeepEqual(after, before) {
					t.Errorf("iteration %d was given up and changed\n%+v to\n%+v", i, before, after)
				}
				var never atomic.Bool
				want := calm.Iterate()
				got, ok := told.IterateUntil(&never)
				if want.Acceptance != want.Acceptance { // kernels without an accept step
					want.Acceptance, got.Acceptance = 0, 0
				}
				if !ok || !reflect.DeepEqual(got, want) {
					t.Errorf("iteration %d: %+v (%v), want %+v", i, got, ok, want)
				}
			}
			if got, want := copied(told.Snapshot()), copied(calm.Snapshot()); !reflect.DeepEqual(got, want) {
				t.Error("the trainers came to different states")
			}
		})
	}
}

// copied is a snapshot whose bank is a copy.
func copied(s *Snapshot) (out struct {
	Snapshot
	Rows []float32
}) {
	out.Snapshot = *s
	if s.Bank != nil {
		out.Rows = append(out.Rows, s.Bank.States()...)
		out.Snapshot.Bank = nil
		s.Bank.Release()
	}
	return out
}
