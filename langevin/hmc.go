package langevin

import (
	"anila/asm/chain"
	"anila/asm/reduce"
	"anila/asm/vec"
	"anila/tensor"
)

// hmc is Hamiltonian Monte Carlo with potential −f/T and unit mass: new momenta
// N(0, I) at every step, then a number of leapfrog steps and one decision.
type hmc struct {
	step        float64
	leapfrog    int
	temperature float64
}

func newHMC(c Config, _ chain.Update) Kernel { return hmc{c.Step, c.Leapfrog, c.Temperature} }

func (k hmc) NewState(n, dim int) *State {
	s := newProposalState(n, dim)
	s.momentum, s.kinetic = make([]float32, n*dim), make([]float64, n)
	return s
}

func (k hmc) Init(ev Evaluator, s *State) { s.Evaluate(ev) }

func (k hmc) Step(key tensor.Key, ev Evaluator, s *State) Info {
	drawMomentum(s.momentum, s.Dim, key)
	return k.trajectory(key, ev, s)
}

// drawMomentum fills p [n, dim] with standard normals, each chain's its own.
func drawMomentum(p []float32, dim int, key tensor.Key) {
	clear(p)
	addNoise(p, dim, 1, noise(key, tensor.PurposeMomentum))
}

// trajectory goes along the trajectory of s.momentum and decides.
func (k hmc) trajectory(key tensor.Key, ev Evaluator, s *State) Info {
	p := s.proposal
	copy(p.Z, s.Z)
	copy(p.Grad, s.Grad)
	reduce.DotRows(s.kinetic, s.momentum, s.momentum)
	k.integrate(ev, p, s.momentum)
	reduce.DotRows(s.logAlpha, s.momentum, s.momentum)
	for i, square := range s.logAlpha {
		s.logAlpha[i] = (p.F[i]-s.F[i])/k.temperature + s.kinetic[i]/2 - square/2
	}
	s.decide(key)
	return Info{Acceptance: s.acceptance}
}

// integrate takes all leapfrog steps from position q with gradient, and
// momentum p.
func (k hmc) integrate(ev Evaluator, q *State, p []float32) {
	kick := k.step / k.temperature
	vec.Axpy(p, q.Grad, float32(kick/2))
	for l := range k.leapfrog {
		vec.Axpy(q.Z, p, float32(k.step))
		q.Evaluate(ev)
		if l < k.leapfrog-1 {
			vec.Axpy(p, q.Grad, float32(kick))
		}
	}
	vec.Axpy(p, q.Grad, float32(kick/2))
}
