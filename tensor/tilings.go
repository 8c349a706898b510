package tensor

import (
	"slices"

	"anila/asm/cooktoom"
	"anila/asm/gemm"
)

// A tiling is an algorithm of Cook and Toom or Winograd: tiles of side×side outputs
// of a convolution with taps×taps of stride 1 come from patches of
// (side+taps−1)² inputs with as many products. It takes kernels of Stride·taps,
// padded by 1. Its transforms are those of the matrices A, B and G of package asm;
// channels of a place lie together, and point p of a tile lies point·p floats behind
// point 0.
type tiling struct {
	side, taps int
	stride     int
	whole      bool // the transforms take whole tiles only
	copies     bool // tiles across the image's end go through copies

	// weights transforms sixteen filters, lane by lane; input a patch of inputs; output
	// the products of a tile to outputs.
	weights func(u []float32, point int, w []float32, filter int)
	input   func(v []float32, point int, x []float32, p cooktoom.Places, channels int)
	output  func(y []float32, p cooktoom.Places, m []float32, point int, bias []float32, leak float32, channels int)

	// For an input gradient by the turned kernel, turned is weights with taps in reverse
	// order, and masked output with the mask of a leaky ReLU instead. Otherwise gradient
	// and patch are those of the transposed algorithm: from a tile of output gradients,
	// and to a patch of input gradients.
	turned   func(u []float32, point int, w []float32, filter int)
	masked   func(y []float32, p cooktoom.Places, m []float32, point int, act []float32, leak float32, channels int)
	gradient func(v []float32, point int, dy []float32, p cooktoom.Places, channels int)
	patch    func(dx []float32, p cooktoom.Places, m []float32, point int, act []float32, leak float32, first cooktoom.Edges, channels int)

	// fold adds the weight gradients of sixteen filters, all phases, from the products
	// of inputs with gradients; nil leaves them to windowed.
	fold func(dw []float32, filter int, m []float32, point, phase int)
}

// tilings are the algorithms that work by tiles.
var tilings = map[Algorithm]*tiling{
	CookToom: {
		side: 4, taps: 2, stride: 2, copies: true,
		weights: cooktoom.Weights4x2, input: cookToomInput, output: cookToomOutput,
		gradient: cookToomGradient, patch: cookToomPatch, fold: cooktoom.Taps4x2,
	},
	CookToom2: {
		side: 2, taps: 2, stride: 2,
		weights: cooktoom.Weights2x2, input: cookToom2Input, output: cookToom2Output,
		gradient: cookToom2Gradient, patch: cookToom2Patch, fold: cooktoom.Taps2x2,
	},
	Winograd: {
		side: 2, taps: 3, stride: 1, whole: true,
		weights: winogradWeights, input: winogradInput, output: winogradOutput,
		turned: winogradTurned, masked: winogradMasked,
	},
}

// patchSide is the side of a patch.
func (t *tiling) patchSide() int { return t.side + t.taps - 1 }

// fits reports whether the transforms cover a shape on the tier in force.
func (t *tiling) fits(c Conv) bool {
	_, nr := gemm.Tile()
	kernel := t.taps * t.stride
	return c.KernelH == kernel && c.KernelW == kernel && c.Stride == t.stride && c.Padding == 1 &&
		c.InC%16 == 0 && c.OutC%16 == 0 && t.stride*t.stride*c.InC%nr == 0 && c.OutC%nr == 0 &&
		(!t.whole || c.OutH()%t.side == 0 && c.OutW()%t.side == 0)
}

// cost is the work of an image and a direction in products, with those that a
// transform of a channel of a point would take the time of.
func (t *tiling) cost(c Conv, transform int) int {
	k := newTiled(c, t)
	cost := k.rows() * k.points * (k.inputs()*c.OutC + transform*(k.inputs()+c.OutC))
	if t.copies && (c.OutH()%t.side != 0 || c.OutW()%t.side != 0) {
		cost += cost / 16
	}
	return cost
}

// edges are the sides of a patch of so many rows and columns that lie outside the
// image.
func edges(p *cooktoom.Places, side int) (e cooktoom.Edges) {
	if p.Top > 0 {
		e |= cooktoom.EdgeTop
	}
	if p.Left > 0 {
		e |= cooktoom.EdgeLeft
	}
	if p.Bottom < side {
		e |= cooktoom.EdgeBottom
	}
	if p.Right < side {
		e |= cooktoom.EdgeRight
	}
	return e
}

func cookToom2Input(v []float32, point int, x []float32, p cooktoom.Places, channels int) {
	cooktoom.Input2x2(v, point, x, &p, channels)
}

func cookToom2Output(y []float32, p cooktoom.Places, m []float32, point int, bias []float32, leak float32, channels int) {
	cooktoom.Output2x2(y, &p, m, point, bias, leak, channels)
}

func cookToom2Gradient(v []float32, point int, dy []float32, p cooktoom.Places, channels int) {
	cooktoom.Gradient2x2(v, point, dy, &p, channels)
}

func cookToom2Patch(dx []float32, p cooktoom.Places, m []float32, point int, act []float32, leak float32, first cooktoom.Edges, channels int) {
	cooktoom.Patch2x2(dx, &p, m, point, act, leak, first, channels)
}

func winogradInput(v []float32, point int, x []float32, p cooktoom.Places, channels int) {
	cooktoom.Input2x3(v, point, x, p.Origin, p.Row, p.Column, edges(&p, 4), channels)
}

func winogradOutput(y []float32, p cooktoom.Places, m []float32, point int, bias []float32, leak float32, channels int) {
	cooktoom.Output2x3(y, p.Origin, p.Row, p.Column, m, point, bias, leak, channels)
}

func winogradMasked(y []float32, p cooktoom.Places, m []float32, point int, act []float32, leak float32, channels int) {
	cooktoom.Masked2x3(y, p.Origin, p.Row, p.Column, m, point, act, leak, channels)
}

func winogradWeights(u []float32, point int, w []float32, filter int) {
	for l := range 16 {
		winogradFilter(u[l:], point, (*[9]float32)(w[l*filter:]))
	}
}

func winogradTurned(u []float32, point int, w []float32, filter int) {
	for l := range 16 {
		g := [9]float32(w[l*filter:])
		slices.Reverse(g[:])
		winogradFilter(u[l:], point, &g)
	}
}

// winogradFilter is G·g·Gᵀ with G by rows (1 0 0), (½ ½ ½), (½ −½ ½), (0 0 1).
func winogradFilter(u []float32, point int, g *[9]float32) {
	column := func(a, b, c float32) [4]float32 {
		return [4]float32{a, (a + c + b) * 0.5, (a + c - b) * 0.5, c}
	}
	left, middle, right := column(g[0], g[3], g[6]), column(g[1], g[4], g[7]), column(g[2], g[5], g[8])
	for i := range left {
		for j, v := range column(left[i], middle[i], right[i]) {
			u[(4*i+j)*point] = v
		}
	}
}
