package nn

import "anila/tensor"

// An op is one kind of node. Its forward and its vector-Jacobian product stand
// beside each other in the op's file. Slices hold n images, one after the other.
type op interface {
	name() string

	// forward computes y from the inputs x.
	forward(y []float32, x [][]float32, n int, _ resources)

	// vjp writes dx = (∂y/∂x[k])ᵀ·dy, overwriting dx. Only the slices that
	// reads(k) names are given; the others are nil.
	vjp(k int, dx, dy []float32, x [][]float32, y []float32, n int, _ resources)

	// reads says which values vjp(k, …) looks at.
	reads(k int) valueReads

	// scratch returns the floats of scratch that forward and vjp by a team want.
	scratch(n int, team *tensor.Workers) int
}

// resources are what forward and vjp work with.
type resources struct {
	scratch []float32       // as long as the op's scratch says
	team    *tensor.Workers // nil for the calling goroutine alone

	// In forward, slope is where the derivative of the op's swish goes. In vjp it
	// is that of the swish before the op, where dx is to be multiplied by it, and
	// add is a gradient that comes to dx first. Both are nil otherwise.
	slope, add []float32
}

// valueReads says what a vector-Jacobian product needs from the forward pass.
type valueReads struct {
	inputs []int // positions of the inputs whose values it reads
	output bool  // whether it reads the op's own output
}

// noScratch is embedded by ops that want no scratch.
type noScratch struct{}

func (noScratch) scratch(int, *tensor.Workers) int { return 0 }

// linear is embedded by linear ops: their vector-Jacobian products read no value, and they want no scratch.
type linear struct{ noScratch }

func (linear) reads(int) valueReads { return valueReads{} }

// An initializer says how a parameter starts, in the way of PyTorch's layers.
type initializer struct {
	bound float64 // uniform on ±bound; 0 means zeros
}
