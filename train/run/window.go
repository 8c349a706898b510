package run

import (
	"math"
	"runtime"
	"slices"
	"time"

	"anila/langevin"
	"anila/train"
	"anila/train/comm"
)

// window averages metrics over a log step and measures speed.
type window struct {
	sums
	here    int       // iterations of this session in sums
	waited  float64   // seconds, of them, of communication
	busy    []float64 // seconds of each rank's chains
	since   time.Time // start of the log step, or of the session
	last    time.Time // last iteration
	seconds float64   // of an iteration, smoothed over about speedWindow
}

// sums are a window's metrics so far. A checkpoint keeps them, so that the first log step after a resume averages as many
// iterations as any other.
type sums struct {
	N                     int   `json:"n"`
	Gap                   Float `json:"gap"`
	FData                 Float `json:"f_data"`
	FChains               Float `json:"f_chains"`
	Loss                  Float `json:"loss"`
	GradientNorm          Float `json:"grad_norm"`
	Displacement          Float `json:"displacement"`
	Limited               Float `json:"limited"`
	Acceptance            Float `json:"acceptance"`
	ParameterGradientNorm Float `json:"param_grad_norm"`
	Rate                  Float `json:"rate"` // the last one
}

const speedWindow = 5.0 // seconds

func newWindow(now time.Time) window { return window{since: now, last: now} }

func (w *window) add(m train.Metrics, now time.Time) {
	w.Gap += Float(m.Gap)
	w.FData += Float(m.FData)
	w.FChains += Float(m.FChains)
	w.Loss += Float(m.Loss)
	w.GradientNorm += Float(m.GradientNorm)
	w.Displacement += Float(m.Displacement)
	w.Limited += Float(m.Limited)
	w.Acceptance += Float(m.Acceptance)
	w.ParameterGradientNorm += Float(m.ParameterGradientNorm)
	w.Rate = Float(m.Rate)
	w.N++
	w.here++
	w.waited += m.Waited
	w.busy = slices.Grow(w.busy, len(m.Busy))[:len(m.Busy)]
	for rank, busy := range m.Busy {
		w.busy[rank] += busy
	}
	took := now.Sub(w.last).Seconds()
	weight := 1.0
	if w.seconds > 0 {
		weight = 1 - math.Exp(-took/speedWindow)
	}
	w.seconds += weight * (took - w.seconds)
	w.last = now
}

// rate is iterations a second, 0 while unknown.
func (w *window) rate() float64 {
	if w.seconds <= 0 {
		return 0
	}
	return 1 / w.seconds
}

// event is the log line of the step that ends now; the next one begins.
func (w *window) event(c langevin.Config, ranks *comm.Comm) Event {
	n := Float(max(w.N, 1))
	perSecond := float64(w.here) / max(w.last.Sub(w.since).Seconds(), 1e-9)
	e := Event{
		Gap: w.Gap / n, FData: w.FData / n, FChains: w.FChains / n, Loss: w.Loss / n, GradientNorm: w.GradientNorm / n,
		Displacement: w.Displacement / n, Limited: w.Limited / n, ParameterGradientNorm: w.ParameterGradientNorm / n, Rate: w.Rate,
		IterationsPerSecond:    Float(perSecond),
		LangevinStepsPerSecond: Float(perSecond * float64(c.Steps)),
		Memory:                 residentBytes(),
	}
	if c.Metropolis() {
		e.Acceptance = w.Acceptance / n
	}
	if n := float64(max(w.here, 1)); len(w.busy) > 0 {
		slowest := slices.Max(w.busy)
		e.Communication, e.Busy, e.Slowest = Float(w.waited/n), Float(slowest/n), ranks.Name(slices.Index(w.busy, slowest))
	}
	w.sums, w.here, w.since, w.waited = sums{}, 0, w.last, 0
	clear(w.busy)
	return e
}

// residentBytes is the process's resident memory; where the system does not tell cheaply, what Go has from it.
func residentBytes() int64 {
	if n := procResident(); n > 0 {
		return n
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys)
}

// clock is the wall clock of training. It stands still while the model is measured.
type clock struct {
	before  float64       // seconds of the sessions before this one
	started time.Time     // this session
	stood   time.Duration // of this session, with measurements
}

// elapsed is the seconds over all sessions.
func (c clock) elapsed() float64 { return c.before + (time.Since(c.started) - c.stood).Seconds() }

// standStill takes what passed since began off the clock.
func (c *clock) standStill(began time.Time) { c.stood += time.Since(began) }
