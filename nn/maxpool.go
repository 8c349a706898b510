package nn

import (
	"fmt"

	"anila/asm/reduce"
)

// maxPool takes the largest of each size×size window, windows side by side. It
// keeps no argmax: the input has to stay for the mask of the leaky ReLU before it
// anyway, and finding the winner again costs less than another buffer.
type maxPool struct {
	noScratch
	window
	inputLeak float32 // as in conv
}

// window is a division of h×w×c images into size×size windows; rows and columns
// at the end that fill no window are left out.
type window struct{ h, w, c, size int }

func (p window) out() (h, w int) { return p.h / p.size, p.w / p.size }

func newWindow(who string, x *Value, size int) window {
	if size < 1 || size > x.h || size > x.w {
		panic(fmt.Sprintf("nn: %s: windows of %d in an image of %d×%d", who, size, x.h, x.w))
	}
	return window{x.h, x.w, x.c, size}
}

// MaxPool adds max pooling with a size×size window and stride size. Of equal
// candidates the first in row-major order gets the gradient, and a NaN wins, as
// in PyTorch.
func (g *Graph) MaxPool(x *Value, size int) *Value {
	p := &maxPool{window: newWindow("MaxPool", x, size), inputLeak: 1}
	h, w := p.out()
	return g.add(p, h, w, x.c, x)
}

func (p *maxPool) name() string { return "MaxPool" }

func (p *maxPool) forward(y []float32, x [][]float32, n int, _ resources) {
	outH, outW := p.out()
	for i := range n * outH {
		if p.size == 2 {
			x0, x1 := p.rowPair(x[0], i)
			reduce.MaxPool2(y[i*outW*p.c:(i+1)*outW*p.c], x0, x1, p.c)
			continue
		}
		for j := range outW {
			best := y[(i*outW+j)*p.c:][:p.c]
			in := x[0][p.corner(i, j):]
			copy(best, in)
			for k := 1; k < p.size*p.size; k++ {
				for c, v := range in[p.at(k):][:p.c] {
					if v > best[c] || v != v {
						best[c] = v
					}
				}
			}
		}
	}
}

// rowPair returns the two rows of 2×2 windows in row i, counted through all
// images.
func (p window) rowPair(x []float32, i int) (x0, x1 []float32) {
	at, row := p.corner(i, 0), p.w/2*2*p.c
	return x[at : at+row], x[at+p.w*p.c : at+p.w*p.c+row]
}

// corner is the place of the window in row i (counted through all images) and
// column j.
func (p window) corner(i, j int) int {
	outH, _ := p.out()
	return ((i/outH*p.h+i%outH*p.size)*p.w + j*p.size) * p.c
}

// at is the place of the k-th pixel of a window, from its corner.
func (p window) at(k int) int { return (k/p.size*p.w + k%p.size) * p.c }

// vjp: dx = dy at the winner of each window and 0 elsewhere, times the derivative
// of the leaky ReLU before it where the compiler says so.
func (p *maxPool) vjp(k int, dx, dy []float32, x [][]float32, y []float32, n int, _ resources) {
	outH, outW := p.out()
	if p.size != 2 || p.h%2 != 0 || p.w%2 != 0 {
		clear(dx)
	}
	for i := range n * outH {
		if p.size == 2 {
			x0, x1 := p.rowPair(x[0], i)
			dx0, dx1 := p.rowPair(dx, i)
			reduce.MaxPool2Gradient(dx0, dx1, dy[i*outW*p.c:(i+1)*outW*p.c], x0, x1, p.c, p.inputLeak)
			continue
		}
		for j := range outW {
			corner := p.corner(i, j)
			in, out := x[0][corner:], dx[corner:]
			for c, d := range dy[(i*outW+j)*p.c:][:p.c] {
				best, where := in[c], 0
				for k := 1; k < p.size*p.size; k++ {
					at := p.at(k)
					if v := in[at+c]; v > best || v != v && best == best {
						best, where = v, at
					}
				}
				if !(best > 0) {
					d *= p.inputLeak
				}
				out[where+c] = d
			}
		}
	}
}

func (p *maxPool) reads(int) valueReads { return valueReads{inputs: []int{0}} }
