package run

import (
	"fmt"
	"time"

	"anila/train"
	"anila/train/eval"
)

// Progress is where training stands.
type Progress struct {
	Iteration, Iterations uint64
	Gap                   float64       // of the last iteration
	PerSecond             float64       // iterations, over the last few seconds
	Left                  time.Duration // at that rate; 0 while unknown
}

// Result is what Train came to.
type Result struct {
	Status     Status
	Iteration  uint64
	Seconds    float64 // wall clock of training, over all sessions
	Last       train.Metrics
	Rollbacks  int
	Limited    float64          // share of coordinates (pixels, samples) whose steps b shortened, over all sessions; NaN for kernels without a bound
	Checkpoint string           // folder of the newest checkpoint
	Picture    string           // newest picture of samples; "" without one
	Likelihood *eval.Likelihood // of the averaged weights at the end; nil but for planar toys
	Distance   *eval.Distance   // that was measured last in this session; nil without one
}

func (r *Run) progress(m train.Metrics) {
	if r.journal.observer == nil {
		return
	}
	p := Progress{Iteration: r.trainer.Iteration(), Iterations: uint64(r.Config.Iterations), Gap: m.Gap, PerSecond: r.window.rate()}
	if p.PerSecond > 0 {
		p.Left = time.Duration(float64(p.Iterations-p.Iteration) / p.PerSecond * float64(time.Second))
	}
	r.journal.observer.Progress(p)
}

// summary is a result in a sentence.
func (r Result) summary() string {
	s := fmt.Sprintf("%s at iteration %d after %.1f s", r.Status, r.Iteration, r.Seconds)
	if r.Limited == r.Limited {
		s += fmt.Sprintf("; b limited %.2f %%", 100*r.Limited)
	}
	if l := r.Likelihood; l != nil {
		s += fmt.Sprintf("; KL(truth ‖ model) %.4f nats, masses %.3f", l.KL, l.Masses)
	}
	return s
}
