package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"anila/asm/reduce"
	"anila/train/checkpoint"
	"anila/train/eval"
	"anila/train/report"
)

// writer writes one checkpoint at a time beside the chains.
type writer struct {
	done    chan written // of the write under way; nil when there is none
	last    written      // newest that succeeded
	started time.Time
}

// written is what a write came to.
type written struct {
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

func (w *writer) start(write func() written) {
	w.done, w.started = make(chan written, 1), time.Now()
	go func(done chan<- written) { done <- write() }(w.done)
}

// wait returns the result of the write under way, if there is one.
func (w *writer) wait() (written, bool) {
	if w.done == nil {
		return written{}, false
	}
	return w.finish(<-w.done), true
}

// poll is wait that does not.
func (w *writer) poll() (written, bool) {
	select {
	case x := <-w.done: // never from nil
		return w.finish(x), true
	default:
		return written{}, false
	}
}

func (w *writer) finish(x written) written {
	w.done = nil
	if x.err == nil {
		if x.picture == "" {
			x.picture = w.last.picture
		}
		w.last = x
	}
	return x
}

// checkpoint saves the present state, in the background, or with wait until it is on the disk. A background write that
// fails is logged and tried again; a waiting one returns its error.
func (r *Run) checkpoint(wait bool) error {
	if x, ok := r.writer.wait(); ok {
		r.report(x)
	}
	if r.writer.last.dir != "" && r.writer.last.step == r.trainer.Iteration() {
		return nil
	}
	if why := r.weightsBad(); why != "" && r.Config.Guard.Policy != "ignore" {
		return r.diverged(why)
	}
	s := r.trainer.snapshot()
	s.state.Seconds, s.state.Rollbacks, s.state.Returned = r.elapsed(), r.rollbacks, r.returned
	r.saved = time.Now()
	r.writer.start(func() written { return r.write(s, wait) })
	if !wait {
		return nil
	}
	x, _ := r.writer.wait()
	r.report(x)
	if x.err != nil {
		return fmt.Errorf("train: %w", x.err)
	}
	return nil
}

// write makes a checkpoint, removes those that are no longer kept, and draws pictures and curves.
func (r *Run) write(s *snapshot, last bool) written {
	began := time.Now()
	root, step := r.Folder.Checkpoints(), int64(s.state.Iteration)
	x := written{step: s.state.Iteration, seconds: s.state.Seconds, dir: checkpoint.Dir(root, step)}
	if x.err = r.fs.MkdirAll(root); x.err == nil {
		x.err = r.fs.SyncDir(r.Folder.Path)
	}
	if x.err != nil {
		return x
	}
	x.bytes, x.err = checkpoint.Write(r.fs, root, step, s.entries())
	if s.bank != nil {
		s.bank.release()
	}
	if x.err != nil {
		return x
	}
	x.took = time.Since(began)
	k := r.Config.Checkpoint
	x.pruned, x.warning = checkpoint.Prune(r.fs, root, checkpoint.Keep{Last: k.Keep, Every: int64(k.KeepEvery), Bytes: k.MaxBytes})
	if p := r.Config.Log.Pictures; p == "none" || p == "end" && !last {
		return x
	}
	var err error
	x.picture, x.likelihood, err = r.picture(s)
	x.warning = errors.Join(x.warning, err, r.curves())
	return x
}

// report logs what a write came to.
func (r *Run) report(x written) {
	if x.err != nil {
		next := "training goes on, and it is tried again"
		if r.done() {
			next = "the checkpoint before it stands"
		}
		r.event(report.Event{Kind: "checkpoint-failed", Message: x.err.Error() + "; " + next})
		r.retry = time.Now().Add(retryAfter)
		return
	}
	r.retry = time.Time{}
	// The event bears the step of the checkpoint, not the one at which its write was found done: its KL belongs there.
	e := report.Event{Step: int64(x.step), Seconds: x.seconds, Kind: "checkpoint", Message: fmt.Sprintf("%s, %s in %.2f s", x.dir, bytesText(x.bytes), x.took.Seconds())}
	if len(x.pruned) > 0 {
		e.Message += fmt.Sprintf("; removed those of iterations %v", x.pruned)
	}
	if x.likelihood != nil {
		e.Extra = map[string]report.Float{"kl": report.Float(x.likelihood.KL)}
		e.Message += fmt.Sprintf("; KL %.4f nats", x.likelihood.KL)
	}
	r.log(e)
	if x.picture != "" {
		err := r.events.tensorBoard(func(b *report.TensorBoard) error { return b.Picture(int64(x.step), "samples", x.picture, time.Now()) })
		x.warning = errors.Join(x.warning, err)
	}
	if x.warning != nil {
		r.event(report.Event{Kind: "warning", Message: x.warning.Error()})
	}
	r.saveStatus(Running, "")
}

// retryAfter is how soon a checkpoint that failed is tried again.
const retryAfter = 30 * time.Second

// weightsBad returns what is not finite in the parameters, or "".
func (r *Run) weightsBad() string {
	for _, p := range r.trainer.net.Params() {
		if s := reduce.SumSquares(p.Data); math.IsNaN(s) || math.IsInf(s, 0) {
			return "parameter " + p.Name + " is not finite"
		}
	}
	return ""
}

// runState is RUN/state.json.
type runState struct {
	Status     Status       `json:"status"`
	Message    string       `json:"message,omitempty"`
	Iteration  uint64       `json:"iteration"`
	Iterations uint64       `json:"iterations"`
	Seconds    float64      `json:"seconds"`
	Rate       float64      `json:"rate"`
	Rollbacks  int          `json:"rollbacks"`
	Gap        report.Float `json:"gap"`
	Checkpoint string       `json:"checkpoint,omitempty"`
	KL         *float64     `json:"kl,omitempty"`     // nats, planar toys
	Masses     []float64    `json:"masses,omitempty"` // of rings or components
}

// saveStatus writes RUN/state.json. It is for people and scripts; resuming looks at the checkpoints alone, so that an error
// here is no more than a warning.
func (r *Run) saveStatus(status Status, message string) {
	s := runState{Status: status, Message: message, Iteration: r.trainer.Iteration(), Iterations: uint64(r.Config.Train.Iterations),
		Seconds: r.elapsed(), Rate: r.last.Rate, Rollbacks: r.rollbacks, Gap: report.Float(r.last.Gap), Checkpoint: r.writer.last.dir}
	if l := r.writer.last.likelihood; l != nil {
		s.KL, s.Masses = &l.KL, l.Masses
	}
	b, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		err = checkpoint.WriteFile(r.fs, r.Folder.Join("state.json"), append(b, '\n'))
	}
	if err != nil {
		r.warn(report.Event{Kind: "warning", Message: err.Error()})
	}
}

// bytesText writes a number of bytes for people.
func bytesText(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.2f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.0f kB", math.Ceil(float64(n)/1e3))
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
