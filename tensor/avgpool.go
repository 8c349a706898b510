package tensor

import (
	"fmt"

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

// AvgPool writes the mean of each window to y.
func AvgPool(y, x []float32, n int, p Pooling) {
	p.check(n, len(x), len(y))
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

// AvgPoolGradient writes the gradient with respect to AvgPool's input.
func AvgPoolGradient(dx, dy []float32, n int, p Pooling) {
	p.check(n, len(dx), len(dy))
	scale := 1 / float32(p.Size*p.Size)
	clear(dx)
	p.windows(n, func(in, out int) {
		for k := range p.Size * p.Size {
			vec.Axpy(dx[in+(k/p.Size*p.InW+k%p.Size)*p.Channels:][:p.Channels], dy[out:][:p.Channels], scale)
		}
	})
}
