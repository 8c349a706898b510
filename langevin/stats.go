package langevin

import (
	"math"

	"anila/asm/chain"
	"anila/asm/reduce"
	"anila/internal/field"
)

// Stats describes one run.
type Stats struct {
	// F is f of the end states [chains], overwritten by the next run. It is nil
	// after Run of a kernel without an accept step, which ends in a move and
	// spares the evaluation.
	F []float64
	// GradientNorm is |∇f| at the states from which the steps were taken, mean
	// over the chains, for each step (NaN for rwm). It is overwritten as F is.
	GradientNorm []float64
	// Displacement is |z_end − z_start|, mean over the chains.
	Displacement float64
	// Limited is the share of coordinates in which a < 1, over all steps; 0 for
	// kernels without a bound. amala's bound is the chain's, so all its coordinates
	// count or none.
	Limited float64
	// Acceptance is the mean probability of acceptance over chains and steps,
	// NaN for kernels without an accept step.
	Acceptance float64
	// BadStart tells of chains of a Run (or Start) that began where f or ∇f is not
	// finite; nil where all is well.
	BadStart *StartError
}

// chainStat is what one chain adds to the statistics of a run.
type chainStat struct {
	acceptance, displacement float64
	limited                  int
	bad                      bool    // it started where the density is not finite
	f                        float64 // there
}

// noteStarts notes which chains start where the density is not finite.
func (b *block) noteStarts() {
	p := b.pool
	for i, f := range b.F {
		if field.Finite(f) && (!p.usesGradient() || field.Finite(sumSquares(b.gradient(i)))) {
			continue
		}
		stat := &p.chains[b.first+i]
		stat.bad, stat.f = true, f
	}
}

// usesGradient tells whether the kernel looks at ∇f: all do but rwm.
func (p *Pool) usesGradient() bool {
	k, ok := p.kernel.(interface{ needsGradient() bool })
	return !ok || k.needsGradient()
}

// lookAt notes what the statistics want to know of some chains' gradients before
// a step.
func (b *block) lookAt(_, part int) {
	p, parts := b.pool, teamParts(b.workers, b.Len())
	from, to := b.Len()*part/parts, b.Len()*(part+1)/parts
	chains, grad := p.chains[b.first+from:b.first+to], b.Grad[from*p.dim:to*p.dim]
	norms := p.norms[b.k*len(p.chains)+b.first+from:][:len(chains)]
	for i := range chains {
		norms[i] = math.Sqrt(sumSquares(grad[i*p.dim : (i+1)*p.dim]))
	}
	if p.limiter != nil {
		p.limiter.limited(chains, grad)
	}
}

// noteStep adds what a step told.
func (b *block) noteStep(info Info) {
	b.accepts = info.Acceptance != nil
	for i, a := range info.Acceptance {
		b.pool.chains[b.first+i].acceptance += float64(a)
	}
}

// noteEnds notes how far the run took the chains.
func (b *block) noteEnds() {
	p := b.pool
	for i := range b.F {
		p.chains[b.first+i].displacement = math.Sqrt(squaredDistance(b.Row(i), p.start[(b.first+i)*p.dim:][:p.dim]))
	}
}

// reduce adds up what the chains tell, in their order.
func (p *Pool) reduce() {
	chains, norms, first := p.chains, p.norms[:p.run.steps*len(p.chains)], p.first
	if p.gather != nil {
		chains, norms = p.gathered()
		first = 0
	}
	n, steps := float64(len(chains)), float64(p.run.steps)
	var acceptance, displacement float64
	limited := 0
	s := &p.stats
	s.F, s.BadStart = p.f, nil
	for i, c := range chains {
		acceptance += c.acceptance
		displacement += c.displacement
		limited += c.limited
		if c.bad && s.BadStart == nil {
			s.BadStart = &StartError{Chains: len(chains), Chain: first + i, F: c.f}
		}
		if c.bad {
			s.BadStart.Count++
		}
	}
	s.Displacement = displacement / n
	s.Limited, s.Acceptance = 0, math.NaN()
	if steps > 0 {
		s.Limited = float64(limited) / (n * steps * float64(p.dim))
	}
	if p.blocks[0].accepts {
		s.Acceptance = acceptance / (n * steps)
	}
	s.GradientNorm = s.GradientNorm[:0]
	for k := range p.run.steps {
		sum := 0.0
		for _, norm := range norms[k*len(chains) : (k+1)*len(chains)] {
			sum += norm
		}
		if !p.usesGradient() {
			sum = math.NaN()
		}
		s.GradientNorm = append(s.GradientNorm, sum/n)
	}
}

// gathered returns what the chains of all pools tell.
func (p *Pool) gathered() (chains []chainStat, norms []float64) {
	const stats = 5
	each := stats + p.run.steps
	own := make([]float64, 0, each*len(p.chains))
	for i, c := range p.chains {
		bad := 0.0
		if c.bad {
			bad = 1
		}
		own = append(own, c.acceptance, c.displacement, float64(c.limited), bad, c.f)
		for k := range p.run.steps {
			own = append(own, p.norms[k*len(p.chains)+i])
		}
	}
	all := p.gather(own)
	chains = make([]chainStat, len(all)/each)
	norms = make([]float64, p.run.steps*len(chains))
	for i := range chains {
		c := all[i*each : (i+1)*each]
		chains[i] = chainStat{c[0], c[1], int(c[2]), c[3] != 0, c[4]}
		for k, norm := range c[stats:] {
			norms[k*len(chains)+i] = norm
		}
	}
	return chains, norms
}

// countLimited counts the coordinates of each chain in which a < 1, grad
// [chains, dim].
func countLimited(u *chain.Update, chains []chainStat, grad []float32) {
	dim := len(grad) / len(chains)
	for i := range chains {
		chains[i].limited += limited(u, grad[i*dim:(i+1)*dim])
	}
}

// limited counts the coordinates of a chain in which a < 1.
func limited(u *chain.Update, g []float32) int {
	b := u.B
	count := 0
	switch u.Scope {
	case chain.Coord:
		if len(g) >= shortState {
			return reduce.CountBeyond(g, b)
		}
		for _, v := range g {
			if v > b || v < -b {
				count++
			}
		}
	case chain.Pixel, chain.Sample:
		group := len(g)
		if u.Scope == chain.Pixel {
			group = u.Channels
		}
		for ; len(g) > 0; g = g[group:] {
			if sumSquares(g[:group]) > float64(b)*float64(b) {
				count += group
			}
		}
	}
	return count
}

// shortState is the number of coordinates below which plain loops are quicker
// than calls of vector kernels.
const shortState = 64

func sumSquares(g []float32) float64 {
	if len(g) >= shortState {
		return reduce.SumSquares(g)
	}
	sum := 0.0
	for _, v := range g {
		sum += float64(float64(v) * float64(v))
	}
	return sum
}

func squaredDistance(a, b []float32) float64 {
	if len(a) >= shortState {
		return reduce.SquaredDistance(a, b)
	}
	sum := 0.0
	for i, v := range a {
		d := float64(v) - float64(b[i])
		sum += float64(d * d)
	}
	return sum
}
