package tensor

import (
	"fmt"

	"anila/asm/gemm"
	"anila/asm/vec"
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
	// forward and inputGradient write the sums with the gemm.Epilogue, and call
	// finish for them.
	forward(c call)
	inputGradient(c call)

	// splits and rows are ConvPlan's Splits and Rows.
	splits() bool
	rows() int
}

// A weightMethod computes weight gradients: windowed or tiled.
type weightMethod interface {
	weightScratch(team *Workers) int
	weightMemory() int // floats of each worker of a team
	weightGradient(c weightCall)
}

// Epilogue is what becomes of the sums of a convolution while they are in the cache.
// A forward pass gives
//
//	y = leakyReLU(sum + bias)        Leak, 0 ≤ Leak ≤ 1, where 1 is the identity
//	y = u·σ(u), u = sum + bias + Add   with Slope, which gets the derivative
//	y = sum + bias + Add             with Add and without Slope, Leak 1
//
// and an input gradient
//
//	dx = sum · mask        Act, the convolution's input, the output of a leaky ReLU:
//	                       the mask is 1 where it is positive and Leak elsewhere
//	dx = (sum + Add) · Slope       either may be nil, which is nothing
//
// All are laid out as y or dx.
type Epilogue struct {
	Leak            float32
	Act, Add, Slope []float32
}

// call is a forward pass or input gradient of n images.
type call struct {
	dst, src []float32
	n        int
	weights  []float32 // packed for the direction
	gemm.Epilogue
	add, slope []float32
	y          []float32 // of a forward pass with a slope, whose sums go to dst
	scratch    []float32
	team       *Workers
}

// rest reports whether sums wait for the rest of an epilogue.
func (c *call) rest() bool { return c.add != nil || c.slope != nil || c.y != nil }

// finish does the rest for [from, to) of the sums in dst.
func (c *call) finish(from, to int) {
	sum := c.dst[from:to]
	if c.add != nil {
		vec.Add(sum, c.add[from:to])
	}
	switch {
	case c.y != nil:
		vec.Swish(c.y[from:to], sum, sum)
	case c.slope != nil:
		vec.Mul(sum, sum, c.slope[from:to])
	}
}

// weightCall is a weight gradient of n images.
type weightCall struct {
	dw, db, x, dy []float32
	n             int
	scratch       []float32 // with own memory of the caller where there is no team
	team          *Workers
}

// own is the memory of a worker; scratch holds that of one without a team.
func (c *weightCall) own(worker, floats int) []float32 {
	if c.team == nil {
		return c.scratch[:floats]
	}
	return c.team.Memory(worker, floats)
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

// WeightsSize is the number of floats of ConvWeights.
func (p *ConvPlan) WeightsSize() int {
	forward, backward := p.method.packedSizes()
	return forward + backward + p.OutC
}

// Splits reports whether Forward and InputGradient have work for more than one
// worker.
func (p *ConvPlan) Splits() bool { return p.method.splits() }

// Rows is the number of rows of the matrix products with the weights that an
// image has: output places, or tiles of them.
func (p *ConvPlan) Rows() int { return p.method.rows() }

// Scratch is the number of floats that Forward and InputGradient of n images by a
// team need.
func (p *ConvPlan) Scratch(n int, team *Workers) int { return p.method.scratch(n, team.Share()) }

// Forward computes y from conv(x) as the epilogue says: x is [n][InH][InW][InC], y is
// [n][OutH][OutW][OutC]. scratch has Scratch(n, team) floats. y must not overlap
// x. A team splits the work by places and channels and never within a sum: the bits
// are those of one worker.
func (p *ConvPlan) Forward(y, x []float32, n int, w *ConvWeights, e Epilogue, scratch []float32, team *Workers) {
	mustLen("y", len(y), n*p.OutSize())
	mustLen("x", len(x), n*p.InSize())
	w.must(p, e, len(y))
	c := call{dst: y, src: x, n: n, weights: w.forward, Epilogue: gemm.Epilogue{Bias: w.bias, Leak: e.Leak}, add: e.Add, scratch: scratch, team: team}
	if e.Slope != nil {
		c.dst, c.y = e.Slope, y
	}
	if c.rest() {
		c.Leak = 1
	}
	p.method.forward(c)
}

// InputGradient computes dx, [n][InH][InW][InC], from the transposed convolution of
// dy as the epilogue says. dy, [n][OutH][OutW][OutC], is the gradient with respect
// to the convolution's sum, before its activation. scratch and team are as in
// Forward.
func (p *ConvPlan) InputGradient(dx, dy []float32, n int, w *ConvWeights, e Epilogue, scratch []float32, team *Workers) {
	mustLen("dx", len(dx), n*p.InSize())
	mustLen("dy", len(dy), n*p.OutSize())
	w.must(p, e, len(dx))
	if e.Act == nil {
		e.Leak = 1
	}
	p.method.inputGradient(call{
		dst: dx, src: dy, n: n, weights: w.backward, Epilogue: gemm.Epilogue{Act: e.Act, Leak: e.Leak},
		add: e.Add, slope: e.Slope, scratch: scratch, team: team,
	})
}

// WeightScratch is the number of floats that WeightGradient by a team needs.
func (p *ConvPlan) WeightScratch(team *Workers) int { return p.sums.weightScratch(team) }

// WeightMemory is the number of floats that it needs of the Memory of each worker of a
// team: Reserve them.
func (p *ConvPlan) WeightMemory() int { return p.sums.weightMemory() }

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

// must holds weights and epilogue of a call to its plan.
func (w *ConvWeights) must(p *ConvPlan, e Epilogue, size int) {
	if w.plan != p {
		panic("tensor: weights of another convolution plan")
	}
	if !(e.Leak >= 0 && e.Leak <= 1) {
		panic(fmt.Sprintf("tensor: leak %v outside [0, 1]", e.Leak))
	}
	if e.Act != nil && (e.Add != nil || e.Slope != nil) || e.Act == nil && e.Leak != 1 && e.Add != nil {
		panic("tensor: an epilogue with a leaky ReLU and a sum or slope")
	}
	for _, x := range [...]struct {
		name   string
		floats []float32
	}{{"act", e.Act}, {"add", e.Add}, {"slope", e.Slope}} {
		if x.floats != nil {
			mustLen(x.name, len(x.floats), size)
		}
	}
}

// mustLen panics when a slice is not as long as its shape says.
func mustLen(name string, have, want int) {
	if have != want {
		panic(fmt.Sprintf("tensor: %s has %d floats, the shape needs %d", name, have, want))
	}
}

func roundUp(n, m int) int { return (n + m - 1) / m * m }
