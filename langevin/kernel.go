package langevin

import (
	"anila/asm/chain"
	"anila/tensor"
)

// State is a block of chains: positions, and f and ∇f at them, so that a step
// costs one gradient.
type State struct {
	Dim  int
	Z    []float32 // [n, Dim]
	F    []float32 // [n]
	Grad []float32 // [n, Dim]

	acceptance []float32   // [n]
	uniform    []float32   // [n]
	proposal   *State      // where an accept step looks, without one of its own
	momentum   []float32   // [n, Dim]
	kinetic    []float64   // [n]
	team       *teamUpdate // nil where one worker carries the block
}

// NewState returns a state for n chains of dim coordinates, with room for what
// kernel k works with.
func NewState(k Kernel, n, dim int) *State {
	s := &State{Dim: dim, Z: make([]float32, n*dim), F: make([]float32, n), Grad: make([]float32, n*dim)}
	if _, ok := k.(unadjusted); ok {
		return s
	}
	s.acceptance, s.uniform = make([]float32, n), make([]float32, n)
	s.proposal = &State{Dim: dim, Z: make([]float32, n*dim), F: make([]float32, n), Grad: make([]float32, n*dim)}
	if _, ok := k.(hmc); ok {
		s.momentum, s.kinetic = make([]float32, n*dim), make([]float64, n)
	}
	return s
}

// Len is the number of chains.
func (s *State) Len() int { return len(s.F) }

// Row returns the position of chain i of the block.
func (s *State) Row(i int) []float32 { return s.Z[i*s.Dim : (i+1)*s.Dim] }

func (s *State) gradient(i int) []float32 { return s.Grad[i*s.Dim : (i+1)*s.Dim] }

// langevin moves the positions z of the chains along s.Grad.
func (s *State) langevin(z []float32, u *chain.Update) {
	if s.team == nil {
		chain.Langevin(z, s.Grad, s.Dim, u)
	} else {
		s.team.run(z, s.Grad, s.Dim, u)
	}
}

func (s *State) evaluate(ev Evaluator) { ev.LogDensityAndGradient(s.F, s.Grad, s.Z) }

// Info is what a step tells beside the new state.
type Info struct {
	// Acceptance is each chain's probability of accepting its proposal; nil
	// where the kernel has no accept step. It is overwritten by the next step.
	Acceptance []float32
}

// Kernel is a pure Markov step: its result depends on the key, the state and f
// alone. A kernel is immutable and serves any number of goroutines.
type Kernel interface {
	// Init fills in f and ∇f at s.Z.
	Init(ev Evaluator, s *State)
	// Step moves every chain of s once. key gives the seed, the number of the
	// block's first chain and the number of the step; the kernel sets the
	// purpose. s must be initialised and have room for this kernel.
	Step(key tensor.Key, ev Evaluator, s *State) Info
}

func noise(key tensor.Key, purpose tensor.Purpose) chain.Noise {
	return chain.Noise{Seed: key.Seed, Purpose: uint8(purpose), Chain: key.Chain, Step: key.Step}
}

// unadjusted is the one formula: langevin, anila and gd.
type unadjusted struct {
	update chain.Update
}

func (k unadjusted) Init(ev Evaluator, s *State) { s.evaluate(ev) }

func (k unadjusted) Step(key tensor.Key, ev Evaluator, s *State) Info {
	k.move(key, s)
	s.evaluate(ev)
	return Info{}
}

// move is a step that leaves f and ∇f where they were.
func (k unadjusted) move(key tensor.Key, s *State) {
	k.update.Random = noise(key, tensor.PurposeLangevin)
	s.langevin(s.Z, &k.update)
}
