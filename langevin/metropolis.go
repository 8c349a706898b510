package langevin

import (
	"math"

	"anila/asm"
	"anila/tensor"
)

// proposal is a distribution q(z'|z) that may use the gradient of f at z.
type proposal interface {
	// propose replaces s.proposal.Z, copies of the positions, by draws from
	// q(·|z) of each chain.
	propose(key tensor.Key, s *State)
	// logRatio returns log q(z|z') − log q(z'|z) of one chain, g = ∇f(z) and
	// g' = ∇f(z').
	logRatio(z, g, z2, g2 []float32) float64
}

// metropolis accepts a proposal with probability
// min(1, exp((f(z') − f(z))/T)·q(z|z')/q(z'|z)), and keeps the state otherwise.
type metropolis struct {
	proposal
	temperature float64
}

func (k metropolis) Init(ev Evaluator, s *State) { s.evaluate(ev) }

func (k metropolis) Step(key tensor.Key, ev Evaluator, s *State) Info {
	p := s.proposal
	copy(p.Z, s.Z)
	k.propose(key, s)
	if values, ok := ev.(ValueEvaluator); ok && !k.usesGradient() {
		values.LogDensity(p.F, p.Z)
	} else {
		p.evaluate(ev)
	}
	chainUniforms(s.uniform, key)
	for i := range s.F {
		logAlpha := (float64(p.F[i])-float64(s.F[i]))/k.temperature + k.logRatio(s.Row(i), s.gradient(i), p.Row(i), p.gradient(i))
		s.decide(i, logAlpha)
	}
	return Info{Acceptance: s.acceptance}
}

func (k metropolis) usesGradient() bool {
	_, walk := k.proposal.(randomWalk)
	return !walk
}

// decide moves chain i to its proposal with probability min(1, exp(logAlpha)).
// A proposal where f or the ratio is not a number, or f is infinite, is refused.
func (s *State) decide(i int, logAlpha float64) {
	p := s.proposal
	alpha := math.Exp(min(logAlpha, 0))
	if !(alpha >= 0) || math.IsInf(float64(p.F[i]), 0) {
		alpha = 0
	}
	s.acceptance[i] = float32(alpha)
	if float64(s.uniform[i]) < alpha {
		s.F[i] = p.F[i]
		copy(s.Row(i), p.Row(i))
		copy(s.gradient(i), p.gradient(i))
	}
}

// chainUniforms writes one uniform for each chain from key.Chain on: chain c
// takes word c mod 4 of block c/4 of the accept stream.
func chainUniforms(dst []float32, key tensor.Key) {
	high := uint32(tensor.PurposeAccept)<<24 | uint32(key.Step>>32)&0xffffff
	var words [4]uint32
	for i := range dst {
		c := key.Chain + uint32(i)
		if i == 0 || c%4 == 0 {
			words = asm.Philox(key.Seed, [4]uint32{c / 4, 0, uint32(key.Step), high})
		}
		dst[i] = (float32(words[c%4]>>9) + 0.5) * (1.0 / (1 << 23))
	}
}

// randomWalk is rwm: N(z, sd²·I), symmetric.
type randomWalk struct{ sd float32 }

func (w randomWalk) propose(key tensor.Key, s *State) {
	addNoise(s.proposal.Z, s.Dim, w.sd, noise(key, tensor.PurposeLangevin))
}

// addNoise adds sd·ξ to the chains z [n, dim].
func addNoise(z []float32, dim int, sd float32, random asm.Noise) {
	// Any finite gradient does, its factor is 0; with z itself no other memory
	// is read.
	asm.Langevin(z, z, dim, &asm.Update{Noise: sd, B: float32(math.Inf(1)), Random: random})
}

func (w randomWalk) logRatio(_, _, _, _ []float32) float64 { return 0 }

// langevinProposal is mala and anila-mala: N(z + drift·a·g, noise²·diag a), or
// noise²·diag a² in the linear form.
type langevinProposal struct{ update asm.Update }

func (l langevinProposal) propose(key tensor.Key, s *State) {
	l.update.Random = noise(key, tensor.PurposeLangevin)
	asm.Langevin(s.proposal.Z, s.Grad, s.Dim, &l.update)
}

func (l langevinProposal) logRatio(z, g, z2, g2 []float32) float64 {
	return l.logDensity(z, z2, g2) - l.logDensity(z2, z, g)
}

// logDensity returns log q(to|from) up to a constant, g = ∇f(from):
// −½ Σᵢ [(toᵢ − fromᵢ − drift·aᵢ·gᵢ)²/(noise²·vᵢ) + ln vᵢ], v = a or a².
func (l langevinProposal) logDensity(to, from, g []float32) float64 {
	var quadratic, logInverse float64
	switch l.update.Scope {
	case asm.Plain:
		quadratic = l.plain(to, from, g)
	case asm.Coord:
		quadratic, logInverse = l.coordinates(to, from, g)
	case asm.Pixel:
		quadratic, logInverse = l.groups(to, from, g, l.update.Channels)
	case asm.Sample:
		quadratic, logInverse = l.groups(to, from, g, len(g))
	}
	if l.update.Linear {
		logInverse *= 2
	}
	return -0.5 * (quadratic/(float64(l.update.Noise)*float64(l.update.Noise)) - logInverse)
}

// plain returns Σ (to − from − drift·g)², a = 1.
func (l langevinProposal) plain(to, from, g []float32) float64 {
	drift := float64(l.update.Drift)
	to, from = to[:len(g)], from[:len(g)]
	var even, odd float64
	i := 0
	for ; i+1 < len(g); i += 2 {
		r := float64(to[i]) - float64(from[i]) - float64(drift*float64(g[i]))
		s := float64(to[i+1]) - float64(from[i+1]) - float64(drift*float64(g[i+1]))
		even += float64(r * r)
		odd += float64(s * s)
	}
	if i < len(g) {
		r := float64(to[i]) - float64(from[i]) - float64(drift*float64(g[i]))
		even += float64(r * r)
	}
	return even + odd
}

// coordinates returns Σ (to − from − drift·a·g)²/v and Σ ln 1/a where each
// coordinate has its own a; there a·g = ±b where a < 1.
func (l langevinProposal) coordinates(to, from, g []float32) (quadratic, logInverse float64) {
	drift, bound := float64(l.update.Drift), float64(l.update.B)
	most, overBound := drift*bound, 1/bound
	to, from = to[:len(g)], from[:len(g)]
	var determinant logProduct
	for i, v := range g {
		gi := float64(v)
		r := float64(to[i]) - float64(from[i])
		norm := math.Abs(gi)
		if !(norm > bound) {
			r -= float64(drift * gi)
			quadratic += float64(r * r)
			continue
		}
		inverse := norm * overBound
		determinant.multiply(inverse)
		r -= math.Copysign(most, gi)
		weight := inverse // 1/v
		if l.update.Linear {
			weight *= inverse
		}
		quadratic += float64(float64(r*r) * weight)
	}
	return quadratic, determinant.log()
}

// groups is coordinates with one a for each group of coordinates.
func (l langevinProposal) groups(to, from, g []float32, group int) (quadratic, logInverse float64) {
	drift, bound := float64(l.update.Drift), float64(l.update.B)
	var determinant logProduct
	for first := 0; first < len(g); first += group {
		inverse := 1.0 // 1/a
		if norm := groupNorm(g[first : first+group]); norm > bound {
			inverse = norm / bound
			determinant.multiply(inverse)
		}
		slope := drift / inverse
		sum := 0.0
		for i := first; i < first+group; i++ {
			r := float64(to[i]) - float64(from[i]) - float64(slope*float64(g[i]))
			sum += float64(r * r)
		}
		if l.update.Linear {
			sum *= inverse
		}
		quadratic += float64(sum * inverse)
	}
	return quadratic, float64(group) * determinant.log()
}

func groupNorm(g []float32) float64 { return math.Sqrt(sumSquares(g)) }

// logProduct is the logarithm of a product of numbers ≥ 1, with one logarithm
// for many factors.
type logProduct struct {
	product float64 // 0 stands for 1
	sum     float64
}

func (p *logProduct) multiply(factor float64) {
	if p.product == 0 {
		p.product = 1
	}
	p.product *= factor
	if p.product > 1e200 {
		p.sum += math.Log(p.product)
		p.product = 1
	}
}

func (p *logProduct) log() float64 {
	if p.product == 0 {
		return 0
	}
	return p.sum + math.Log(p.product)
}
