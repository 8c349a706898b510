package tensor

import (
	"anila/asm/cooktoom"
	"anila/asm/gemm"
)

// tiled computes a convolution by the transforms of a tiling. One with stride 2 is
// four convolutions of stride 1, one for each phase of the input's rows and columns.
// The products of a point, of all tiles of a block and all channels of all phases,
// are one matrix product.
//
// The input gradient is the same with the kernel turned by 180° and inputs and
// outputs exchanged, or where there are phases the transposed algorithm: one
// transform of the output gradient serves all phases, and the last transform adds
// overlapping patches up.
type tiled struct {
	Conv
	*tiling
	nr             int
	points         int // products of a tile: those of its patch
	in, out        grid
	tilesH, tilesW int // the last ones may lie across the image's end
	// block is the number of tiles that go through together, a multiple of the
	// rows of the matrix kernel: up to 28 where transformed weights take at most
	// half of a second-level cache of 2 MiB, so that the block fits beside them,
	// and else up to 56, so that weights from further away are fetched, a part by
	// each round of the kernel's rows, while the panel before them is at work.
	// Tiles of 3×3 points take a third of the room: 84 of them.
	block int
}

// grid is the size of an image.
type grid struct{ h, w, channels int }

// rowPad keeps the rows of transformed tiles out of step with the sets of the
// first-level cache.
const rowPad = 16

func newTiled(c Conv, t *tiling) *tiled {
	k := &tiled{Conv: c, tiling: t, block: 56}
	k.in, k.out = grid{c.InH, c.InW, c.InC}, grid{c.OutH(), c.OutW(), c.OutC}
	k.tilesH, k.tilesW = (k.out.h+k.side-1)/k.side, (k.out.w+k.side-1)/k.side
	k.points = k.patchSide() * k.patchSide()
	mr, nr := gemm.Tile()
	k.nr = nr
	switch {
	case k.points < 16:
		k.block = 84
	case k.weightSize() <= 1<<18:
		k.block = 28
	}
	k.block -= k.block % mr
	return k
}

// phases is the number of convolutions of stride 1.
func (k *tiled) phases() int { return k.Stride * k.Stride }

// inputs is the number of channels of all phases of the input.
func (k *tiled) inputs() int { return k.phases() * k.InC }

// weightSize is the length of the transformed weights of one direction.
func (k *tiled) weightSize() int { return k.points * k.inputs() * k.OutC }

func (k *tiled) packedSizes() (forward, backward int) { return k.weightSize(), k.weightSize() }

func (k *tiled) splits() bool { return true }

func (k *tiled) rows() int { return k.tilesH * k.tilesW }

// mostTiles is the number of tiles that a team of workers takes through together for n
// images, at most: a block for each worker.
func (k *tiled) mostTiles(n, workers int) int { return min(workers*k.block, n*k.rows()) }

// blockTiles is that of blocks which are all alike, so that none of a few tiles reads all
// weights for them, but in fours, which the matrix kernel takes at once.
func (k *tiled) blockTiles(n, workers int) int {
	tiles, most := n*k.rows(), k.mostTiles(n, workers)
	blocks := (tiles + most - 1) / most
	return min(most, ((tiles+blocks-1)/blocks+3)&^3)
}

// scratch is the room for the transformed inputs and the products of a block.
func (k *tiled) scratch(n, workers int) int {
	rows := k.points * k.mostTiles(n, workers)
	return ArenaSize(rows*(k.inputs()+rowPad), rows*(k.OutC+rowPad))
}

// spot is where a tile lies.
type spot struct{ image, y, x int }

// spot is where a tile, counted over images, lies.
func (k *tiled) spot(tile int) spot {
	image := tile / k.rows()
	tile -= image * k.rows()
	y := tile / k.tilesW
	return spot{image, y, tile - y*k.tilesW}
}

// next is where the tile after one at s lies.
func (k *tiled) next(s spot) spot {
	if s.x++; s.x == k.tilesW {
		s.x = 0
		if s.y++; s.y == k.tilesH {
			s.y = 0
			s.image++
		}
	}
	return s
}

// tileRun is the run of up to so many tiles from one at s that have all their places in
// an image of outputs, or s alone, with rows of points so far apart.
func (k *tiled) tileRun(g *grid, s spot, most, row int) cooktoom.Run {
	return k.run(g, min(most, g.w/k.side-s.x), row)
}

// patchRun is that of tiles whose patches lie between the left and the right end of an
// image of inputs.
func (k *tiled) patchRun(g *grid, s spot, most, row int) cooktoom.Run {
	if s.x == 0 {
		most = 1
	}
	return k.run(g, min(most, (g.w+1-k.patchSide())/k.side+1-s.x), row)
}

func (k *tiled) run(g *grid, tiles, row int) cooktoom.Run {
	if k.runs {
		tiles = min(tiles, (cooktoom.RunFloats-g.channels)/(k.side*g.channels)+1)
	} else {
		tiles = 1
	}
	return cooktoom.Run{Tiles: max(1, tiles), Places: k.side * g.channels, Points: row}
}

// after is where the tile behind those of a run from one at s lies.
func (k *tiled) after(s spot, run cooktoom.Run) spot {
	s.x += run.Tiles - 1
	return k.next(s)
}

// tilePlaces sets p to a tile's places in an image of outputs.
func (k *tiled) tilePlaces(p *cooktoom.Places, g *grid, s spot) {
	top, left := k.side*s.y, k.side*s.x
	p.Origin, p.Row, p.Column = ((s.image*g.h+top)*g.w+left)*g.channels, g.w*g.channels, g.channels
	p.Top, p.Bottom, p.Left, p.Right = 0, min(k.side, g.h-top), 0, min(k.side, g.w-left)
}

// patchPlaces sets p to the places of a tile's patch in a phase of an image of inputs.
// Row i of the patch is row Stride·(side·y+i) − 1 of the image, in the odd phases
// the one below.
func (k *tiled) patchPlaces(p *cooktoom.Places, g *grid, s spot, phase int) {
	stride, side := k.Stride, k.patchSide()
	top, left := stride*k.side*s.y-1+phase>>1, stride*k.side*s.x-1+phase&1
	bottom, right := g.h-top, g.w-left
	if stride == 2 {
		bottom, right = (bottom+1)>>1, (right+1)>>1
	}
	p.Origin, p.Row, p.Column = ((s.image*g.h+top)*g.w+left)*g.channels, stride*g.w*g.channels, stride*g.channels
	p.Top, p.Bottom, p.Left, p.Right = max(0, -top), min(side, bottom), max(0, -left), min(side, right)
}

// fetchFloats is the length of a batch from which its images are fetched ahead: what
// is shorter is in the second-level cache from the layer before.
const fetchFloats = 1 << 17

// fetch asks for a part of the places of all patches of a tile, in as many parts as
// there are phases, of inputs or what is laid out like them, while the tile before
// it is at work. Patches that overlap by half would fetch each place four times: the
// processor's own fetching does better.
func (k *tiled) fetch(x []float32, g *grid, s spot, part int) {
	if len(x) <= fetchFloats || k.patchSide() >= 2*k.side {
		return
	}
	span := k.Stride * k.patchSide()
	rows := (span + k.phases() - 1) / k.phases()
	top, left := k.Stride*k.side*s.y-1, k.Stride*k.side*s.x-1
	from, to := max(0, top+rows*part), min(g.h, top+rows*(part+1))
	first, last := max(0, left), min(g.w, left+span)
	at := ((s.image*g.h+from)*g.w + first) * g.channels
	if at < len(x) {
		gemm.Prefetch(x[at:], g.w*g.channels, to-from, (last-first)*g.channels)
	}
}

// transformInputs writes the patches of tiles [from, to) of an image of inputs,
// phases side by side, to rows at, at+1, … of the matrices v of so many rows.
func (k *tiled) transformInputs(v []float32, rows int, x []float32, g *grid, from, to, at int) {
	ld := k.phases()*g.channels + rowPad
	s := k.spot(from)
	var p cooktoom.Places
	for row := at; row < at+to-from; {
		run := k.patchRun(g, s, at+to-from-row, ld)
		next := k.after(s, run)
		for phase := range k.phases() {
			k.fetch(x, g, next, phase)
			k.patchPlaces(&p, g, s, phase)
			k.input(v[row*ld+phase*g.channels:], rows*ld, x, &p, g.channels, run)
		}
		row += run.Tiles
		s = next
	}
}

// transformGradients does the same for tiles of the output's gradient.
func (k *tiled) transformGradients(v []float32, rows int, dy []float32, from, to, at int) {
	ld := k.OutC + rowPad
	s := k.spot(from)
	var p cooktoom.Places
	for row := at; row < at+to-from; {
		run := k.tileRun(&k.out, s, at+to-from-row, ld)
		k.tilePlaces(&p, &k.out, s)
		k.gradient(v[row*ld:], rows*ld, dy, &p, k.OutC, run)
		row += run.Tiles
		s = k.after(s, run)
	}
}

// patchTile writes the input gradient of a tile, all phases, added to what earlier
// tiles wrote.
func (k *tiled) patchTile(c *call, m []float32, point int, s, next spot) {
	var first cooktoom.First
	if s.y == 0 {
		first |= cooktoom.FirstTop
	}
	if s.x == 0 {
		first |= cooktoom.FirstLeft
	}
	var p cooktoom.Places
	for phase := range k.phases() {
		k.fetch(c.Act, &k.in, next, phase)
		k.fetch(c.dst, &k.in, next, phase)
		k.patchPlaces(&p, &k.in, s, phase)
		k.patch(c.dst, &p, m[phase*k.InC:], point, &c.Epilogue, first, k.InC)
	}
}
