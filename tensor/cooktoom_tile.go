package tensor

import "anila/asm"

// tilePlaces says where a tile or a patch lies: place (i, j) is at
// origin + i·row + j·column, and those in [top, bottom)×[left, right) are in the
// image. The others are zero where they are read and left alone where they would
// be written.
type tilePlaces struct {
	origin, row, column      int
	top, bottom, left, right int
}

// tile is where a tile, counted over images, lies.
func (k *cookToom) tile(tile int) (image, y, x int) {
	tiles := k.tilesH * k.tilesW
	return tile / tiles, tile % tiles / k.tilesW, tile % k.tilesW
}

// outputPlaces are a tile's places in the output.
func (k *cookToom) outputPlaces(tile int) tilePlaces {
	image, y, x := k.tile(tile)
	h, w := k.OutH(), k.OutW()
	return tilePlaces{
		origin: ((image*h+k.side*y)*w + k.side*x) * k.OutC, row: w * k.OutC, column: k.OutC,
		bottom: min(k.side, h-k.side*y), right: min(k.side, w-k.side*x),
	}
}

// patchPlaces are the places of a tile's patch in a phase of the input. Row i of
// the patch of tile row y is row 2·(side·y+i) − 1 of the input, in the odd phases
// the one below.
func (k *cookToom) patchPlaces(tile, phase int) tilePlaces {
	image, y, x := k.tile(tile)
	top, left := 2*k.side*y-1+phase/2, 2*k.side*x-1+phase%2
	p := tilePlaces{
		origin: ((image*k.InH+top)*k.InW + left) * k.InC, row: 2 * k.InW * k.InC, column: 2 * k.InC,
		bottom: min(k.side+1, (k.InH-top+1)/2), right: min(k.side+1, (k.InW-left+1)/2),
	}
	if top < 0 {
		p.top = 1
	}
	if left < 0 {
		p.left = 1
	}
	return p
}

// edges are the sides of a patch of so many rows and columns that lie outside the
// image.
func (p *tilePlaces) edges(size int) (e asm.Edges) {
	if p.top > 0 {
		e |= asm.EdgeTop
	}
	if p.left > 0 {
		e |= asm.EdgeLeft
	}
	if p.bottom < size {
		e |= asm.EdgeBottom
	}
	if p.right < size {
		e |= asm.EdgeRight
	}
	return e
}

// first says where the patch of a tile is the first to write its first row and
// column.
func (k *cookToom) first(tile int) (e asm.Edges) {
	_, y, x := k.tile(tile)
	if y == 0 {
		e |= asm.FirstTop
	}
	if x == 0 {
		e |= asm.FirstLeft
	}
	return e
}

// inputTile transforms the patch of a tile in a phase.
func (k *cookToom) inputTile(v []float32, point int, x []float32, tile, phase int) {
	p := k.patchPlaces(tile, phase)
	if min(p.bottom, p.right) >= 4 {
		asm.CookToomInput(v, point, x, p.origin, p.row, p.column, p.edges(5), k.InC)
		return
	}
	for c := 0; c < k.InC; c += copyChannels {
		p.input(v[c:], point, x, c, min(copyChannels, k.InC-c))
	}
}

// outputTile writes the outputs of a tile.
func (k *cookToom) outputTile(y []float32, tile int, m []float32, point int, bias []float32, leak float32) {
	p := k.outputPlaces(tile)
	if min(p.bottom, p.right) == 4 {
		asm.CookToomOutput(y, p.origin, p.row, p.column, m, point, bias, leak, k.OutC)
		return
	}
	for c := 0; c < k.OutC; c += copyChannels {
		p.output(y, m[c:], point, bias[c:], leak, c, min(copyChannels, k.OutC-c))
	}
}

// gradientTile transforms the output gradient of a tile.
func (k *cookToom) gradientTile(v []float32, point int, dy []float32, tile int) {
	p := k.outputPlaces(tile)
	if min(p.bottom, p.right) == 4 {
		asm.CookToomGradient(v, point, dy, p.origin, p.row, p.column, k.OutC)
		return
	}
	for c := 0; c < k.OutC; c += copyChannels {
		p.gradient(v[c:], point, dy, c, min(copyChannels, k.OutC-c))
	}
}

// patchTile writes the input gradient of a tile in a phase and adds it where
// earlier tiles wrote.
func (k *cookToom) patchTile(dx []float32, tile, phase int, m []float32, point int, act []float32, leak float32) {
	p, first := k.patchPlaces(tile, phase), k.first(tile)
	if min(p.bottom, p.right) >= 4 {
		asm.CookToomPatch(dx, p.origin, p.row, p.column, m, point, act, leak, p.edges(5)|first, k.InC)
		return
	}
	for c := 0; c < k.InC; c += copyChannels {
		p.patch(dx, m[c:], point, act, leak, first, c, min(copyChannels, k.InC-c))
	}
}

// The kernels of F(4×4, 2×2) know of one row and one column outside. A tile with
// more of them goes through a copy of its places, copyChannels at a time.
const (
	copyChannels = 64
	tileRow      = 4 * copyChannels
	patchRow     = 5 * copyChannels
)

// copy copies the places in the image, channels [c, c+channels), to x, copyChannels
// apart and in rows of row floats; back copies them from there.
func (p *tilePlaces) copy(x []float32, row int, image []float32, c, channels int) {
	for i := p.top; i < p.bottom; i++ {
		for j := p.left; j < p.right; j++ {
			copy(x[i*row+j*copyChannels:][:channels], image[p.origin+i*p.row+j*p.column+c:])
		}
	}
}

func (p *tilePlaces) back(image []float32, x []float32, row, c, channels int) {
	for i := p.top; i < p.bottom; i++ {
		for j := p.left; j < p.right; j++ {
			copy(image[p.origin+i*p.row+j*p.column+c:][:channels], x[i*row+j*copyChannels:])
		}
	}
}

func (p *tilePlaces) input(v []float32, point int, x []float32, c, channels int) {
	var patch [5 * patchRow]float32
	p.copy(patch[:], patchRow, x, c, channels)
	asm.CookToomInput(v, point, patch[:], 0, patchRow, copyChannels, 0, channels)
}

func (p *tilePlaces) output(y, m []float32, point int, bias []float32, leak float32, c, channels int) {
	var tile [4 * tileRow]float32
	asm.CookToomOutput(tile[:], 0, tileRow, copyChannels, m, point, bias, leak, channels)
	p.back(y, tile[:], tileRow, c, channels)
}

func (p *tilePlaces) gradient(v []float32, point int, dy []float32, c, channels int) {
	var tile [4 * tileRow]float32
	p.copy(tile[:], tileRow, dy, c, channels)
	asm.CookToomGradient(v, point, tile[:], 0, tileRow, copyChannels, channels)
}

func (p *tilePlaces) patch(dx, m []float32, point int, act []float32, leak float32, first asm.Edges, c, channels int) {
	var patch, mask [5 * patchRow]float32
	p.copy(patch[:], patchRow, dx, c, channels)
	if leak != 1 {
		p.copy(mask[:], patchRow, act, c, channels)
	}
	asm.CookToomPatch(patch[:], 0, patchRow, copyChannels, m, point, mask[:], leak, first, channels)
	p.back(dx, patch[:], patchRow, c, channels)
}
