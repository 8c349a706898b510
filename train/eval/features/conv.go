package features

import (
	"anila/asm/gemm"
	"anila/tensor"
)

// shape of a convolution's window.
type window struct {
	h, w       int // taps
	stride     int
	padH, padW int // zeros on each side
}

// square is a window of side×side.
func square(side, stride, pad int) window { return window{side, side, stride, pad, pad} }

// outSize is the size of the output along one side.
func (w window) outSize(in, taps, pad int) int { return (in+2*pad-taps)/w.stride + 1 }

// conv is leakyReLU(convolution + bias), leak 0 (ReLU) or 1 (none).
type conv struct {
	window
	in, out *value
	panels  []float32 // [panel][term][nr], terms in the order (tap row, tap column, channel)
	bias    []float32 // [whole panels]
	leak    float32
	nr      int
}

// newConv packs weights [out][in][h][w].
func newConv(g *graph, in *value, w window, oihw, bias []float32, leak float32) *conv {
	_, nr := gemm.Tile()
	out := len(bias)
	whole := (out + nr - 1) / nr * nr
	terms := w.h * w.w * in.c
	c := &conv{window: w, in: in, leak: leak, nr: nr, panels: make([]float32, terms*whole), bias: make([]float32, whole)}
	c.out = g.newValue(w.outSize(in.h, w.h, w.padH), w.outSize(in.w, w.w, w.padW), out)
	copy(c.bias, bias)
	for o := range out {
		panel := c.panels[o/nr*nr*terms+o%nr:]
		for i := range in.c {
			for k := range w.h * w.w {
				panel[(k*in.c+i)*nr] = oihw[(o*in.c+i)*w.h*w.w+k]
			}
		}
	}
	return c
}

func (c *conv) reads() []*value { return []*value{c.in} }
func (c *conv) writes() *value  { return c.out }

// convRows is the number of output places that are multiplied at a time: whole tiles of 6 and of 14. Their windows lie in the
// second-level cache together with a panel of weights.
const convRows = 84

func (c *conv) terms() int { return c.h * c.w * c.in.c }

// direct reports whether the windows are the pixels as they lie.
func (c *conv) direct() bool {
	return c.h == 1 && c.w == 1 && c.stride == 1 && c.padH == 0 && c.padW == 0
}

func (c *conv) scratch(int) int {
	windows := 0
	if !c.direct() {
		windows = convRows * c.terms()
	}
	return tensor.ArenaSize(windows, convRows*c.nr)
}

func (c *conv) run(r *room, n int) {
	src, dst := r.of(c.in, n), r.of(c.out, n)
	windows, tile := r.scratch, r.scratch[len(r.scratch)-convRows*c.nr:]
	places := n * c.out.h * c.out.w
	blocks := (places + convRows - 1) / convRows
	for b := range blocks {
		first := places * b / blocks
		rows := places*(b+1)/blocks - first
		a, lda := src[first*c.in.ld:], c.in.ld
		if !c.direct() {
			a, lda = windows, c.terms()
			for i := range rows {
				c.gather(windows[i*lda:][:lda], src, first+i)
			}
		}
		c.multiply(dst[first*c.out.ld:], a, lda, rows, tile)
	}
}

// multiply computes rows of outputs from rows of terms that lie lda apart.
func (c *conv) multiply(dst, a []float32, lda, rows int, tile []float32) {
	terms := c.terms()
	for j := 0; j < c.out.c; j += c.nr {
		e := gemm.Epilogue{Bias: c.bias[j:], Leak: c.leak}
		panel := c.panels[j*terms:]
		if j+c.nr <= c.out.c {
			gemm.Store(dst[j:], c.out.ld, a, lda, panel, c.nr, terms, rows, 1, 0, &e)
			continue
		}
		gemm.Store(tile, c.nr, a, lda, panel, c.nr, terms, rows, 1, 0, &e)
		for i := range rows {
			copy(dst[i*c.out.ld+j:][:c.out.c-j], tile[i*c.nr:])
		}
	}
}

// gather copies the window of an output place (of all pictures) to dst, zeros where it leaves the picture.
func (c *conv) gather(dst, src []float32, place int) {
	picture, y, x := place/(c.out.h*c.out.w), place/c.out.w%c.out.h, place%c.out.w
	src = src[picture*c.in.h*c.in.w*c.in.ld:]
	top, left := y*c.stride-c.padH, x*c.stride-c.padW
	from, to := max(left, 0), min(left+c.w, c.in.w)
	line := c.w * c.in.c
	for t := range c.h {
		out := dst[t*line:][:line]
		if top+t < 0 || top+t >= c.in.h {
			clear(out)
			continue
		}
		clear(out[:(from-left)*c.in.c])
		clear(out[(to-left)*c.in.c:])
		row := src[(top+t)*c.in.w*c.in.ld:]
		if c.in.ld == c.in.c {
			copy(out[(from-left)*c.in.c:], row[from*c.in.c:to*c.in.c])
			continue
		}
		for u := from; u < to; u++ {
			copy(out[(u-left)*c.in.c:][:c.in.c], row[u*c.in.ld:])
		}
	}
}
