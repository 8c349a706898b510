package langevin

import "math"

// Warmup takes the chains z [chains, dim] through Config.Adapt steps, numbered
// from firstStep, and tunes the step size on the way by dual averaging
// (Nesterov 2009; Hoffman and Gelman 2014, section 3.2.1) until the mean
// acceptance over the chains meets Config.TargetAcceptance. Afterwards the step
// is fixed, Config returns it, and the chains are bound as by Start, whose error
// it has: Advance goes on where the warm-up ended.
//
// All chains share one step size and it follows the mean over them, so the
// result is the same for any number of workers.
func (p *Pool) Warmup(z []float32, seed, firstStep uint64) error {
	err := p.Start(z, seed, firstStep)
	base, average := p.config, dualAveraging{target: p.config.TargetAcceptance}
	scale := func(log float64) {
		c := base.Scaled(math.Exp(log))
		p.configure(c, c.kernel(p.density))
	}
	for range base.Adapt {
		average.update(p.Advance(1, nil).Acceptance)
		scale(average.log)
	}
	if base.Adapt > 0 {
		scale(average.mean)
	}
	return err
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
