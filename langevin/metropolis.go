package langevin

import (
	"math"

	"anila/asm/chain"
	"anila/tensor"
)

// proposal is a distribution q(z'|z) that may use the gradient of f at z.
type proposal interface {
	// propose replaces s.proposal.Z, copies of the positions, by draws from
	// q(·|z) of each chain.
	propose(key tensor.Key, s *State)
	// logRatios writes log q(z|z') − log q(z'|z) of each chain to ratio [n], z [n,
	// dim], g = ∇f(z) and g' = ∇f(z').
	logRatios(ratio []float64, z, g, z2, g2 []float32)
	limiter
	// needsGradient tells whether q depends on ∇f.
	needsGradient() bool
}

// metropolis accepts a proposal with probability
// min(1, exp((f(z') − f(z))/T)·q(z|z')/q(z'|z)), and keeps the state otherwise.
type metropolis struct {
	proposal
	temperature float64
}

func (k metropolis) NewState(n, dim int) *State { return newProposalState(n, dim) }

func (k metropolis) Init(ev Evaluator, s *State) { s.Evaluate(ev) }

func (k metropolis) Step(key tensor.Key, ev Evaluator, s *State) Info {
	p := s.proposal
	copy(p.Z, s.Z)
	k.propose(key, s)
	if k.needsGradient() {
		p.Evaluate(ev)
	} else {
		p.evaluateValue(ev)
	}
	k.logRatios(s.logAlpha, s.Z, s.Grad, p.Z, p.Grad)
	for i, ratio := range s.logAlpha {
		s.logAlpha[i] = (p.F[i]-s.F[i])/k.temperature + ratio
	}
	s.decide(key)
	return Info{Acceptance: s.acceptance}
}

// decide moves each chain to its proposal with probability min(1, exp(logAlpha)).
// A proposal where f or the ratio is not a number, or f is infinite, is refused.
func (s *State) decide(key tensor.Key) {
	p := s.proposal
	for i, log := range s.logAlpha {
		alpha := 1.0
		if !(log >= 0) {
			alpha = math.Exp(log)
		}
		if alpha != alpha || math.IsInf(p.F[i], 0) {
			alpha = 0
		}
		s.logAlpha[i], s.acceptance[i] = alpha, float32(alpha)
	}
	chainUniforms(s.uniform, key)
	for i, alpha := range s.logAlpha {
		if !(float64(s.uniform[i]) < alpha) {
			continue
		}
		s.F[i] = p.F[i]
		if s.Dim > 4 {
			copy(s.Row(i), p.Row(i))
			copy(s.gradient(i), p.gradient(i))
			continue
		}
		for j := i * s.Dim; j < (i+1)*s.Dim; j++ {
			s.Z[j], s.Grad[j] = p.Z[j], p.Grad[j]
		}
	}
}

// chainUniforms writes one uniform for each chain from key.Chain on: chain c
// takes coordinate c of the accept stream of chain 0.
func chainUniforms(dst []float32, key tensor.Key) {
	first := key.Chain
	key.Chain = 0
	chain.UniformsFrom(dst, noise(key, tensor.PurposeAccept), first)
}

// randomWalk is rwm: N(z, sd²·I), symmetric.
type randomWalk struct{ sd float32 }

func newRandomWalk(c Config, _ chain.Update) Kernel {
	return metropolis{randomWalk{float32(math.Sqrt(c.Step))}, c.Temperature}
}

func (w randomWalk) propose(key tensor.Key, s *State) {
	addNoise(s.proposal.Z, s.Dim, w.sd, noise(key, tensor.PurposeLangevin))
}

// addNoise adds sd·ξ to the chains z [n, dim].
func addNoise(z []float32, dim int, sd float32, random chain.Noise) {
	// Any finite gradient does, its factor is 0; with z itself no other memory
	// is read.
	chain.Langevin(z, z, dim, &chain.Update{Noise: sd, B: float32(math.Inf(1)), Random: random})
}

func (w randomWalk) logRatios(ratio []float64, _, _, _, _ []float32) { clear(ratio) }

func (w randomWalk) limited([]chainStat, []float32) {}
func (w randomWalk) needsGradient() bool            { return false }

// langevinProposal is mala and anila-mala: N(z + drift·a·g, noise²·diag a), or
// noise²·diag a² in the linear form.
type langevinProposal struct{ update chain.Update }

func newMALA(c Config, u chain.Update) Kernel { return metropolis{langevinProposal{u}, c.Temperature} }

func (l langevinProposal) limited(chains []chainStat, grad []float32) {
	countLimited(&l.update, chains, grad)
}
func (l langevinProposal) needsGradient() bool { return true }

func (l langevinProposal) propose(key tensor.Key, s *State) {
	l.update.Random = noise(key, tensor.PurposeLangevin)
	s.langevin(s.proposal.Z, &l.update)
}

// logRatios are the ratios of
// log q(to|from) = −½ Σᵢ [(toᵢ − fromᵢ − drift·aᵢ·gᵢ)²/(noise²·vᵢ) + ln vᵢ],
// v = a or a².
func (l langevinProposal) logRatios(ratio []float64, z, g, z2, g2 []float32) {
	dim := len(z) / len(ratio)
	if dim < shortState {
		l.shortRatios(ratio, z, g, z2, g2)
		return
	}
	for i := range ratio {
		from, to := i*dim, (i+1)*dim
		z, g, z2, g2 := z[from:to], g[from:to], z2[from:to], g2[from:to]
		ratio[i] = l.logDensity(z, z2, g2) - l.logDensity(z2, z, g)
	}
}

// logDensity is log q(to|from), g = ∇f(from), without the constant.
func (l langevinProposal) logDensity(to, from, g []float32) float64 {
	quadratic, logInverse := chain.Transition(to, from, g, &l.update)
	if l.update.Linear {
		logInverse *= 2
	}
	return -0.5 * (quadratic/(float64(l.update.Noise)*float64(l.update.Noise)) - logInverse)
}

// shortRatios are logRatios for states of few coordinates, both ways in one pass:
// vector kernels cost more than they bring there.
func (l langevinProposal) shortRatios(ratio []float64, z, g, z2, g2 []float32) {
	dim, variance := len(z)/len(ratio), float64(l.update.Noise)*float64(l.update.Noise)
	g, z2, g2 = g[:len(z)], z2[:len(z)], g2[:len(z)]
	if l.update.Scope == chain.Plain {
		l.plainRatios(ratio, z, g, z2, g2, variance)
		return
	}
	for i := range ratio {
		from, to := i*dim, (i+1)*dim
		z, g, z2, g2 := z[from:to], g[from:to], z2[from:to], g2[from:to]
		var quadratic, logDeterminant float64 // reverse minus forward
		switch l.update.Scope {
		case chain.Coord:
			quadratic, logDeterminant = l.coordRatio(z, g, z2, g2)
		case chain.Pixel:
			quadratic, logDeterminant = l.groupRatio(z, g, z2, g2, l.update.Channels)
		case chain.Sample:
			quadratic, logDeterminant = l.groupRatio(z, g, z2, g2, dim)
		}
		if l.update.Linear {
			logDeterminant *= 2
		}
		ratio[i] = -0.5 * (quadratic/variance + logDeterminant)
	}
}

// plainRatios is a = 1: with d = z' − z,
// (d + drift·g')² − (d − drift·g)² = drift·(g + g')·(2d + drift·(g' − g)).
func (l langevinProposal) plainRatios(ratio []float64, z, g, z2, g2 []float32, variance float64) {
	drift, dim := float64(l.update.Drift), len(z)/len(ratio)
	for i, j := 0, 0; i < len(ratio); i++ {
		sum := 0.0
		for end := min(j+dim, len(z)); j < end; j++ {
			d := float64(z2[j]) - float64(z[j])
			a, b := float64(g[j]), float64(g2[j])
			sum += float64((a + b) * (2*d + float64(drift*(b-a))))
		}
		ratio[i] = -0.5 * (drift * sum / variance)
	}
}

// coordRatio has an a for each coordinate: 1/a is max(|g|, b)/b, and a·g is g
// held within ±b. Floats without their sign are ordered as their bits are, and
// of integers the larger is found without a branch to mispredict. A NaN stays
// in 1/a.
func (l langevinProposal) coordRatio(z, g, z2, g2 []float32) (quadratic, logDeterminant float64) {
	const sign = 1 << 31
	drift, overBound := float64(l.update.Drift), 1/float64(l.update.B)
	bound := math.Float32bits(l.update.B)
	forward, reverse := 1.0, 1.0 // products of 1/a
	for i, v := range z {
		d := float64(z2[i]) - float64(v)
		there, back := math.Float32bits(g[i]), math.Float32bits(g2[i])
		w := float64(math.Float32frombits(max(there&^sign, bound))) * overBound
		u := float64(math.Float32frombits(max(back&^sign, bound))) * overBound
		r := d - float64(drift*float64(math.Float32frombits(min(there&^sign, bound)|there&sign)))
		s := d + float64(drift*float64(math.Float32frombits(min(back&^sign, bound)|back&sign)))
		forward *= w
		reverse *= u
		if i%4 == 3 { // each is below 2²²⁸ for b above 1e-30
			logDeterminant += logOf(&forward) - logOf(&reverse)
		}
		if l.update.Linear {
			w *= w
			u *= u
		}
		quadratic += float64(float64(s*s)*u) - float64(float64(r*r)*w)
	}
	return quadratic, logDeterminant + math.Log(forward) - math.Log(reverse)
}

// logOf takes the logarithm out of a product that has become large.
func logOf(product *float64) float64 {
	if *product < 1e30 {
		return 0
	}
	log := math.Log(*product)
	*product = 1
	return log
}

// groupRatio has an a for each group of coordinates.
func (l langevinProposal) groupRatio(z, g, z2, g2 []float32, group int) (quadratic, logDeterminant float64) {
	drift, bound := float64(l.update.Drift), float64(l.update.B)
	for first := 0; first < len(z); first += group {
		w := max(1, groupNorm(g[first:first+group])/bound) // 1/a
		u := max(1, groupNorm(g2[first:first+group])/bound)
		logDeterminant += math.Log(w / u)
		slope, back := drift/w, drift/u
		var there, here float64
		for i := first; i < first+group; i++ {
			d := float64(z2[i]) - float64(z[i])
			r := d - float64(slope*float64(g[i]))
			s := d + float64(back*float64(g2[i]))
			there += float64(r * r)
			here += float64(s * s)
		}
		if l.update.Linear {
			w *= w
			u *= u
		}
		quadratic += float64(here*u) - float64(there*w)
	}
	return quadratic, float64(group) * logDeterminant
}

func groupNorm(g []float32) float64 { return math.Sqrt(sumSquares(g)) }
