package run

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"anila/train/checkpoint"
)

// TestRollbackDoesNotDependOnTheClock: interrupts, checkpoints by the clock or asked for change nothing of a run that rolls
// back: where it goes to is what checkpoint.every says.
func TestRollbackDoesNotDependOnTheClock(t *testing.T) {
	t.Parallel() // most of its time goes to waiting for the disk
	run := func(t *testing.T, extra ...string) *Run {
		return startRun(t, tiny(t, append([]string{"guard.lower=0.5", "train.iterations=20", "checkpoint.every=6", "checkpoint.keep=2"}, extra...)...), Options{})
	}
	// end trains to the end, with a divergence at iteration 11 and another one at 15.
	end := func(t *testing.T, r *Run, more func(Progress)) Result {
		return finish(t, r, &hooks{progress: func(p Progress) {
			if p.Iteration == 11 && r.rollbacks == 0 || p.Iteration == 15 && r.rollbacks == 1 {
				r.trainer.Network().Params()[0].Data[0] = float32(math.NaN())
			}
			if more != nil {
				more(p)
			}
		}})
	}
	calm := end(t, run(t), nil)
	if calm.Rollbacks != 2 {
		t.Fatalf("%+v", calm)
	}
	want := lastTensors(t, calm.Checkpoint)
	check := func(t *testing.T, res Result) {
		t.Helper()
		if res.Rollbacks != calm.Rollbacks {
			t.Errorf("%d roll-backs, %d in the calm run", res.Rollbacks, calm.Rollbacks)
		}
		sameTensors(t, lastTensors(t, res.Checkpoint), want)
	}
	for _, at := range []uint64{1, 5, 6, 8, 10} {
		t.Run(fmt.Sprint("interrupted at ", at), func(t *testing.T) {
			r := run(t)
			stopAt(t, r, at)
			r, err := Resume(r.Folder.Path, nil, nil, Options{})
			if err != nil {
				t.Fatal(err)
			}
			check(t, end(t, r, nil))
		})
	}
	t.Run("the clock", func(t *testing.T) { check(t, end(t, run(t, "checkpoint.minutes=1e-9"), nil)) })
	t.Run("asked for", func(t *testing.T) {
		r := run(t)
		check(t, end(t, r, func(p Progress) {
			if p.Iteration%4 == 1 {
				r.Save()
			}
		}))
	})
	t.Run("without a schedule", func(t *testing.T) { // the clock is what there is, and the run ends all the same
		if res := end(t, run(t, "checkpoint.every=0", "checkpoint.minutes=1e-9"), nil); res.Status != Finished || res.Rollbacks != 2 {
			t.Errorf("%+v", res)
		}
	})
	t.Run("until it diverges for good", func(t *testing.T) { // a rate that ruins the weights at once, on the way back too
		keys := []string{"optim.rate=30", "optim.rate_min=0", "optim.decay=1", "guard.gap=1000", "guard.lower=0.01", "guard.rollbacks=5"}
		calm := finish(t, run(t, keys...), nil)
		r := run(t, keys...)
		stopAt(t, r, 1)
		r, err := Resume(r.Folder.Path, nil, nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		res := finish(t, r, nil)
		if res.Rollbacks != calm.Rollbacks || calm.Rollbacks < 1 {
			t.Errorf("%+v, calm %+v", res, calm)
		}
		sameTensors(t, lastTensors(t, res.Checkpoint), lastTensors(t, calm.Checkpoint))
	})
}

// TestKeepCountsTheScheduled: of the checkpoints that a run leaves, checkpoint.keep counts those of checkpoint.every; of the
// others the newest is there for going on, and only until a later one is.
func TestKeepCountsTheScheduled(t *testing.T) {
	r := startRun(t, tiny(t, "checkpoint.every=4", "checkpoint.keep=2", "train.iterations=24"), Options{})
	for _, c := range []struct {
		at   uint64
		want []int64
	}{{3, []int64{3}}, {5, []int64{4, 5}}, {6, []int64{4, 6}}, {11, []int64{4, 8, 11}}, {12, []int64{8, 12}}, {15, []int64{8, 12, 15}}, {17, []int64{12, 16, 17}}} {
		stopAt(t, r, c.at)
		steps, err := checkpoint.List(checkpoint.OS{}, r.Folder.Checkpoints())
		if err != nil || !slices.Equal(steps, c.want) {
			t.Errorf("stopped at %d: checkpoints %v, want %v (%v)", c.at, steps, c.want, err)
		}
		if r, err = Resume(r.Folder.Path, nil, nil, Options{}); err != nil {
			t.Fatal(err)
		}
	}
	r.Close()
}
