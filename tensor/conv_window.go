package tensor

import "anila/asm"

// window describes one correlation over NHWC images as a matrix product: a row
// is an output place, its terms are the taps×channels under the window in the
// order (tap row, tap column, channel). A convolution is one of these; its
// input gradient is Stride² of them, one for each phase of the input's rows
// and columns.
type window struct {
	srcH, srcW, channels int // source image
	outH, outW           int // grid of outputs
	step                 int // source places between neighbouring outputs
	top, left            int // source place of the first tap of output (0, 0)
	tapsH, tapsW         int
	dstW, dstStep        int // output (i, j) is written at (dstTop+i*dstStep, dstLeft+j*dstStep)
	dstTop, dstLeft      int
	dstSize, columns     int // floats of a destination image, channels of a destination place
}

// terms is the length of a row.
func (g *window) terms() int { return g.tapsH * g.tapsW * g.channels }

// direct reports whether the rows lie ready in the source.
func (g *window) direct() bool {
	return g.tapsH == 1 && g.tapsW == 1 && g.step == 1 && g.top == 0 && g.left == 0 &&
		g.outH == g.srcH && g.outW == g.srcW
}

// gather writes terms [from, to) of tap row t of places [p, p+count) (counted
// over all images) to dst in steps of ld; what lies outside the image is zero.
func (g *window) gather(dst []float32, ld int, src []float32, p, count, t, from, to int) {
	place := g.outH * g.outW
	size := g.srcH * g.srcW * g.channels
	width := g.srcW * g.channels
	image, rest := p/place, p%place
	y, x := rest/g.outW, rest%g.outW
	for r := range count {
		row := dst[r*ld:][: to-from : to-from]
		sy := y*g.step + g.top + t
		if sy < 0 || sy >= g.srcH {
			clear(row)
		} else {
			start := (x*g.step + g.left) * g.channels
			lo := max(start+from, 0)
			hi := min(start+to, width)
			if lo >= hi {
				clear(row)
			} else {
				line := src[image*size+sy*width:][:width]
				clear(row[:lo-start-from])
				copy(row[lo-start-from:], line[lo:hi])
				clear(row[hi-start-from:])
			}
		}
		if x++; x == g.outW {
			x = 0
			if y++; y == g.outH {
				y = 0
				image++
			}
		}
	}
}

// pack lays weights out as panels of nr columns, [panel][term][nr], zero where
// columns are missing; weight gives the value of (tap row, tap column, channel,
// column).
func (g *window) pack(dst []float32, nr int, weight func(t, u, c, column int) float32) {
	i := 0
	for first := 0; first < g.columns; first += nr {
		for t := range g.tapsH {
			for u := range g.tapsW {
				for c := range g.channels {
					for j := range nr {
						v := float32(0)
						if first+j < g.columns {
							v = weight(t, u, c, first+j)
						}
						dst[i] = v
						i++
					}
				}
			}
		}
	}
}

// packedSize is the length of pack's dst.
func (g *window) packedSize(nr int) int { return g.terms() * roundUp(g.columns, nr) }

// scratch is the room that run needs: a tile of rows and its products.
func (g *window) scratch(mr, nr int) int {
	return ArenaSize(mr*roundUp(g.terms(), line), mr*roundUp(g.columns, nr))
}

// run computes all outputs of n images. The store adds bias (unless nil) and
// applies leaky ReLU, or with act, an image batch shaped as dst, multiplies by
// leak where act is not positive.
func (g *window) run(dst, src []float32, n int, panels []float32, mr, nr int, bias, act []float32, leak float32, scratch []float32) {
	k := g.terms()
	ldc := roundUp(g.columns, nr)
	rowA := roundUp(k, line)
	rows := scratch[:mr*rowA]
	tile := scratch[ArenaSize(mr*rowA):][:mr*ldc]
	place := g.outH * g.outW
	ready := g.direct()
	for p := 0; p < n*place; p += mr {
		m := min(mr, n*place-p)
		a, step := rows, rowA
		if ready {
			a, step = src[p*g.channels:], g.channels
		} else {
			run := g.tapsW * g.channels
			for t := range g.tapsH {
				g.gather(rows[t*run:], rowA, src, p, m, t, 0, run)
			}
		}
		for j := 0; j < ldc; j += nr {
			asm.GemmMicro(tile[j:], ldc, a, step, 1, panels[j*k:], nr, k, m, false)
		}
		for r := range m {
			image, rest := (p+r)/place, (p+r)%place
			y, x := rest/g.outW, rest%g.outW
			at := image*g.dstSize + ((g.dstTop+y*g.dstStep)*g.dstW+g.dstLeft+x*g.dstStep)*g.columns
			out := dst[at:][:g.columns]
			if act != nil {
				asm.StoreMasked(out, tile[r*ldc:], act[at:], leak)
			} else {
				asm.StoreBiasLeakyReLU(out, tile[r*ldc:], bias, leak)
			}
		}
	}
}

func roundUp(n, m int) int { return (n + m - 1) / m * m }
