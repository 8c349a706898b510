package run

import (
	"errors"
	"fmt"

	"anila/train/checkpoint"
)

// DivergedError ends a run whose training diverged for good.
type DivergedError struct {
	Iteration uint64
	Why       string
	Rollbacks int
	Policy    string
}

func (e *DivergedError) Error() string {
	s := fmt.Sprintf("train: training diverged at iteration %d: %s", e.Iteration, e.Why)
	if e.Policy == "stop" {
		return s + " (guard.policy = stop; the last good checkpoint stands)"
	}
	return s + fmt.Sprintf(" (after %d roll-backs, guard.rollbacks allows no more; the last good checkpoint stands; "+
		"a lower optim.rate, train.clip or train.alpha may help)", e.Rollbacks)
}

// diverged answers divergence as guard.policy says: an error, or a return to the last good checkpoint with a lower rate.
func (r *Run) diverged(why string) error {
	g, at := r.Config.Guard, r.trainer.Iteration()
	r.event(Event{Kind: "diverged", Message: why})
	if g.Policy == "stop" || r.rollbacks >= g.Rollbacks {
		return &DivergedError{at, why, r.rollbacks, g.Policy}
	}
	if x, ok := r.saver.wait(); ok {
		r.logSaved(x)
	}
	factor := r.trainer.RateFactor() * g.Lower
	step, err := r.goBack()
	if err != nil {
		return fmt.Errorf("train: roll-back: %w", err)
	}
	r.rollbacks++
	r.trainer.SetRateFactor(factor)
	r.window = newWindow(r.window.last)
	r.event(Event{Kind: "rollback", Message: fmt.Sprintf("from iteration %d to %d, learning rate × %.4g (roll-back %d of %d): %s",
		at, step, factor, r.rollbacks, g.Rollbacks, why)})
	// The lower rate and the count must survive a kill: the checkpoint is written again with them.
	r.saver.last = saved{}
	return r.checkpoint(true, true)
}

// goBack puts the trainer into the state of the newest good checkpoint, or of iteration 0 where there is none, and removes
// all later ones. A checkpoint to which a roll-back went before was not good enough: it is passed over.
func (r *Run) goBack() (int64, error) {
	root := r.Folder.Checkpoints()
	for {
		step, damaged, err := checkpoint.Newest(r.saver.fs, root)
		for _, d := range damaged {
			r.event(Event{Kind: "warning", Message: d.Error()})
		}
		if errors.Is(err, checkpoint.ErrNone) {
			if err := checkpoint.After(r.saver.fs, root, -1); err != nil {
				return 0, err
			}
			return 0, errors.Join(r.network.SetTensors(r.first), r.begin())
		}
		if err != nil {
			return 0, err
		}
		s, err := readState(checkpoint.Dir(root, step))
		if err != nil {
			return 0, err
		}
		if s.Returned {
			if err := checkpoint.After(r.saver.fs, root, step-1); err != nil {
				return 0, err
			}
			continue
		}
		if _, err := r.load(checkpoint.Dir(root, step)); err != nil {
			return 0, err
		}
		return step, checkpoint.After(r.saver.fs, root, step)
	}
}
