package tensor

import (
	"fmt"

	"anila/asm/reduce"
	"anila/asm/vec"
)

// Pooling is the shape of a pooling over NHWC images without padding; places
// at the end that fill no window are left out.
type Pooling struct {
	InH, InW, Channels int
	Size, Stride       int
}

// OutH is the height of the output.
func (p Pooling) OutH() int { return (p.InH-p.Size)/p.Stride + 1 }

// OutW is the width of the output.
func (p Pooling) OutW() int { return (p.InW-p.Size)/p.Stride + 1 }

func (p Pooling) check(n, in, out int) {
	if min(p.Channels, p.Size, p.Stride) < 1 || p.InH < p.Size || p.InW < p.Size {
		panic(fmt.Sprintf("tensor: impossible pooling %+v", p))
	}
	mustLen("input", in, n*p.InH*p.InW*p.Channels)
	mustLen("output", out, n*p.OutH()*p.OutW()*p.Channels)
}

// windows calls f with the input and output offsets of each window.
func (p Pooling) windows(n int, f func(in, out int)) {
	out := 0
	for i := range n {
		for y := range p.OutH() {
			for x := range p.OutW() {
				f(((i*p.InH+y*p.Stride)*p.InW+x*p.Stride)*p.Channels, out)
				out += p.Channels
			}
		}
	}
}

// pairs reports whether windows are 2×2, side by side.
func (p Pooling) pairs() bool { return p.Size == 2 && p.Stride == 2 }

// rowPair returns the two rows of 2×2 windows in row i, counted through all
// images.
func (p Pooling) rowPair(x []float32, i int) (x0, x1 []float32) {
	line, row := p.InW*p.Channels, p.OutW()*2*p.Channels
	at := (i/p.OutH()*p.InH + i%p.OutH()*2) * line
	return x[at:][:row], x[at+line:][:row]
}

// AvgPool writes the mean of each window to y.
func AvgPool(y, x []float32, n int, p Pooling) {
	p.check(n, len(x), len(y))
	if p.pairs() {
		out := p.OutW() * p.Channels
		for i := range n * p.OutH() {
			x0, x1 := p.rowPair(x, i)
			reduce.AvgPool2(y[i*out:(i+1)*out], x0, x1, p.Channels)
		}
		return
	}
	scale := 1 / float32(p.Size*p.Size)
	p.windows(n, func(in, out int) {
		mean := y[out:][:p.Channels]
		clear(mean)
		for k := range p.Size * p.Size {
			vec.Add(mean, x[in+(k/p.Size*p.InW+k%p.Size)*p.Channels:][:p.Channels])
		}
		vec.Scale(mean, scale)
	})
}

// AvgPoolGradient writes the gradient with respect to AvgPool's input, multiplied by
// the slope of an activation, laid out as dx, unless that is nil.
func AvgPoolGradient(dx, dy, slope []float32, n int, p Pooling) {
	p.check(n, len(dx), len(dy))
	if slope != nil {
		mustLen("slope", len(slope), len(dx))
	}
	if p.pairs() {
		if p.InH%2+p.InW%2 != 0 {
			clear(dx)
		}
		out := p.OutW() * p.Channels
		for i := range n * p.OutH() {
			dx0, dx1 := p.rowPair(dx, i)
			reduce.AvgPool2Gradient(dx0, dx1, dy[i*out:(i+1)*out], p.Channels)
			if slope != nil {
				s0, s1 := p.rowPair(slope, i)
				vec.Mul(dx0, dx0, s0)
				vec.Mul(dx1, dx1, s1)
			}
		}
		return
	}
	scale := 1 / float32(p.Size*p.Size)
	clear(dx)
	p.windows(n, func(in, out int) {
		for k := range p.Size * p.Size {
			vec.Axpy(dx[in+(k/p.Size*p.InW+k%p.Size)*p.Channels:][:p.Channels], dy[out:][:p.Channels], scale)
		}
	})
	if slope != nil {
		vec.Mul(dx, dx, slope)
	}
}
