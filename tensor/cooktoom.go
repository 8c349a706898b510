package tensor

import "anila/asm"

// cookToom computes a 4×4 convolution with stride 2 and padding 1 as four
// convolutions of stride 1 with 2×2 taps, one for each phase of the input's
// rows and columns, all by Cook–Toom F(4×4, 2×2): 25 products for a tile of
// 4×4 outputs where the direct way takes 64. See asm.CookToomInput for the
// matrices. The products of a point, of all tiles of a block and all channels
// of all phases, are one matrix product.
type cookToom struct {
	Conv
	nr             int
	side           int // of a tile of outputs
	points         int // products of a tile, (side+1)²
	tilesH, tilesW int // the last ones may lie across the image's end
	// block is the number of tiles that go through together, a multiple of the
	// 14 rows of the AVX-512 kernel: 28 where transformed weights take at most
	// half of a second-level cache of 2 MiB, so that the block fits beside
	// them, and else 56, so that weights from further away are fetched, a
	// quarter by each of the four times 14 rows, while the panel before them is
	// at work.
	block int
}

// pad keeps the rows of transformed tiles out of step with the sets of the
// first-level cache.
const pad = 16

// cookToomFits reports whether the transforms cover the shape without rest.
func cookToomFits(c Conv, nr int) bool {
	return c.KernelH == 4 && c.KernelW == 4 && c.Stride == 2 && c.Padding == 1 &&
		c.InH%8 == 0 && c.InW%8 == 0 && c.InC%16 == 0 && c.OutC%16 == 0 && c.OutC%nr == 0 && 4*c.InC%nr == 0
}

func newCookToom(c Conv, nr int) *cookToom {
	const side = 4
	k := &cookToom{Conv: c, nr: nr, side: side, points: (side + 1) * (side + 1), block: 56}
	k.tilesH, k.tilesW = (c.OutH()+side-1)/side, (c.OutW()+side-1)/side
	if k.weightSize() <= 1<<18 {
		k.block = 28
	}
	return k
}

// weightSize is the length of the transformed weights of one direction.
func (k *cookToom) weightSize() int { return k.points * 4 * k.InC * k.OutC }

// scratch is the room for a block of transformed inputs and of products.
func (k *cookToom) scratch() int {
	return ArenaSize(k.points*k.block*(4*k.InC+pad), k.points*k.block*(k.OutC+pad))
}

// products computes the matrix products c = a·u of rows tiles.
func (k *cookToom) products(c, a, u []float32, rows, columns, terms int) {
	lda, ldc := terms+pad, columns+pad
	for p := range k.points {
		ap, cp := a[p*rows*lda:], c[p*rows*ldc:]
		up := u[p*columns*terms:][:columns*terms]
		for j := 0; j < columns; j += k.nr {
			asm.GemmMicro(cp[j:], ldc, ap, lda, 1, up[j*terms:], k.nr, terms, rows, false)
		}
	}
}

func (k *cookToom) split(scratch []float32) (inputs, outputs []float32) {
	n := k.points * k.block * (4*k.InC + pad)
	return scratch[:n], scratch[ArenaSize(n):][:k.points*k.block*(k.OutC+pad)]
}

func (k *cookToom) forward(y, x []float32, n int, u, bias []float32, leak float32, scratch []float32) {
	v, m := k.split(scratch)
	tiles := n * k.tilesH * k.tilesW
	for first := 0; first < tiles; first += k.block {
		rows := min(k.block, tiles-first)
		k.transformInput(v, rows, x, first, first+rows, 0)
		k.products(m, v, u, rows, k.OutC, 4*k.InC)
		for t := range rows {
			k.outputTile(y, first+t, m[t*(k.OutC+pad):], rows*(k.OutC+pad), bias, leak)
		}
	}
}

// transformInput writes the patches of tiles [from, to) to rows at, at+1, … of
// the matrices v of so many rows.
func (k *cookToom) transformInput(v []float32, rows int, x []float32, from, to, at int) {
	ld := 4*k.InC + pad
	for t := from; t < to; t++ {
		for phase := range 4 {
			k.inputTile(v[(at+t-from)*ld+phase*k.InC:], rows*ld, x, t, phase)
		}
	}
}

// transformGradient does the same for tiles of the output's gradient.
func (k *cookToom) transformGradient(v []float32, rows int, dy []float32, from, to, at int) {
	ld := k.OutC + pad
	for t := from; t < to; t++ {
		k.gradientTile(v[(at+t-from)*ld:], rows*ld, dy, t)
	}
}

func (k *cookToom) inputGradient(dx, dy []float32, n int, u, act []float32, leak float32, scratch []float32) {
	m, v := k.split(scratch)
	if act == nil {
		leak = 1
	}
	tiles := n * k.tilesH * k.tilesW
	for first := 0; first < tiles; first += k.block {
		rows := min(k.block, tiles-first)
		k.transformGradient(v, rows, dy, first, first+rows, 0)
		k.products(m, v, u, rows, 4*k.InC, k.OutC)
		ld := 4*k.InC + pad
		for t := range rows {
			for phase := range 4 {
				k.patchTile(dx, first+t, phase, m[t*ld+phase*k.InC:], rows*ld, act, leak)
			}
		}
	}
}
