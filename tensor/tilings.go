package tensor

import (
	"anila/asm/cooktoom"
	"anila/asm/gemm"
)

// A tiling is an algorithm of Cook and Toom or Winograd: tiles of side×side outputs
// of a convolution with taps×taps of stride 1 come from patches of (side+taps−1)²
// inputs with as many products. It takes kernels of stride·taps, padded by 1. Its
// transforms are those of package cooktoom; channels of a place lie together, and
// point p of a tile lies point·p floats behind point 0.
type tiling struct {
	algorithm  Algorithm
	side, taps int
	stride     int
	whole      bool // the transforms take whole tiles only
	copies     bool // tiles across the image's end go through copies
	turned     bool // the input gradient is a forward pass with the kernel turned by 180°
	sums       bool // there is a weight gradient; without, windowed has it
	runs       bool // the transforms take runs of tiles
}

// tilings are the algorithms that work by tiles.
var tilings = map[Algorithm]*tiling{
	CookToom:  {algorithm: CookToom, side: 4, taps: 2, stride: 2, copies: true, sums: true},
	CookToom2: {algorithm: CookToom2, side: 2, taps: 2, stride: 2, sums: true},
	Winograd:  {algorithm: Winograd, side: 2, taps: 3, stride: 1, whole: true, turned: true},
	Winograd4: {algorithm: Winograd4, side: 4, taps: 3, stride: 1, turned: true, sums: true, runs: true},
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

// weights writes U = G·g·Gᵀ of sixteen filters, lane by lane, turned by 180° where
// backward and the tiling say so.
func (t *tiling) weights(u []float32, point int, w []float32, filter int, backward bool) {
	switch t.algorithm {
	case CookToom:
		cooktoom.Weights4x2(u, point, w, filter)
	case CookToom2:
		cooktoom.Weights2x2(u, point, w, filter)
	case Winograd:
		cooktoom.Weights2x3(u, point, w, filter, backward)
	case Winograd4:
		cooktoom.Weights4x3(u, point, w, filter, backward)
	}
}

// input writes Bᵀ·d·B of the patches of a run, one tile where the tiling takes no runs,
// here and below.
func (t *tiling) input(v []float32, point int, x []float32, p *cooktoom.Places, channels int, run cooktoom.Run) {
	switch t.algorithm {
	case CookToom:
		cooktoom.Input4x2(v, point, x, p, channels)
	case CookToom2:
		cooktoom.Input2x2(v, point, x, p, channels)
	case Winograd:
		cooktoom.Input2x3(v, point, x, p, channels)
	case Winograd4:
		cooktoom.Input4x3(v, point, x, p, channels, run)
	}
}

// output writes leakyReLU(Aᵀ·m·A + bias) of the products of a tile or, without bias,
// Aᵀ·m·A with the mask of a leaky ReLU: an input gradient by a turned kernel.
func (t *tiling) output(y []float32, p *cooktoom.Places, m []float32, point int, e *gemm.Epilogue, channels int, run cooktoom.Run) {
	switch t.algorithm {
	case CookToom:
		cooktoom.Output4x2(y, p, m, point, e.Bias, e.Leak, channels)
	case CookToom2:
		cooktoom.Output2x2(y, p, m, point, e.Bias, e.Leak, channels)
	case Winograd:
		if e.Bias != nil {
			cooktoom.Output2x3(y, p, m, point, e.Bias, e.Leak, channels)
		} else {
			cooktoom.Masked2x3(y, p, m, point, e.Act, e.Leak, channels)
		}
	case Winograd4:
		if e.Bias != nil {
			cooktoom.Output4x3(y, p, m, point, e.Bias, e.Leak, channels, run)
		} else {
			cooktoom.Masked4x3(y, p, m, point, e.Act, e.Leak, channels, run)
		}
	}
}

// gradient writes A·y·Aᵀ of a tile of output gradients.
func (t *tiling) gradient(v []float32, point int, dy []float32, p *cooktoom.Places, channels int, run cooktoom.Run) {
	switch t.algorithm {
	case CookToom:
		cooktoom.Gradient4x2(v, point, dy, p, channels)
	case CookToom2:
		cooktoom.Gradient2x2(v, point, dy, p, channels)
	case Winograd4:
		cooktoom.Gradient4x3(v, point, dy, p, channels, run)
	}
}

// patch adds B·m·Bᵀ to a patch of input gradients, for kernels that are not turned.
func (t *tiling) patch(dx []float32, p *cooktoom.Places, m []float32, point int, e *gemm.Epilogue, first cooktoom.First, channels int) {
	switch t.algorithm {
	case CookToom:
		cooktoom.Patch4x2(dx, p, m, point, e.Act, e.Leak, first, channels)
	case CookToom2:
		cooktoom.Patch2x2(dx, p, m, point, e.Act, e.Leak, first, channels)
	}
}

// fold adds the weight gradients of sixteen filters, all phases, Gᵀ·m·G.
func (t *tiling) fold(dw []float32, filter int, m []float32, point, phase int) {
	switch t.algorithm {
	case CookToom:
		cooktoom.Taps4x2(dw, filter, m, point, phase)
	case CookToom2:
		cooktoom.Taps2x2(dw, filter, m, point, phase)
	case Winograd4:
		cooktoom.Taps4x3(dw, filter, m, point)
	}
}
