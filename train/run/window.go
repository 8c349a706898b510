package run

import (
	"math"
	"runtime"
	"time"

	"anila/langevin"
	"anila/train"
)

// window averages metrics over a log step and measures speed.
type window struct {
	sum     train.Metrics
	n       int
	since   time.Time // start of the log step
	last    time.Time // last iteration
	seconds float64   // of an iteration, smoothed over about speedWindow
}

const speedWindow = 5.0 // seconds

func newWindow(now time.Time) window { return window{since: now, last: now} }

func (w *window) add(m train.Metrics, now time.Time) {
	s := &w.sum
	s.Gap += m.Gap
	s.FData += m.FData
	s.FChains += m.FChains
	s.Loss += m.Loss
	s.GradientNorm += m.GradientNorm
	s.Displacement += m.Displacement
	s.Limited += m.Limited
	s.Acceptance += m.Acceptance
	s.ParameterGradientNorm += m.ParameterGradientNorm
	s.Rate = m.Rate
	w.n++
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
func (w *window) event(c langevin.Config) Event {
	n := float64(max(w.n, 1))
	perSecond := float64(w.n) / max(w.last.Sub(w.since).Seconds(), 1e-9)
	e := Event{
		Gap: Float(w.sum.Gap / n), FData: Float(w.sum.FData / n), FChains: Float(w.sum.FChains / n),
		Loss: Float(w.sum.Loss / n), GradientNorm: Float(w.sum.GradientNorm / n),
		Displacement: Float(w.sum.Displacement / n), Limited: Float(w.sum.Limited / n),
		ParameterGradientNorm: Float(w.sum.ParameterGradientNorm / n), Rate: Float(w.sum.Rate),
		IterationsPerSecond:    Float(perSecond),
		LangevinStepsPerSecond: Float(perSecond * float64(c.Steps)),
		Memory:                 residentBytes(),
	}
	if c.Metropolis() {
		e.Acceptance = Float(w.sum.Acceptance / n)
	}
	w.sum, w.n, w.since = train.Metrics{}, 0, w.last
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
