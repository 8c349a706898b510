package langevin

import "math"

// Warmup takes the chains z [chains, dim] through Config.Adapt steps, numbered
// from firstStep, and tunes the step size on the way by dual averaging
// (Nesterov 2009; Hoffman and Gelman 2014, section 3.2.1) until the mean
// acceptance over the chains meets Config.TargetAcceptance. Afterwards the step
// is fixed, Config returns it, and the chains are bound as by Start.
//
// All chains share one step size and it follows the mean over them, so the
// result is the same for any number of workers.
func (p *Pool) Warmup(z []float32, seed, firstStep uint64) {
	p.Start(z)
	base, average := p.config, dualAveraging{target: p.config.TargetAcceptance}
	for k := range base.Adapt {
		stats := p.Advance(seed, firstStep+uint64(k), 1, nil)
		average.update(stats.Acceptance)
		p.configure(base.Scaled(math.Exp(average.log)))
	}
	if base.Adapt > 0 {
		p.configure(base.Scaled(math.Exp(average.mean)))
	}
}

// dualAveraging finds the logarithm of a scale at which the acceptance meets
// the target.
type dualAveraging struct {
	target float64
	count  int
	error  float64
	log    float64 // to be tried next
	mean   float64 // the answer
}

func (d *dualAveraging) update(acceptance float64) {
	// The constants of Hoffman and Gelman; the scale is pulled towards 1, the
	// step that was given, and not towards ten times it.
	const gamma, t0, kappa = 0.05, 10, 0.75
	d.count++
	t := float64(d.count)
	weight := 1 / (t + t0)
	d.error = (1-weight)*d.error + weight*(d.target-acceptance)
	d.log = -math.Sqrt(t) / gamma * d.error
	rate := math.Pow(t, -kappa)
	d.mean = rate*d.log + (1-rate)*d.mean
}
