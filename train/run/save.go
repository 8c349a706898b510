package run

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"anila/asm/reduce"
	"anila/internal/number"
	"anila/internal/room"
	"anila/langevin/target"
	"anila/nn"
	"anila/nn/weightfile"
	"anila/train"
	"anila/train/checkpoint"
	"anila/train/eval"
	"anila/train/model"
	"anila/train/settings"
)

// Reporter shows a run as it goes: pictures, curves, pages. Its errors are warnings of the run.
type Reporter interface {
	// Event is told every line of the log, from the goroutine that trains.
	Event(Event) error
	// Checkpoint is shown a checkpoint that is on the disk, from the goroutine that wrote it, as often as log.pictures says.
	// It returns the path of a picture of samples, "" without one.
	Checkpoint(Checkpoint) (picture string, err error)
	// Close is called when Train returns.
	Close() error
}

// Checkpoint is what a Reporter is shown.
type Checkpoint struct {
	Iteration  uint64
	Chains     []float32        // end states of the chains [chains, h, w, c]
	H, W, C    int              // their shape, with levels smaller than the data's
	Bank       []float32        // of points: the bank [rows, 2]; else nil
	Truth      target.Target    // the density of the data where it is known, else nil
	Likelihood *eval.Likelihood // of the averaged weights where Truth is known
}

// saver writes one checkpoint at a time beside the chains.
type saver struct {
	fs    checkpoint.FS
	joint *joint      // what ranks write together; nil when there is nothing
	done  chan saved  // of the write under way; nil when there is none
	last  saved       // newest that succeeded
	asked time.Time   // when the last checkpoint was asked for
	now   atomic.Bool // one is asked for from outside
	retry time.Time   // when a failed one is tried again; zero without one
}

// saved is what a write came to.
type saved struct {
	step       uint64
	seconds    float64 // the run's clock at that step
	dir        string
	bytes      int64
	pruned     []int64
	picture    string
	likelihood *eval.Likelihood
	took       time.Duration
	err        error // the checkpoint is not there
	warning    error // the checkpoint is, but a picture or a removal failed
}

func (s *saver) start(write func() saved) {
	s.done = make(chan saved, 1)
	go func(done chan<- saved) { done <- write() }(s.done)
}

// wait returns the result of the write under way, if there is one.
func (s *saver) wait() (saved, bool) {
	if s.done == nil {
		return saved{}, false
	}
	return s.finish(<-s.done), true
}

// end waits for all that is under way.
func (s *saver) end() {
	if s.joint != nil {
		<-s.joint.own
		s.joint = nil
	}
	s.wait()
}

// poll returns the result of the write under way if it has ended.
func (s *saver) poll() (saved, bool) {
	select {
	case x := <-s.done: // never from nil
		return s.finish(x), true
	default:
		return saved{}, false
	}
}

func (s *saver) finish(x saved) saved {
	s.done = nil
	if x.err == nil {
		x.picture = cmp.Or(x.picture, s.last.picture)
		s.last = x
	}
	return x
}

// due tells whether a checkpoint is, and whether the schedule says so: what happens to be asked for, by the clock too where
// checkpoint.every has its own say, is for going on after an end and never for a roll-back, which would depend on it.
func (s *saver) due(k settings.Checkpoint, iteration uint64) (due, scheduled bool) {
	clock := k.Minutes > 0 && time.Since(s.asked).Minutes() >= k.Minutes
	scheduled = k.Every > 0 && iteration%uint64(k.Every) == 0 || k.Every == 0 && clock
	asked := s.now.Swap(false)
	retry := !s.retry.IsZero() && time.Now().After(s.retry)
	return scheduled || clock || asked || retry, scheduled
}

// saving says how a checkpoint comes to be written.
type saving struct {
	wait      bool // until it is on the disk
	returned  bool // by a roll-back
	scheduled bool
}

// checkpoint saves the present state, in the background, or until it is on the disk. A background write that fails is logged
// and tried again; a waiting one returns its error.
func (r *Run) checkpoint(how saving) error {
	if err := r.settleSaved(); err != nil {
		return err
	}
	if r.saver.last.dir != "" && r.saver.last.step == r.trainer.Iteration() {
		return nil
	}
	if why := r.weightsBad(); why != "" {
		return r.diverged(why)
	}
	if err := r.Folder.Check(); err != nil {
		return err
	}
	s := r.trainer.Snapshot()
	if every := uint64(r.Config.Checkpoint.Every); every > 0 {
		how.scheduled = s.Iteration%every == 0 || how.returned // whoever asked for it
	}
	window := r.window.sums
	st := state{State: s.State, Seconds: r.clock.elapsed(), Rollbacks: r.rollbacks, Returned: how.returned, Scheduled: &how.scheduled, Window: &window, Limited: r.limited}
	c, spec := r.shown(s), r.trainer.Network().Spec()
	r.saver.asked = time.Now()
	r.write(s, st, spec, c, how.wait)
	if !how.wait {
		return nil
	}
	x, _ := r.waitSaved()
	if err := r.logSaved(x); err != nil {
		return err
	}
	if x.err != nil {
		return fmt.Errorf("train: %w", x.err)
	}
	return nil
}

// waitSaved returns the result of the write under way, if there is one.
func (r *Run) waitSaved() (saved, bool) {
	if r.saver.joint != nil {
		r.collect()
	}
	return r.saver.wait()
}

// settleSaved waits for the write under way, if there is one, and logs it.
func (r *Run) settleSaved() error {
	if x, ok := r.waitSaved(); ok {
		return r.logSaved(x)
	}
	return nil
}

// shown is what a Reporter gets to see of a snapshot.
func (r *Run) shown(s *train.Snapshot) Checkpoint {
	c := Checkpoint{Iteration: s.Iteration, Chains: s.Chains}
	if c.H, c.W, c.C = r.trainer.Network().Shape(); c.H*c.W == 1 && c.C == 2 && s.Bank != nil {
		c.Bank = slices.Clone(s.Bank.States())
	}
	return c
}

// write starts to write a checkpoint; afterwards those that are no longer kept are removed, and it is shown.
func (r *Run) write(s *train.Snapshot, st state, spec nn.Spec, c Checkpoint, last bool) {
	began := time.Now()
	root, step := r.Folder.Checkpoints(), int64(s.Iteration)
	x := saved{step: s.Iteration, seconds: st.Seconds, dir: checkpoint.Dir(root, step)}
	begin := func() (*checkpoint.Writing, error) { return r.beginCheckpoint(step) }
	add := func(w *checkpoint.Writing) (checkpoint.Sums, error) {
		sums, err := w.Add(r.entries(s, st, spec, c))
		if s.Bank != nil {
			s.Bank.Release()
		}
		return sums, err
	}
	end := func(w *checkpoint.Writing, sums []checkpoint.Sums, err error) saved {
		if s.Bank != nil {
			s.Bank.Release()
		}
		if x.err = err; err == nil {
			x.bytes, x.err = w.Commit(sums...)
		} else if w != nil {
			w.Discard()
		}
		if x.err != nil {
			return x
		}
		x.took = time.Since(began)
		x.pruned, x.warning = r.prune(step)
		r.show(&x, s.Average(), spec, c, last)
		return x
	}
	if r.crew != nil {
		r.writeTogether(step, begin, add, end)
		return
	}
	r.saver.start(func() saved {
		w, err := begin()
		var sums checkpoint.Sums
		if err == nil {
			sums, err = add(w)
		}
		return end(w, []checkpoint.Sums{sums}, err)
	})
}

// beginCheckpoint begins a checkpoint, with the folder of checkpoints where it is the first.
func (r *Run) beginCheckpoint(step int64) (*checkpoint.Writing, error) {
	root := r.Folder.Checkpoints()
	if err := r.saver.fs.Mkdir(root); err != nil {
		return nil, err
	}
	if err := r.saver.fs.SyncDir(r.Folder.Path); err != nil {
		return nil, err
	}
	return checkpoint.Begin(r.saver.fs, root, step)
}

// prune removes the checkpoints that are no longer kept, after that of step written.
func (r *Run) prune(written int64) ([]int64, error) {
	root, k := r.Folder.Checkpoints(), r.Config.Checkpoint
	return checkpoint.Prune(r.saver.fs, root, checkpoint.Keep{Last: k.Keep, Every: int64(k.KeepEvery), Bytes: k.MaxBytes, Scheduled: func(step int64) bool {
		s, err := readState(checkpoint.Dir(root, step))
		return err != nil || s.scheduled(k) // what cannot be read is not thrown away
	}}, written)
}

// show has a checkpoint with these averaged weights shown, as log.pictures says.
func (r *Run) show(x *saved, average []weightfile.Tensor, spec nn.Spec, c Checkpoint, last bool) {
	if p := r.Config.Log.Pictures; p == "none" || p == "end" && !last {
		return
	}
	var errs [3]error
	if r.crew != nil { // those of all ranks
		var bank []float32
		if c.Chains, bank, errs[2] = model.LoadChains(x.dir, model.ChainFiles(r.Config.Train.Shards)); c.Bank != nil {
			c.Bank = bank
		}
	}
	if truth, ok := r.source.(target.Target); ok && spec.Net != "" {
		c.Truth = truth
		var network *nn.Network // of its own: training goes on meanwhile
		if network, errs[0] = nn.NewFromTensors(spec, average); errs[0] == nil {
			c.Likelihood, errs[0] = gridLikelihood(network, r.Config.Train, truth)
		}
	}
	if r.journal.reporter != nil && errs[0] == nil && errs[2] == nil {
		x.picture, errs[1] = r.journal.reporter.Checkpoint(c)
	}
	x.likelihood = c.Likelihood
	x.warning = errors.Join(x.warning, errs[0], errs[1], errs[2])
}

// gridLikelihood is that of a network on the grid.
func gridLikelihood(network *nn.Network, cfg train.Config, truth target.Target) (*eval.Likelihood, error) {
	return eval.DensityLikelihood(cfg.LogDensity(network), cfg.Sampler.Temperature, truth)
}

// logSaved logs what a write came to. That one of several ranks could not write is an error: they end, and do not wait
// together for a disk.
func (r *Run) logSaved(x saved) error {
	if x.err != nil {
		next := "training goes on, and it is tried again"
		if r.done() || r.crew != nil {
			next = "the checkpoint before it stands"
		}
		r.event(Event{Kind: "checkpoint-failed", Message: x.err.Error() + "; " + next})
		r.saver.retry = time.Now().Add(retryAfter)
		if r.crew != nil {
			return fmt.Errorf("train: %w", x.err)
		}
		return nil
	}
	r.saver.retry = time.Time{}
	// The event bears the step of the checkpoint, not the one at which its write was found done: its KL belongs there.
	e := Event{Step: int64(x.step), Seconds: x.seconds, Kind: "checkpoint", Message: fmt.Sprintf("%s, %s in %.2f s", x.dir, bytesText(x.bytes), x.took.Seconds())}
	if x.took == 0 {
		e.Message = fmt.Sprintf("%s, %s, written by the session before", x.dir, bytesText(x.bytes))
	}
	if len(x.pruned) > 0 {
		e.Message += fmt.Sprintf("; removed those of iterations %v", x.pruned)
	}
	if x.likelihood != nil {
		e.Extra = map[string]Float{"kl": Float(x.likelihood.KL)}
		e.Message += fmt.Sprintf("; KL %.4f nats", x.likelihood.KL)
	}
	r.journal.add(e)
	if x.warning != nil {
		r.event(Event{Kind: "warning", Message: x.warning.Error()})
	}
	r.saveStatus(Running, "")
	return nil
}

// retryAfter is how soon a checkpoint that failed is tried again.
const retryAfter = 30 * time.Second

// weightsBad returns what is not finite in the parameters, or "".
func (r *Run) weightsBad() string {
	for _, p := range r.trainer.Network().Params() {
		if s := reduce.SumSquares(p.Data); math.IsNaN(s) || math.IsInf(s, 0) {
			return "parameter " + p.Name + " is not finite"
		}
	}
	return ""
}

// saveStatus writes RUN/state.json. It is for people and scripts; resuming looks at the checkpoints alone, so that an error
// here is no more than a warning.
func (r *Run) saveStatus(status Status, message string) {
	if r.Folder.Check() != nil {
		return // it would be of another run, or of none
	}
	saved := r.saver.last
	s := struct {
		Status     Status  `json:"status"`
		Message    string  `json:"message,omitempty"`
		Iteration  uint64  `json:"iteration"`
		Iterations int     `json:"iterations"`
		Seconds    Float   `json:"seconds"`
		Rate       Float   `json:"rate"`
		Rollbacks  int     `json:"rollbacks"`
		Gap        Float   `json:"gap"`
		Checkpoint string  `json:"checkpoint,omitempty"`
		KL         *Float  `json:"kl,omitempty"`     // nats, planar toys
		Masses     []Float `json:"masses,omitempty"` // of rings or components
	}{Status: status, Message: message, Iteration: r.trainer.Iteration(), Iterations: r.Config.Iterations,
		Seconds: Float(r.clock.elapsed()), Rate: Float(r.last.Rate), Rollbacks: r.rollbacks, Gap: Float(r.last.Gap), Checkpoint: saved.dir}
	if l := saved.likelihood; l != nil {
		kl := Float(l.KL)
		s.KL = &kl
		for _, m := range l.Masses {
			s.Masses = append(s.Masses, Float(m))
		}
	}
	var b bytes.Buffer
	err := number.Write(&b, s)
	if err == nil {
		err = checkpoint.WriteFile(r.saver.fs, r.Folder.Join("state.json"), b.Bytes())
	}
	if err != nil {
		r.warn(Event{Kind: "warning", Message: err.Error()})
	}
}

// bytesText writes a number of bytes for people.
func bytesText(n int64) string { return room.Bytes(float64(n)) }
