package tensor

import (
	"fmt"

	"anila/asm/gemm"
)

// ConvPlan says how a convolution is computed on the tier that was in force
// when it was made. It is immutable and may be shared.
type ConvPlan struct {
	Conv
	mr, nr   int
	forward  window
	phases   []window  // input gradient
	cookToom *cookToom // or winograd; both nil: implicit matrix product
	winograd *winograd
	thin     *thinGradient
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
	p := &ConvPlan{Conv: c}
	p.mr, p.nr = gemm.Tile()
	switch algorithm {
	case CookToom, CookToom2:
		p.cookToom = newCookToom(c, p.nr, algorithm.side())
	case Winograd:
		p.winograd = newWinograd(c, p.nr)
	}
	p.forward = window{
		srcH: c.InH, srcW: c.InW, channels: c.InC, outH: c.OutH(), outW: c.OutW(), step: c.Stride,
		top: -c.Padding, left: -c.Padding, tapsH: c.KernelH, tapsW: c.KernelW,
		dstW: c.OutW(), dstStep: 1, dstSize: c.OutSize(), columns: c.OutC,
	}
	if algorithm == ImplicitGEMM && thinGradientFits(c) {
		p.thin = &thinGradient{Conv: c, columns: roundUp(9*c.InC, p.nr)}
	}
	if c.wholeImage() {
		// One place, whose columns are all floats of the image.
		p.phases = []window{{
			srcH: 1, srcW: 1, channels: c.OutC, step: 1, outH: 1, outW: 1, tapsH: 1, tapsW: 1,
			dstW: 1, dstStep: 1, dstSize: c.InSize(), columns: c.InSize(),
		}}
		return p
	}
	for py := range min(c.Stride, c.InH) {
		for px := range min(c.Stride, c.InW) {
			tapsH, top := c.phase(py, c.KernelH)
			tapsW, left := c.phase(px, c.KernelW)
			p.phases = append(p.phases, window{
				srcH: c.OutH(), srcW: c.OutW(), channels: c.OutC, step: 1,
				outH: (c.InH-py-1)/c.Stride + 1, outW: (c.InW-px-1)/c.Stride + 1,
				top: top, left: left, tapsH: tapsH, tapsW: tapsW,
				dstW: c.InW, dstStep: c.Stride, dstTop: py, dstLeft: px, dstSize: c.InSize(), columns: c.InC,
			})
		}
	}
	return p
}

// phase gives the taps that reach input places ≡ phase (mod Stride), and where
// the first of them lies in the output for the first such place. Going up in
// the output goes down in the kernel.
func (c Conv) phase(phase, kernel int) (taps, first int) {
	k := (phase + c.Padding) % c.Stride
	if k < kernel {
		taps = (kernel-k-1)/c.Stride + 1
	}
	return taps, (phase+c.Padding-k)/c.Stride - (taps - 1)
}

// String names the shape and the algorithm.
func (p *ConvPlan) String() string {
	return fmt.Sprintf("%s %s %d×%d", p.Conv, p.Algorithm(), p.mr, p.nr)
}

// Algorithm is the algorithm that the plan uses.
func (p *ConvPlan) Algorithm() Algorithm {
	switch {
	case p.cookToom != nil && p.cookToom.side == 2:
		return CookToom2
	case p.cookToom != nil:
		return CookToom
	case p.winograd != nil:
		return Winograd
	}
	return ImplicitGEMM
}

// ConvWeights are a convolution's parameters in the form that its plan
// multiplies with. Between calls of Pack they are read-only and may be shared
// by workers.
type ConvWeights struct {
	plan     *ConvPlan
	forward  []float32
	phases   [][]float32 // implicit matrix product
	backward []float32   // otherwise
	bias     []float32
}

// NewWeights makes room for packed weights, all zero.
func (p *ConvPlan) NewWeights() *ConvWeights {
	w := &ConvWeights{plan: p, bias: alignedFloats(p.OutC)}
	if k := p.cookToom; k != nil {
		w.forward, w.backward = alignedFloats(k.weightSize()), alignedFloats(k.weightSize())
		return w
	}
	if k := p.winograd; k != nil {
		w.forward, w.backward = alignedFloats(k.weightSize()), alignedFloats(k.weightSize())
		return w
	}
	w.forward = alignedFloats(p.forward.packedSize(p.nr))
	if p.thin != nil {
		w.backward = alignedFloats(p.OutC * p.thin.columns)
		return w
	}
	for i := range p.phases {
		w.phases = append(w.phases, alignedFloats(p.phases[i].packedSize(p.nr)))
	}
	return w
}

// Pack takes new parameters: weights [OutC][InC][KernelH][KernelW] and bias
// [OutC], or nil for none.
func (w *ConvWeights) Pack(oihw, bias []float32) {
	c := w.plan.Conv
	mustLen("weights", len(oihw), c.WeightSize())
	clear(w.bias)
	if bias != nil {
		mustLen("bias", len(bias), c.OutC)
		copy(w.bias, bias)
	}
	if k := w.plan.cookToom; k != nil {
		for t := range k.packTasks() {
			k.pack(w.forward, w.backward, oihw, t)
		}
		return
	}
	if k := w.plan.winograd; k != nil {
		for t := range k.packTasks() {
			k.pack(w.forward, w.backward, oihw, t)
		}
		return
	}
	at := func(o, i, y, x int) float32 {
		return oihw[((o*c.InC+i)*c.KernelH+y)*c.KernelW+x]
	}
	w.plan.forward.pack(w.forward, w.plan.nr, func(t, u, i, o int) float32 { return at(o, i, t, u) })
	if w.plan.thin != nil {
		w.plan.thin.pack(w.backward, oihw, w.plan.nr)
	}
	if c.wholeImage() {
		w.plan.phases[0].pack(w.phases[0], w.plan.nr, func(_, _, o, place int) float32 {
			return at(o, place%c.InC, place/c.InC/c.InW, place/c.InC%c.InW)
		})
		return
	}
	for n := range w.phases {
		g := &w.plan.phases[n]
		ky, kx := (g.dstTop+c.Padding)%c.Stride, (g.dstLeft+c.Padding)%c.Stride
		g.pack(w.phases[n], w.plan.nr, func(t, u, o, i int) float32 {
			return at(o, i, ky+c.Stride*(g.tapsH-1-t), kx+c.Stride*(g.tapsW-1-u))
		})
	}
}

// PackWith is Pack with the work of large layers spread over a pool.
func (w *ConvWeights) PackWith(oihw, bias []float32, pool *Workers) {
	k := w.plan.cookToom
	if k == nil || pool.Count() == 1 {
		w.Pack(oihw, bias)
		return
	}
	mustLen("weights", len(oihw), w.plan.WeightSize())
	clear(w.bias)
	if bias != nil {
		mustLen("bias", len(bias), w.plan.OutC)
		copy(w.bias, bias)
	}
	pool.Run(k.packTasks(), func(_, t int) { k.pack(w.forward, w.backward, oihw, t) })
}

// PackedSize is the number of floats of packed weights that one direction
// reads.
func (p *ConvPlan) PackedSize() int {
	if p.cookToom != nil {
		return p.cookToom.weightSize()
	}
	if p.winograd != nil {
		return p.winograd.weightSize()
	}
	return p.forward.packedSize(p.nr)
}

// Scratch is the number of floats that Forward and InputGradient of n images
// need.
func (p *ConvPlan) Scratch(n int) int { return p.ScratchWith(n, nil) }

// Forward computes y = leakyReLU(conv(x) + bias): x is [n][InH][InW][InC], y is
// [n][OutH][OutW][OutC], 0 ≤ leak ≤ 1 and 1 is the identity. scratch has
// Scratch(n) floats. y must not overlap x.
func (p *ConvPlan) Forward(y, x []float32, n int, w *ConvWeights, leak float32, scratch []float32) {
	p.ForwardWith(y, x, n, w, leak, scratch, nil)
}

// InputGradient computes dx = (transposed convolution of dy) · mask. dy,
// [n][OutH][OutW][OutC], is the gradient with respect to the convolution's sum,
// before its activation. act, [n][InH][InW][InC], is the convolution's input
// when that is the output of a leaky ReLU with this leak: the mask is 1 where
// act > 0 and leak elsewhere; with act nil there is none.
func (p *ConvPlan) InputGradient(dx, dy []float32, n int, w *ConvWeights, act []float32, leak float32, scratch []float32) {
	p.InputGradientWith(dx, dy, n, w, act, leak, scratch, nil)
}

// Splits reports whether ForwardWith and InputGradientWith have work for more
// than one worker.
func (p *ConvPlan) Splits() bool {
	if p.cookToom != nil || p.winograd != nil || p.thin != nil {
		return p.cookToom != nil
	}
	return p.forward.ready() && p.phases[0].ready() && !p.forward.dots() && !p.phases[0].dots()
}

// Rows is the number of rows of the matrix products with the weights that an
// image has: output places, or tiles of them.
func (p *ConvPlan) Rows() int {
	if k := p.cookToom; k != nil {
		return k.tilesH * k.tilesW
	}
	if k := p.winograd; k != nil {
		return k.tilesH * k.tilesW
	}
	return p.OutH() * p.OutW()
}

// ScratchWith is the number of floats that ForwardWith and InputGradientWith of
// n images need.
func (p *ConvPlan) ScratchWith(n int, team *Workers) int {
	if k := p.cookToom; k != nil {
		return k.scratch(k.rows(n, team.Count()))
	}
	if p.winograd != nil {
		return p.winograd.scratch()
	}
	s := p.forward.scratch(p.nr)
	if p.thin != nil {
		return max(s, p.thin.scratch())
	}
	for i := range p.phases {
		s = max(s, p.phases[i].scratch(p.nr))
	}
	return s
}

// ForwardWith is Forward with the work of large layers split over a team, by
// tiles, points and channels and never within a sum: the bits are the same.
func (p *ConvPlan) ForwardWith(y, x []float32, n int, w *ConvWeights, leak float32, scratch []float32, team *Workers) {
	p.checkRun("y", len(y), n*p.OutSize(), "x", len(x), n*p.InSize(), w, leak)
	if p.cookToom != nil {
		p.cookToom.run(y, x, n, w.forward, w.bias, nil, leak, scratch, team)
		return
	}
	if k := p.winograd; k != nil {
		k.run(y, x, n, w.forward, k.InC, k.OutC, w.bias, nil, leak, scratch)
		return
	}
	p.forward.runWith(y, x, n, w.forward, p.nr, gemm.Epilogue{Bias: w.bias, Leak: leak}, scratch, team)
}

// InputGradientWith is InputGradient split over a team as in ForwardWith.
func (p *ConvPlan) InputGradientWith(dx, dy []float32, n int, w *ConvWeights, act []float32, leak float32, scratch []float32, team *Workers) {
	p.checkRun("dx", len(dx), n*p.InSize(), "dy", len(dy), n*p.OutSize(), w, leak)
	if act != nil {
		mustLen("act", len(act), n*p.InSize())
	} else {
		leak = 1
	}
	if p.cookToom != nil {
		p.cookToom.run(dx, dy, n, w.backward, nil, act, leak, scratch, team)
		return
	}
	if k := p.winograd; k != nil {
		k.run(dx, dy, n, w.backward, k.OutC, k.InC, nil, act, leak, scratch)
		return
	}
	if p.thin != nil {
		p.thin.run(dx, dy, n, w.backward, p.nr, act, leak, scratch)
		return
	}
	for i := range p.phases {
		p.phases[i].runWith(dx, dy, n, w.phases[i], p.nr, gemm.Epilogue{Act: act, Leak: leak}, scratch, team)
	}
}

func (p *ConvPlan) checkRun(a string, lenA, wantA int, b string, lenB, wantB int, w *ConvWeights, leak float32) {
	mustLen(a, lenA, wantA)
	mustLen(b, lenB, wantB)
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
