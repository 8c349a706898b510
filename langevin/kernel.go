package langevin

import (
	"anila/asm/chain"
	"anila/asm/vec"
	"anila/tensor"
)

// State is a block of chains: positions, and f and ∇f at them, so that a step
// costs one gradient.
type State struct {
	Dim  int
	Z    []float32 // [n, Dim]
	F    []float64 // [n]
	Grad []float32 // [n, Dim]

	narrow     []float32   // [n], f of an evaluator in float32
	logAlpha   []float64   // [n], of an accept step: logarithms of probabilities, then these
	acceptance []float32   // [n], the same
	uniform    []float32   // [n]
	proposal   *State      // where an accept step looks, without one of its own
	momentum   []float32   // [n, Dim]
	kinetic    []float64   // [n]
	team       *teamUpdate // nil where one worker carries the block
	memory     Memory      // since Init

	// Work is for what a user's own kernel keeps beside; its NewState sets it.
	Work any
}

// Memory is what kernels know of a chain's way here beside its position. It is
// empty after Init.
type Memory struct {
	Taken int // steps, of kernels that change along a chain
	// √a and noise·ξ of the last step [n, Dim], of corrected kernels: chain.Memory.
	Root, Noise []float32
}

// NewState returns a state for n chains of dim coordinates, without room for
// what a kernel works with: that is Kernel.NewState.
func NewState(n, dim int) *State {
	return &State{
		Dim: dim, Z: make([]float32, n*dim), F: make([]float64, n), Grad: make([]float32, n*dim),
		narrow: make([]float32, n),
	}
}

// newProposalState is NewState with room for an accept step.
func newProposalState(n, dim int) *State {
	s := NewState(n, dim)
	s.logAlpha, s.acceptance, s.uniform = make([]float64, n), make([]float32, n), make([]float32, n)
	s.proposal = NewState(n, dim)
	return s
}

// Len is the number of chains.
func (s *State) Len() int { return len(s.F) }

// Row returns the position of chain i of the block.
func (s *State) Row(i int) []float32 { return s.Z[i*s.Dim : (i+1)*s.Dim] }

func (s *State) gradient(i int) []float32 { return s.Grad[i*s.Dim : (i+1)*s.Dim] }

// langevin moves the positions z of the chains along s.Grad.
func (s *State) langevin(z []float32, u *chain.Update) {
	m := chain.Memory{Root: s.memory.Root, Noise: s.memory.Noise}
	if s.team == nil {
		langevin(z, s.Grad, m, s.Dim, u)
	} else {
		s.team.run(z, s.Grad, m, s.Dim, u)
	}
}

// langevin is chain.Langevin, corrected where there is a memory to do it by.
func langevin(z, g []float32, m chain.Memory, dim int, u *chain.Update) {
	if m.Root == nil {
		chain.Langevin(z, g, dim, u)
	} else {
		chain.Corrected(z, g, m, dim, u)
	}
}

// Evaluate fills in f and ∇f at the positions.
func (s *State) Evaluate(ev Evaluator) {
	if wide, ok := ev.(Evaluator64); ok {
		wide.LogDensityAndGradient64(s.F, s.Grad, s.Z)
		return
	}
	ev.LogDensityAndGradient(s.narrow, s.Grad, s.Z)
	s.widen()
}

// evaluateValue fills in f alone where that is cheaper.
func (s *State) evaluateValue(ev Evaluator) {
	_, wide := ev.(Evaluator64)
	values, cheap := ev.(ValueEvaluator)
	if wide || !cheap {
		s.Evaluate(ev)
		return
	}
	values.LogDensity(s.narrow, s.Z)
	s.widen()
}

func (s *State) widen() {
	for i, f := range s.narrow {
		s.F[i] = float64(f)
	}
}

// Info is what a step tells beside the new state.
type Info struct {
	// Acceptance is each chain's probability of accepting its proposal; nil
	// where the kernel has no accept step. It is overwritten by the next step.
	Acceptance []float32
}

// Kernel is a pure Markov step: its result depends on the key, the state and f
// alone. A kernel is immutable and serves any number of goroutines. NewKernel
// makes those of this package; NewKernelPool runs any.
type Kernel interface {
	// NewState returns a state for n chains of dim coordinates, with room for
	// what the kernel works with.
	NewState(n, dim int) *State
	// Init fills in f and ∇f at s.Z.
	Init(ev Evaluator, s *State)
	// Step moves every chain of s, which Init has seen, once. key gives the seed,
	// the number of the block's first chain and the number of the step; the
	// kernel sets the purpose.
	Step(key tensor.Key, ev Evaluator, s *State) Info
}

func noise(key tensor.Key, purpose tensor.Purpose) chain.Noise {
	key.Purpose = purpose
	return key.Noise()
}

// unadjusted is the one formula: langevin, anila and gd.
type unadjusted struct {
	update               chain.Update
	fullDrift, correct   bool
	driftFall, noiseFall float64
	steps                int // over which they fall
	clamp                float32
}

func newUnadjusted(c Config, u chain.Update) Kernel {
	return &unadjusted{u, c.DriftForm == "full", c.Correct, c.DriftFall, c.NoiseFall, c.Steps, float32(c.Clamp)}
}

func (k *unadjusted) NewState(n, dim int) *State {
	s := NewState(n, dim)
	if k.correct {
		s.memory = Memory{Root: make([]float32, n*dim), Noise: make([]float32, n*dim)}
	}
	return s
}

func (k *unadjusted) Init(ev Evaluator, s *State) {
	s.memory.Taken = 0
	clear(s.memory.Root)
	clear(s.memory.Noise)
	s.Evaluate(ev)
}

func (k *unadjusted) Step(key tensor.Key, ev Evaluator, s *State) Info {
	k.move(key, s)
	s.Evaluate(ev)
	return Info{}
}

// move is a step that leaves f and ∇f where they were.
func (k *unadjusted) move(key tensor.Key, s *State) {
	u := k.update
	u.Random = noise(key, tensor.PurposeLangevin)
	if k.driftFall != 0 || k.noiseFall != 0 {
		part := min(1, float64(s.memory.Taken)/float64(max(1, k.steps-1)))
		u.Drift *= float32(1 - part*k.driftFall)
		u.Noise *= float32(1 - part*k.noiseFall)
		s.memory.Taken++
	}
	if drift := u.Drift; k.fullDrift {
		u.Drift = 0
		s.langevin(s.Z, &u)
		vec.Axpy(s.Z, s.Grad, drift)
	} else {
		s.langevin(s.Z, &u)
	}
	if k.clamp > 0 {
		vec.Clamp(s.Z, k.clamp)
	}
}

func (k *unadjusted) limited(chains []chainStat, grad []float32) {
	countLimited(&k.update, chains, grad)
}
