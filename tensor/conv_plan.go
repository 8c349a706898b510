package tensor

import (
	"fmt"

	"anila/asm/gemm"
)

// ConvPlan says how a convolution is computed on the tier that was in force
// when it was made. It is immutable and may be shared.
type ConvPlan struct {
	Conv
	algorithm Algorithm
	mr, nr    int // of the matrix kernel
	method    method
	sums      weightMethod
}

// A method computes a convolution and its input gradient: windowed, thin or tiled.
type method interface {
	// packedSizes are the lengths of the packed weights of the two directions;
	// pack writes them.
	packedSizes() (forward, backward int)
	pack(forward, backward, oihw []float32, team *Workers)

	// scratch is the room that a call of n images by so many workers needs.
	scratch(n, workers int) int
	forward(c call)
	inputGradient(c call)

	// splits and rows are ConvPlan's Splits and Rows.
	splits() bool
	rows() int
}

// A weightMethod computes weight gradients: windowed or tiled.
type weightMethod interface {
	weightScratch(workers int) int
	weightGradient(c weightCall)
}

// call is a forward pass or input gradient of n images.
type call struct {
	dst, src []float32
	n        int
	weights  []float32 // packed for the direction
	gemm.Epilogue
	scratch []float32
	team    *Workers
}

// weightCall is a weight gradient of n images.
type weightCall struct {
	dw, db, x, dy []float32
	n             int
	scratch       []float32
	team          *Workers
}

// NewConvPlan plans a convolution. It panics when the shape is impossible.
func NewConvPlan(c Conv) *ConvPlan {
	c.check()
	a, _ := ChooseAlgorithm(c)
	return newConvPlan(c, a)
}

// NewConvPlanWith plans a convolution by a given algorithm, one of
// Algorithms(c).
func NewConvPlanWith(c Conv, algorithm Algorithm) *ConvPlan {
	c.check()
	if !algorithm.fits(c) {
		panic(fmt.Sprintf("tensor: %v does not fit %v", algorithm, c))
	}
	return newConvPlan(c, algorithm)
}

func newConvPlan(c Conv, algorithm Algorithm) *ConvPlan {
	p := &ConvPlan{Conv: c, algorithm: algorithm}
	p.mr, p.nr = gemm.Tile()
	direct := newWindowed(c)
	p.method, p.sums = direct, direct
	switch t := tilings[algorithm]; {
	case t != nil:
		k := newTiled(c, t)
		p.method = k
		if t.sums {
			p.sums = k
		}
	case thinFits(c):
		p.method = newThin(direct)
	}
	return p
}

// String names the shape and the algorithm.
func (p *ConvPlan) String() string {
	return fmt.Sprintf("%s %s %d×%d", p.Conv, p.algorithm, p.mr, p.nr)
}

// Algorithm is the algorithm that the plan uses.
func (p *ConvPlan) Algorithm() Algorithm { return p.algorithm }

// ConvWeights are a convolution's parameters in the form that its plan
// multiplies with. Between calls of Pack they are read-only and may be shared
// by workers.
type ConvWeights struct {
	plan                    *ConvPlan
	forward, backward, bias []float32
}

// NewWeights makes room for packed weights, all zero.
func (p *ConvPlan) NewWeights() *ConvWeights {
	forward, backward := p.method.packedSizes()
	return &ConvWeights{p, alignedFloats(forward), alignedFloats(backward), alignedFloats(p.OutC)}
}

// Pack takes new parameters: weights [OutC][InC][KernelH][KernelW] and bias
// [OutC], or nil for none. The work of large layers is split over a team, here and
// below; nil is the calling goroutine alone.
func (w *ConvWeights) Pack(oihw, bias []float32, team *Workers) {
	mustLen("weights", len(oihw), w.plan.WeightSize())
	clear(w.bias)
	if bias != nil {
		mustLen("bias", len(bias), w.plan.OutC)
		copy(w.bias, bias)
	}
	w.plan.method.pack(w.forward, w.backward, oihw, team)
}

// PackedSize is the number of floats of packed weights that one direction
// reads.
func (p *ConvPlan) PackedSize() int {
	forward, _ := p.method.packedSizes()
	return forward
}

// Splits reports whether Forward and InputGradient have work for more than one
// worker.
func (p *ConvPlan) Splits() bool { return p.method.splits() }

// Rows is the number of rows of the matrix products with the weights that an
// image has: output places, or tiles of them.
func (p *ConvPlan) Rows() int { return p.method.rows() }

// Scratch is the number of floats that Forward and InputGradient of n images by a
// team need.
func (p *ConvPlan) Scratch(n int, team *Workers) int { return p.method.scratch(n, team.Count()) }

// Forward computes y = leakyReLU(conv(x) + bias): x is [n][InH][InW][InC], y is
// [n][OutH][OutW][OutC], 0 ≤ leak ≤ 1 and 1 is the identity. scratch has
// Scratch(n, team) floats. y must not overlap x. A team splits the work by places
// and channels and never within a sum: the bits are those of one worker.
func (p *ConvPlan) Forward(y, x []float32, n int, w *ConvWeights, leak float32, scratch []float32, team *Workers) {
	mustLen("y", len(y), n*p.OutSize())
	mustLen("x", len(x), n*p.InSize())
	w.must(p, leak)
	p.method.forward(call{y, x, n, w.forward, gemm.Epilogue{Bias: w.bias, Leak: leak}, scratch, team})
}

// InputGradient computes dx = (transposed convolution of dy) · mask. dy,
// [n][OutH][OutW][OutC], is the gradient with respect to the convolution's sum,
// before its activation. act, [n][InH][InW][InC], is the convolution's input
// when that is the output of a leaky ReLU with this leak: the mask is 1 where
// act > 0 and leak elsewhere; with act nil there is none. scratch and team are as
// in Forward.
func (p *ConvPlan) InputGradient(dx, dy []float32, n int, w *ConvWeights, act []float32, leak float32, scratch []float32, team *Workers) {
	mustLen("dx", len(dx), n*p.InSize())
	mustLen("dy", len(dy), n*p.OutSize())
	w.must(p, leak)
	if act != nil {
		mustLen("act", len(act), n*p.InSize())
	} else {
		leak = 1
	}
	p.method.inputGradient(call{dx, dy, n, w.backward, gemm.Epilogue{Act: act, Leak: leak}, scratch, team})
}

// WeightScratch is the number of floats that WeightGradient by a team needs.
func (p *ConvPlan) WeightScratch(team *Workers) int { return p.sums.weightScratch(team.Count()) }

// WeightGradient adds the gradient of Σ dy·conv(x) with respect to the weights
// to dw [OutC][InC][KernelH][KernelW] and, unless db is nil, that with respect
// to the bias to db [OutC], for n images. The work is split over outputs, each
// summed over the images in their order by one worker, so that the bits do not
// depend on the team. scratch has WeightScratch(team) floats.
func (p *ConvPlan) WeightGradient(dw, db, x, dy []float32, n int, scratch []float32, team *Workers) {
	mustLen("dw", len(dw), p.WeightSize())
	mustLen("x", len(x), n*p.InSize())
	mustLen("dy", len(dy), n*p.OutSize())
	if db != nil {
		mustLen("db", len(db), p.OutC)
	}
	p.sums.weightGradient(weightCall{dw, db, x, dy, n, scratch, team})
}

// must holds weights and leak of a call to its plan.
func (w *ConvWeights) must(p *ConvPlan, leak float32) {
	if w.plan != p {
		panic("tensor: weights of another convolution plan")
	}
	if !(leak >= 0 && leak <= 1) {
		panic(fmt.Sprintf("tensor: leak %v outside [0, 1]", leak))
	}
}

// mustLen panics when a slice is not as long as its shape says.
func mustLen(name string, have, want int) {
	if have != want {
		panic(fmt.Sprintf("tensor: %s has %d floats, the shape needs %d", name, have, want))
	}
}

func roundUp(n, m int) int { return (n + m - 1) / m * m }
