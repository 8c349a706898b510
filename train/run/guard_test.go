package run

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"anila/train/checkpoint"
)

// TestDivergenceComesBack: a rate that is absurd on purpose drives the run into divergence; it goes back to its last good
// checkpoint with a lower rate, as often as it must, and finishes.
func TestDivergenceComesBack(t *testing.T) {
	settings := []string{"optim.rate=30", "optim.rate_min=0", "optim.decay=1", "guard.gap=1000", "guard.lower=0.01", "guard.rollbacks=5", "train.iterations=20"}
	r := startRun(t, tiny(t, settings...), Options{})
	h := &hooks{}
	res := finish(t, r, h)
	if res.Status != Finished || res.Rollbacks < 1 || math.Abs(res.Last.Gap) > 1000 {
		t.Fatalf("%+v", res)
	}
	if k := h.kinds(); !slices.Contains(k, "diverged") || !slices.Contains(k, "rollback") {
		t.Errorf("events %v", k)
	}
	for i, e := range h.events {
		// "Within one log step": log.every is 1 here.
		if e.Kind == "" && math.Abs(float64(e.Gap)) > 1000 {
			t.Errorf("event %d: gap %v was logged before the guard saw it", i, e.Gap)
		}
	}
	s, err := readState(res.Checkpoint)
	if err != nil || s.Rollbacks != res.Rollbacks || s.RateFactor != math.Pow(0.01, float64(res.Rollbacks)) {
		t.Errorf("state %+v, %v", s, err)
	}
	// Stopped when the rate has just ruined the weights and no guard has seen it yet, the run still comes back: it goes
	// behind the checkpoint of the stop.
	r = startRun(t, tiny(t, settings...), Options{})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	h.progress = func(p Progress) { cancel() }
	if res, err := r.Train(ctx, h); err != nil || res.Iteration != 1 {
		t.Fatalf("%+v, %v", res, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err = Resume(r.Folder.Path, nil, nil, Options{}); err != nil {
		t.Fatal(err)
	}
	if res := finish(t, r, nil); res.Status != Finished || res.Rollbacks < 2 {
		t.Errorf("%+v", res)
	}
}

// TestDivergenceStops: with policy stop, and when the roll-backs are used up, the run fails with a clear error and the last
// good checkpoint stands.
func TestDivergenceStops(t *testing.T) {
	for _, c := range []struct{ policy, want string }{{"stop", "guard.policy = stop"}, {"rollback", "after 2 roll-backs"}} {
		r := startRun(t, tiny(t, "optim.rate=30", "optim.rate_min=30", "guard.gap=1000", "guard.policy="+c.policy,
			"guard.lower=1", "guard.rollbacks=2", "checkpoint.every=1"), Options{})
		res, err := r.Train(context.Background(), nil)
		var d *DivergedError
		if !errors.As(err, &d) || res.Status != Failed || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "energy gap") {
			t.Errorf("%s: %+v, %v", c.policy, res, err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if found, err := checkpoint.Newest(checkpoint.OS{}, r.Folder.Checkpoints()); err != nil || found.Step < 1 || len(found.Damaged) > 0 {
			t.Errorf("%s: newest checkpoint: %+v, %v", c.policy, found, err)
		}
	}
}

// TestDivergenceIgnored: with policy ignore the run goes on to its end, and says what it ignores.
func TestDivergenceIgnored(t *testing.T) {
	r := startRun(t, tiny(t, "guard.gap=1e-12", "guard.policy=ignore"), Options{})
	h := &hooks{}
	if res := finish(t, r, h); res.Status != Finished || res.Rollbacks != 0 || !slices.Contains(h.kinds(), "diverged") {
		t.Errorf("%+v, events %v", res, h.kinds())
	}
}

// TestNaNWeightsAreNotSaved: a parameter that is not finite never gets into a checkpoint.
func TestNaNWeightsAreNotSaved(t *testing.T) {
	r := startRun(t, tiny(t), Options{})
	h := &hooks{}
	spoilt := false
	h.progress = func(p Progress) {
		if p.Iteration == 8 && !spoilt {
			spoilt = true
			r.trainer.Network().Params()[0].Data[0] = float32(math.NaN())
		}
	}
	want := lastTensors(t, finish(t, startRun(t, tiny(t, "guard.lower=1"), Options{}), nil).Checkpoint)
	res := finish(t, r, h)
	if res.Rollbacks != 1 || !slices.Contains(h.kinds(), "rollback") {
		t.Errorf("%+v, events %v", res, h.kinds())
	}
	for name, x := range lastTensors(t, res.Checkpoint) {
		for _, v := range x {
			if v != v {
				t.Fatalf("%s has a NaN", name)
			}
		}
		if len(want[name]) != len(x) {
			t.Errorf("%s: %d floats, want %d", name, len(x), len(want[name]))
		}
	}
}
