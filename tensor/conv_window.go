package tensor

import "anila/asm/gemm"

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

// ready reports whether the rows lie in the source as they are, 1×1 taps at
// every place or one window that covers the image, and so in the destination.
func (g *window) ready() bool {
	if g.top != 0 || g.left != 0 || g.dstSize != g.outH*g.outW*g.columns {
		return false
	}
	return g.tapsH == 1 && g.tapsW == 1 && g.step == 1 && g.outH == g.srcH && g.outW == g.srcW ||
		g.tapsH == g.srcH && g.tapsW == g.srcW && g.outH == 1 && g.outW == 1
}

// dotColumns is the number of columns up to which each is a dot product of its own:
// a panel of the matrix kernel would be nearly empty.
const dotColumns = 4

// dots reports whether the outputs are dot products. Weights then lie as
// [column][term].
func (g *window) dots() bool { return g.ready() && g.columns <= dotColumns }

// padded is the size of the part of an image that the windows see.
func (g *window) padded() (h, w int) {
	return (g.outH-1)*g.step + g.tapsH, (g.outW-1)*g.step + g.tapsW
}

// pack lays weights out as panels of nr columns, [panel][term][nr], zero where
// columns are missing, for dots with nr 1; weight gives the value of (tap row, tap
// column, channel, column).
func (g *window) pack(dst []float32, nr int, weight func(t, u, c, column int) float32) {
	if g.dots() {
		nr = 1
	}
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
func (g *window) packedSize(nr int) int {
	if g.dots() {
		nr = 1
	}
	return g.terms() * roundUp(g.columns, nr)
}

// windowRows is the number of rows that run multiplies at a time where rows are
// ready: whole tiles of 6 and of 14.
const windowRows = 84

// rows is the number of rows that run multiplies at a time where rows are ready:
// fewer where they have many columns and few terms, because writing them is then
// the work, and neighbouring panels had better find their pages again.
func (g *window) rows() int {
	if g.columns > 1024 && g.terms() < windowRows {
		return windowRows / 6
	}
	return windowRows
}

// scratch is the room that run needs: a padded image, and rows of products where
// their columns fill no whole panels.
func (g *window) scratch(nr int) int {
	h, w := g.padded()
	products := 0
	if g.columns%nr != 0 && !g.dots() {
		products = max(windowRows, g.outW) * roundUp(g.columns, nr)
	}
	return ArenaSize(h*w*g.channels, products)
}

// run computes all outputs of n images from panels of packed weights.
func (g *window) run(dst, src []float32, n int, panels []float32, nr int, e gemm.Epilogue, scratch []float32) {
	k := g.terms()
	h, w := g.padded()
	image := scratch[:h*w*g.channels]
	tile := scratch[ArenaSize(len(image)):]
	if k == 0 {
		g.fillZero(dst, n)
		return
	}
	if g.ready() {
		places, most := n*g.outH*g.outW, g.rows()
		for p := 0; p < places; p += most {
			rows := min(most, places-p)
			if g.dots() {
				g.runDots(dst[p*g.columns:][:rows*g.columns], src[p*k:], rows, panels, epilogueAt(e, p*g.columns))
				continue
			}
			g.multiply(dst[p*g.columns:], g.columns, src[p*k:], k, 1, 0, rows, panels, nr, epilogueAt(e, p*g.columns), tile)
		}
		return
	}
	clear(image)
	step := g.step * g.channels
	size := g.srcH * g.srcW * g.channels
	for i := range n {
		in := src[i*size:][:size]
		seen, jump := g.see(image, in)
		for y := range g.outH {
			at := i*g.dstSize + ((g.dstTop+y*g.dstStep)*g.dstW+g.dstLeft)*g.columns
			g.multiply(dst[at:], g.dstStep*g.columns, seen[y*g.step*jump:], step, g.tapsH, jump, g.outW, panels, nr, epilogueAt(e, at), tile)
		}
	}
}

// runDots computes rows of few columns.
func (g *window) runDots(dst, src []float32, rows int, weights []float32, e gemm.Epilogue) {
	k := g.terms()
	for c := range g.columns {
		gemm.Dots(dst[c:], g.columns, src, weights[c*k:(c+1)*k], rows)
	}
	for i, s := range dst {
		if e.Bias != nil {
			s += e.Bias[i%g.columns]
		}
		if e.Bias != nil && !(s > 0) || e.Act != nil && !(e.Act[i] > 0) {
			s *= e.Leak
		}
		dst[i] = s
	}
}

// see gives the part of an image that the windows see and the length of its
// lines: the image itself, or where there is padding a copy in padded, which has
// a border of zeros.
func (g *window) see(padded, image []float32) (seen []float32, line int) {
	h, w := g.padded()
	if g.top >= 0 && g.left >= 0 && g.top+h <= g.srcH && g.left+w <= g.srcW {
		line = g.srcW * g.channels
		return image[g.top*line+g.left*g.channels:], line
	}
	g.pad(padded, image)
	return padded, w * g.channels
}

// epilogueAt is the epilogue of the destination from offset on.
func epilogueAt(e gemm.Epilogue, offset int) gemm.Epilogue {
	if e.Act != nil {
		e.Act = e.Act[offset:]
	}
	return e
}

// epilogueFrom is the epilogue from a column of the destination on.
func epilogueFrom(e gemm.Epilogue, column int) gemm.Epilogue {
	if e.Bias != nil {
		e.Bias = e.Bias[column:]
	}
	return epilogueAt(e, column)
}

// multiply computes rows of outputs, ldd apart: row r has terms in segments of
// a, jump apart, that start at a[r*rowA].
func (g *window) multiply(dst []float32, ldd int, a []float32, rowA, segments, jump, rows int, panels []float32, nr int, e gemm.Epilogue, tile []float32) {
	terms := g.terms()
	k := terms / segments
	if jump > 0 {
		jump -= k
	}
	if g.columns%nr == 0 {
		for j := 0; j < g.columns; j += nr {
			panel := epilogueFrom(e, j)
			gemm.Store(dst[j:], ldd, a, rowA, panels[j*terms:], k, rows, segments, jump, &panel)
		}
		return
	}
	ldc := roundUp(g.columns, nr)
	sum := tile[:rows*ldc]
	for j := 0; j < g.columns; j += nr {
		gemm.Segments(sum[j:], ldc, a, rowA, 1, panels[j*terms:], nr, k, rows, false, segments, jump)
	}
	if e.Bias != nil {
		gemm.StoreBiasLeakyReLU(dst, ldd, sum, ldc, rows, g.columns, e.Bias, e.Leak)
	} else {
		gemm.StoreMasked(dst, ldd, sum, ldc, rows, g.columns, e.Act, e.Leak) // without act leak is 1
	}
}

// pad copies what the windows see of an image to the middle of dst, whose
// border is zero.
func (g *window) pad(dst, src []float32) {
	h, w := g.padded()
	x0, x1 := max(g.left, 0), min(g.left+w, g.srcW)
	if x0 >= x1 {
		return
	}
	for y := max(g.top, 0); y < min(g.top+h, g.srcH); y++ {
		copy(dst[((y-g.top)*w+x0-g.left)*g.channels:], src[(y*g.srcW+x0)*g.channels:(y*g.srcW+x1)*g.channels])
	}
}

// fillZero is run without taps.
func (g *window) fillZero(dst []float32, n int) {
	for p := range n * g.outH * g.outW {
		i, y, x := p/(g.outH*g.outW), p/g.outW%g.outH, p%g.outW
		clear(dst[i*g.dstSize+((g.dstTop+y*g.dstStep)*g.dstW+g.dstLeft+x*g.dstStep)*g.columns:][:g.columns])
	}
}

func roundUp(n, m int) int { return (n + m - 1) / m * m }
