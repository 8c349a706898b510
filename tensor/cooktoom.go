package tensor

import (
	"anila/asm/gemm"
)

// cookToom computes a 4×4 convolution with stride 2 and padding 1 as four
// convolutions of stride 1 with 2×2 taps, one for each phase of the input's
// rows and columns, all by Cook–Toom F(4×4, 2×2): 25 products for a tile of
// 4×4 outputs where the direct way takes 64; or F(2×2, 2×2): 9 products for a
// tile of 2×2 where it takes 16. See cooktoom.Input4x2 and CookToom2Input for
// the matrices. The products of a point, of all tiles of a block and all
// channels of all phases, are one matrix product.
type cookToom struct {
	Conv
	nr             int
	side           int // of a tile of outputs
	points         int // products of a tile, (side+1)²
	tilesH, tilesW int // the last ones may lie across the image's end
	// block is the number of tiles that go through together, a multiple of the
	// rows of the matrix kernel (14 with AVX-512, 6 with AVX2 and NEON): up to 28 where transformed weights take at most
	// half of a second-level cache of 2 MiB, so that the block fits beside
	// them, and else up to 56, so that weights from further away are fetched, a
	// quarter by each of the four times 14 rows, while the panel before them is
	// at work. Tiles of 2×2 take a third of the room: 84 of them.
	block int
}

// pad keeps the rows of transformed tiles out of step with the sets of the
// first-level cache.
const pad = 16

// cookToomFits reports whether the transforms cover the shape.
func cookToomFits(c Conv, nr int) bool {
	return c.KernelH == 4 && c.KernelW == 4 && c.Stride == 2 && c.Padding == 1 &&
		c.InC%16 == 0 && c.OutC%16 == 0 && c.OutC%nr == 0 && 4*c.InC%nr == 0
}

func newCookToom(c Conv, nr, side int) *cookToom {
	k := &cookToom{Conv: c, nr: nr, side: side, points: (side + 1) * (side + 1), block: 56}
	k.tilesH, k.tilesW = (c.OutH()+side-1)/side, (c.OutW()+side-1)/side
	switch {
	case side == 2:
		k.block = 84
	case k.weightSize() <= 1<<18:
		k.block = 28
	}
	mr, _ := gemm.Tile()
	k.block -= k.block % mr
	return k
}

// weightSize is the length of the transformed weights of one direction.
func (k *cookToom) weightSize() int { return k.points * 4 * k.InC * k.OutC }

// rows is the number of tiles that a team of workers takes through together for n
// images, a block for each worker.
func (k *cookToom) rows(n, workers int) int { return min(workers*k.block, n*k.tilesH*k.tilesW) }

// scratch is the room for the transformed inputs and the products of so many
// tiles.
func (k *cookToom) scratch(rows int) int {
	return ArenaSize(k.points*rows*(4*k.InC+pad), k.points*rows*(k.OutC+pad))
}

// transformInput writes the patches of tiles [from, to) to rows at, at+1, … of
// the matrices v of so many rows.
func (k *cookToom) transformInput(v []float32, rows int, x []float32, from, to, at int) {
	ld := 4*k.InC + pad
	for t := from; t < to; t++ {
		k.inputTile(v[(at+t-from)*ld:], rows*ld, x, t)
	}
}

// transformGradient does the same for tiles of the output's gradient.
func (k *cookToom) transformGradient(v []float32, rows int, dy []float32, from, to, at int) {
	ld := k.OutC + pad
	for t := from; t < to; t++ {
		k.gradientTile(v[(at+t-from)*ld:], rows*ld, dy, t)
	}
}
