package run

import (
	"errors"
	"fmt"
	"slices"

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
	switch e.Policy {
	case "stop":
		return s + " (guard.policy = stop; the last good checkpoint stands)"
	case "ignore":
		return s + " (guard.policy = ignore goes on as long as there are weights; the last good checkpoint stands)"
	}
	return s + fmt.Sprintf(" (after %d roll-backs, guard.rollbacks allows no more; the last good checkpoint stands; "+
		"a lower optim.rate, train.clip or train.alpha may help)", e.Rollbacks)
}

// diverged answers divergence as guard.policy says: an error, or a return to the last good checkpoint with a lower rate.
func (r *Run) diverged(why string) error {
	g, at := r.Config.Guard, r.trainer.Iteration()
	r.event(Event{Kind: "diverged", Message: why})
	if g.Policy != "rollback" || r.rollbacks >= g.Rollbacks {
		return &DivergedError{at, why, r.rollbacks, g.Policy}
	}
	if err := r.settleSaved(); err != nil {
		return err
	}
	factor := r.trainer.RateFactor() * g.Lower
	step, err := r.goBack()
	if err != nil {
		return fmt.Errorf("train: roll-back: %w", err)
	}
	r.rollbacks++
	r.trainer.SetRateFactor(factor)
	r.window = newWindow(r.window.last)
	// A kill from here on is no harm: the next session diverges again and comes here again. Only the log must know first that
	// what it told of is gone.
	r.event(Event{Kind: "rollback", Message: fmt.Sprintf("from iteration %d to %d, learning rate × %.4g (roll-back %d of %d): %s",
		at, step, factor, r.rollbacks, g.Rollbacks, why)})
	if err := checkpoint.After(r.saver.fs, r.Folder.Checkpoints(), step); err != nil {
		return fmt.Errorf("train: roll-back: %w", err)
	}
	// The lower rate and the count must survive a kill: the checkpoint is written again with them.
	r.saver.last = saved{}
	return r.checkpoint(saving{wait: true, returned: true, scheduled: true})
}

// goBack puts the trainer into the state of the newest good checkpoint that was scheduled, or of iteration 0 where there is
// none. A checkpoint to which a roll-back went before was not good enough: it is passed over. A run that went on from
// another's checkpoint has no iteration 0: where there is none it goes to the oldest that is good, once more if need be.
func (r *Run) goBack() (int64, error) {
	root := r.Folder.Checkpoints()
	steps, err := checkpoint.List(r.saver.fs, root)
	if err != nil {
		return 0, err
	}
	again := int64(-1) // where a roll-back may go once more
	for _, step := range slices.Backward(steps) {
		dir := checkpoint.Dir(root, step)
		var bad *checkpoint.DamageError
		if err := checkpoint.Verify(r.saver.fs, root, step, r.checkpointFiles()...); errors.As(err, &bad) {
			r.event(Event{Kind: "warning", Message: bad.Error()})
			continue
		} else if err != nil {
			return 0, err
		}
		s, err := readState(dir)
		if err != nil {
			return 0, err
		}
		if !s.scheduled(r.Config.Checkpoint) {
			continue
		}
		if s.Returned {
			again = step
			continue
		}
		return step, r.goTo(dir, step)
	}
	switch {
	case r.Config.From != "" && again < 0:
		return 0, fmt.Errorf("no good checkpoint is left in %s, and iteration 0 is that of another run", root)
	case r.Config.From != "":
		return again, r.goTo(checkpoint.Dir(root, again), again)
	}
	r.limited = share{}
	r.crew.order(order{Do: begin})
	return 0, r.crew.agree(r.beginAnew())
}

// goTo puts the trainer into the state of a checkpoint.
func (r *Run) goTo(dir string, step int64) error {
	r.crew.order(order{Do: load, Dir: dir, Step: step})
	s, err := r.load(dir, step)
	r.limited = s.Limited
	return r.crew.agree(err)
}

// beginAnew goes back to iteration 0.
func (r *Run) beginAnew() error { return errors.Join(r.network.SetTensors(r.first), r.begin()) }
