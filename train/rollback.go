package train

import (
	"errors"
	"fmt"

	"anila/train/checkpoint"
	"anila/train/report"
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
	r.event(report.Event{Kind: "diverged", Message: why})
	if g.Policy == "stop" || r.rollbacks >= g.Rollbacks {
		return &DivergedError{at, why, r.rollbacks, g.Policy}
	}
	if x, ok := r.writer.wait(); ok {
		r.report(x)
	}
	factor := r.trainer.factor * g.Lower
	root := r.Folder.Checkpoints()
	step, damaged, err := checkpoint.Newest(r.fs, root)
	for _, d := range damaged {
		r.event(report.Event{Kind: "warning", Message: d.Error()})
	}
	switch {
	case err == nil:
		if _, err := r.trainer.restore(checkpoint.Dir(root, step)); err != nil {
			return err
		}
	case errors.Is(err, checkpoint.ErrNone):
		if r.trainer, err = NewTrainer(r.Config, r.source, r.workers); err != nil {
			return err
		}
		step = 0
	default:
		return err
	}
	if err := checkpoint.After(r.fs, root, step); err != nil {
		return fmt.Errorf("train: roll-back: %w", err)
	}
	r.rollbacks++
	r.trainer.factor = factor
	r.window = newWindow(r.window.last)
	r.event(report.Event{Kind: "rollback", Message: fmt.Sprintf("from iteration %d to %d, learning rate × %.4g (roll-back %d of %d): %s",
		at, step, factor, r.rollbacks, g.Rollbacks, why)})
	// The lower rate and the count must survive a kill: the checkpoint is written again with them.
	r.writer.last = written{}
	return r.checkpoint(true)
}
