package run

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"anila/train"
	"anila/train/settings"
)

// Preview builds what Start would begin, in memory alone: a run without a folder, to look at and to Close. An estimate that
// says that memory or disk do not suffice is an error, as it is of Start.
func Preview(cfg settings.Config, o Options) (*Run, error) {
	cfg, err := o.settle(cfg).Resolved()
	if err != nil {
		return nil, err
	}
	r := newRun(cfg, o)
	if err := r.build(cfg.Init, cmp.Or(o.Dir, "runs")); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Time estimates how long a previewed run would take, from an iteration of one step and one of a few. It changes the network.
// The time of measuring, pictures and checkpoints comes on top. 0 of training with levels, of which each takes its own time.
func (r *Run) Time() (time.Duration, error) {
	c := r.Config.Train
	if len(c.Levels.Pictures) > 0 {
		return 0, nil
	}
	steps := []int{1, 4}
	var took [2]time.Duration
	for i, k := range steps {
		c.Sampler.Steps, c.Sampler.Adapt = k, 0
		r.trainer = nil // for its memory
		t, err := train.New(r.network, r.Config.Augment(r.source), c, r.workers)
		if err != nil {
			return 0, fmt.Errorf("train: %w", err)
		}
		t.Iterate()
		began := time.Now()
		t.Iterate()
		took[i] = time.Since(began)
	}
	step := max(0, took[1]-took[0]) / time.Duration(steps[1]-steps[0])
	iteration := took[0] + step*time.Duration(r.Config.Train.Sampler.Steps-1)
	return time.Duration(float64(iteration) * float64(r.Config.Iterations)), nil
}
