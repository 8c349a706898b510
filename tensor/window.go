package tensor

import "anila/asm/gemm"

// window describes one correlation over NHWC images as a matrix product: a row
// is an output place, its terms are the taps×channels under the window in the
// order (tap row, tap column, channel). A convolution is one of these; its
// input gradient is Stride² of them, one for each phase of the input's rows
// and columns.
type window struct {
	nr                   int // columns of the matrix kernel
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

// contiguous reports whether the rows lie in the source as they are, 1×1 taps at
// every place or one window that covers the image, and so in the destination.
func (g *window) contiguous() bool {
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
func (g *window) dots() bool { return g.contiguous() && g.columns <= dotColumns }

// splits reports whether run has work for more than one worker.
func (g *window) splits() bool { return g.contiguous() && !g.dots() }

// visible is the size of the part of an image that the windows see.
func (g *window) visible() (h, w int) {
	return (g.outH-1)*g.step + g.tapsH, (g.outW-1)*g.step + g.tapsW
}

// panel is the number of columns that are packed side by side where so many are left.
func (g *window) panel(columns int) int {
	if g.dots() {
		return 1
	}
	return gemm.Panel(columns)
}

// packedSize is the length of packed weights.
func (g *window) packedSize() int {
	if g.dots() {
		return g.terms() * g.columns
	}
	return g.terms() * gemm.Columns(g.columns)
}

// pack lays weights out as panels of columns, [panel][term][column], zero where
// columns are missing; weight gives the value of (tap row, tap column, channel,
// column).
func (g *window) pack(dst []float32, weight func(t, u, c, column int) float32) {
	i, panel := 0, 0
	for first := 0; first < g.columns; first += panel {
		panel = g.panel(g.columns - first)
		for t := range g.tapsH {
			for u := range g.tapsW {
				for c := range g.channels {
					for j := range panel {
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

// windowRows is the number of rows that run multiplies at a time where they are
// contiguous: whole tiles of 6 and of 14.
const windowRows = 84

// rows is the number of rows that run multiplies at a time where they are
// contiguous: fewer where they have many columns and few terms, because writing
// them is then the work, and neighbouring panels had better find their pages again.
func (g *window) rows() int {
	if g.columns > 1024 && g.terms() < windowRows {
		return windowRows / 6
	}
	return windowRows
}

// scratch is the room that run needs: a padded image, and rows of products of a
// last panel that the columns do not fill.
func (g *window) scratch() int {
	products := 0
	if gemm.Columns(g.columns) != g.columns && !g.dots() {
		products = max(windowRows, g.outW) * g.nr
	}
	return ArenaSize(g.imageSize(), products)
}

// imageSize is the length of a padded image.
func (g *window) imageSize() int {
	h, w := g.visible()
	return h * w * g.channels
}

// rowBlock is a run of rows of a window's product.
type rowBlock struct {
	dst              []float32
	ldd              int       // floats between rows of dst
	src              []float32 // row r starts at src[r*stride]
	stride           int
	segments, jump   int // of a row's terms, that lie jump apart
	rows             int
	panels, products []float32 // packed weights, and room for a panel that is not filled
	gemm.Epilogue
}

// run computes all outputs of a call.
func (g *window) run(c *call) {
	switch {
	case g.terms() == 0:
		g.writeZeros(c.dst, c.n)
	case g.splits():
		g.runColumns(c)
	case g.dots():
		g.runDots(c)
	default:
		g.runImages(c)
	}
}

// runImages computes the outputs image by image, a row of places at a time.
func (g *window) runImages(c *call) {
	image := c.scratch[:g.imageSize()]
	clear(image)
	b := rowBlock{
		ldd: g.dstStep * g.columns, stride: g.step * g.channels, segments: g.tapsH, rows: g.outW,
		panels: c.weights, products: c.scratch[ArenaSize(len(image)):],
	}
	size := g.srcH * g.srcW * g.channels
	for i := range c.n {
		seen, line := g.see(image, c.src[i*size:][:size])
		b.jump = line
		for y := range g.outH {
			at := i*g.dstSize + ((g.dstTop+y*g.dstStep)*g.dstW+g.dstLeft)*g.columns
			b.dst, b.src, b.Epilogue = c.dst[at:], seen[y*g.step*line:], epilogueAt(c.Epilogue, at)
			g.multiply(&b)
		}
	}
}

// runDots computes outputs of few columns.
func (g *window) runDots(c *call) {
	k, rows := g.terms(), c.n*g.outH*g.outW
	for r := 0; r < rows; r += windowRows { // all columns while the rows are in the first-level cache
		for column := range g.columns {
			gemm.Dots(c.dst[r*g.columns+column:], g.columns, c.src[r*k:], c.weights[column*k:(column+1)*k], min(windowRows, rows-r))
		}
	}
	if c.Bias == nil && c.Act == nil {
		return
	}
	for i, s := range c.dst {
		if c.Bias != nil {
			s += c.Bias[i%g.columns]
		}
		if c.Bias != nil && !(s > 0) || c.Act != nil && !(c.Act[i] > 0) {
			s *= c.Leak
		}
		c.dst[i] = s
	}
}

// see gives the part of an image that the windows see and the length of its
// lines: the image itself, or where there is padding a copy in padded, which has
// a border of zeros.
func (g *window) see(padded, image []float32) (seen []float32, line int) {
	h, w := g.visible()
	if g.top >= 0 && g.left >= 0 && g.top+h <= g.srcH && g.left+w <= g.srcW {
		line = g.srcW * g.channels
		return image[g.top*line+g.left*g.channels:], line
	}
	g.copyVisible(padded, image)
	return padded, w * g.channels
}

// copyVisible copies what the windows see of an image to the middle of dst, whose
// border is zero.
func (g *window) copyVisible(dst, image []float32) {
	h, w := g.visible()
	x0, x1 := max(g.left, 0), min(g.left+w, g.srcW)
	if x0 >= x1 {
		return
	}
	for y := max(g.top, 0); y < min(g.top+h, g.srcH); y++ {
		copy(dst[((y-g.top)*w+x0-g.left)*g.channels:], image[(y*g.srcW+x0)*g.channels:(y*g.srcW+x1)*g.channels])
	}
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

// multiply computes a block of rows.
func (g *window) multiply(b *rowBlock) {
	terms := g.terms()
	k, jump := terms/b.segments, b.jump
	if jump > 0 {
		jump -= k
	}
	for j := 0; j < g.columns; j += g.nr {
		e, panel, left := epilogueFrom(b.Epilogue, j), gemm.Panel(g.columns-j), g.columns-j
		if left >= panel {
			gemm.Store(b.dst[j:], b.ldd, b.src, b.stride, b.panels[j*terms:], panel, k, b.rows, b.segments, jump, &e)
			continue
		}
		sum := b.products[:b.rows*panel]
		gemm.Segments(sum, panel, b.src, b.stride, 1, b.panels[j*terms:], panel, panel, k, b.rows, false, b.segments, jump)
		if e.Bias != nil {
			gemm.StoreBiasLeakyReLU(b.dst[j:], b.ldd, sum, panel, b.rows, left, e.Bias, e.Leak)
		} else {
			gemm.StoreMasked(b.dst[j:], b.ldd, sum, panel, b.rows, left, e.Act, e.Leak) // without act leak is 1
		}
	}
}

// writeZeros is all that there is to do without taps.
func (g *window) writeZeros(dst []float32, n int) {
	for p := range n * g.outH * g.outW {
		i, y, x := p/(g.outH*g.outW), p/g.outW%g.outH, p%g.outW
		clear(dst[i*g.dstSize+((g.dstTop+y*g.dstStep)*g.dstW+g.dstLeft+x*g.dstStep)*g.columns:][:g.columns])
	}
}
