package langevin

import (
	"math"

	"anila/asm"
	"anila/tensor"
)

// proposal is a distribution q(z'|z) that may use the gradient of f at z.
type proposal interface {
	// propose replaces each z [n, dim] by a draw from q(·|z), g = ∇f(z).
	propose(key tensor.Key, z, g []float32, dim int)
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
	k.propose(key, p.Z, s.Grad, s.Dim)
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

func (w randomWalk) propose(key tensor.Key, z, g []float32, dim int) {
	// Any finite gradient does: its factor is 0. z serves, so that a state at
	// infinity stays visible.
	asm.Langevin(z, z, dim, &asm.Update{Noise: w.sd, B: float32(math.Inf(1)), Random: noise(key, tensor.PurposeLangevin)})
}

func (w randomWalk) logRatio(_, _, _, _ []float32) float64 { return 0 }

// langevinProposal is mala and anila-mala: N(z + drift·a·g, noise²·diag a), or
// noise²·diag a² in the linear form.
type langevinProposal struct{ update asm.Update }

func (l langevinProposal) propose(key tensor.Key, z, g []float32, dim int) {
	l.update.Random = noise(key, tensor.PurposeLangevin)
	asm.Langevin(z, g, dim, &l.update)
}

func (l langevinProposal) logRatio(z, g, z2, g2 []float32) float64 {
	return l.logDensity(z, z2, g2) - l.logDensity(z2, z, g)
}

// logDensity returns log q(to|from) up to a constant, g = ∇f(from):
// −½ Σᵢ [(toᵢ − fromᵢ − drift·aᵢ·gᵢ)²/(noise²·vᵢ) + ln vᵢ], v = a or a².
func (l langevinProposal) logDensity(to, from, g []float32) float64 {
	u := &l.update
	drift, bound := float64(u.Drift), float64(u.B)
	group := 1
	switch u.Scope {
	case asm.Pixel:
		group = u.Channels
	case asm.Sample:
		group = len(g)
	}
	quadratic := 0.0
	var determinant logProduct // of 1/a, each to the power of its coordinates
	for first := 0; first < len(g); first += group {
		inverse := 1.0 // 1/a
		if u.Scope != asm.Plain {
			if norm := groupNorm(g[first : first+group]); norm > bound {
				inverse = norm / bound
				for range group {
					determinant.multiply(inverse)
				}
			}
		}
		slope := drift / inverse
		sum := 0.0
		for i := first; i < first+group; i++ {
			r := float64(to[i]) - float64(from[i]) - float64(slope*float64(g[i]))
			sum += float64(r * r)
		}
		if u.Linear {
			inverse *= inverse
		}
		quadratic += float64(sum * inverse)
	}
	logInverse := determinant.log()
	if u.Linear {
		logInverse *= 2
	}
	return -0.5 * (quadratic/(float64(u.Noise)*float64(u.Noise)) - logInverse)
}

func groupNorm(g []float32) float64 {
	if len(g) == 1 {
		return math.Abs(float64(g[0]))
	}
	sum := 0.0
	for _, v := range g {
		sum += float64(float64(v) * float64(v))
	}
	return math.Sqrt(sum)
}

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
