package tensor

import (
	"anila/asm/cooktoom"
	"anila/asm/gemm"
)

// tile is where a tile, counted over images, lies.
func (k *cookToom) tile(tile int) (image, y, x int) {
	tiles := k.tilesH * k.tilesW
	return tile / tiles, tile % tiles / k.tilesW, tile % k.tilesW
}

// outputPlaces are a tile's places in the output.
func (k *cookToom) outputPlaces(tile int) cooktoom.Places {
	image, y, x := k.tile(tile)
	h, w := k.OutH(), k.OutW()
	return cooktoom.Places{
		Origin: ((image*h+k.side*y)*w + k.side*x) * k.OutC, Row: w * k.OutC, Column: k.OutC,
		Bottom: min(k.side, h-k.side*y), Right: min(k.side, w-k.side*x),
	}
}

// patchPlaces are the places of the patch of tile (y, x) of an image in a phase of
// the input. Row i of the patch is row 2·(side·y+i) − 1 of the input, in the odd
// phases the one below.
func (k *cookToom) patchPlaces(image, y, x, phase int) cooktoom.Places {
	top, left := 2*k.side*y-1+phase/2, 2*k.side*x-1+phase%2
	return cooktoom.Places{
		Origin: ((image*k.InH+top)*k.InW + left) * k.InC, Row: 2 * k.InW * k.InC, Column: 2 * k.InC,
		Top: max(0, -top), Bottom: min(k.side+1, (k.InH-top+1)/2),
		Left: max(0, -left), Right: min(k.side+1, (k.InW-left+1)/2),
	}
}

// edges are the sides of a patch of so many rows and columns that lie outside the
// image.
func edges(p *cooktoom.Places, size int) (e cooktoom.Edges) {
	if p.Top > 0 {
		e |= cooktoom.EdgeTop
	}
	if p.Left > 0 {
		e |= cooktoom.EdgeLeft
	}
	if p.Bottom < size {
		e |= cooktoom.EdgeBottom
	}
	if p.Right < size {
		e |= cooktoom.EdgeRight
	}
	return e
}

// inputTile transforms the patches of a tile, phases side by side.
func (k *cookToom) inputTile(v []float32, point int, x []float32, tile int) {
	image, ty, tx := k.tile(tile)
	for phase := range 4 {
		k.fetch(x, tile+1, phase)
		p, v := k.patchPlaces(image, ty, tx, phase), v[phase*k.InC:]
		switch {
		case k.side == 2:
			cooktoom.Input2x2(v, point, x, &p, k.InC)
		case min(p.Bottom, p.Right) >= 4:
			cooktoom.Input4x2(v, point, x, p.Origin, p.Row, p.Column, edges(&p, 5), k.InC)
		default:
			for c := 0; c < k.InC; c += copyChannels {
				inputCopy(v[c:], point, x, &p, c, min(copyChannels, k.InC-c))
			}
		}
	}
}

// fetchFloats is the length of a batch from which its images are fetched ahead: what
// is shorter is in the second-level cache from the layer before.
const fetchFloats = 1 << 17

// fetch asks for a quarter of the places of all patches of a tile, of inputs or what
// is laid out like them, while the tile before it is at work.
func (k *cookToom) fetch(x []float32, tile, quarter int) {
	if len(x) <= fetchFloats {
		return
	}
	image, ty, tx := k.tile(tile)
	rows := (2*k.side + 5) / 4
	top, left := 2*k.side*ty-1, 2*k.side*tx-1
	from, to := max(0, top+rows*quarter), min(k.InH, top+rows*(quarter+1))
	first, last := max(0, left), min(k.InW, left+2*k.side+2)
	at := ((image*k.InH+from)*k.InW + first) * k.InC
	if at < len(x) {
		gemm.Prefetch(x[at:], k.InW*k.InC, to-from, (last-first)*k.InC)
	}
}

// outputTile writes the outputs of a tile.
func (k *cookToom) outputTile(y []float32, tile int, m []float32, point int, bias []float32, leak float32) {
	p := k.outputPlaces(tile)
	switch {
	case k.side == 2:
		cooktoom.Output2x2(y, &p, m, point, bias, leak, k.OutC)
	case min(p.Bottom, p.Right) == 4:
		cooktoom.Output4x2(y, p.Origin, p.Row, p.Column, m, point, bias, leak, k.OutC)
	default:
		for c := 0; c < k.OutC; c += copyChannels {
			outputCopy(y, m[c:], point, bias[c:], leak, &p, c, min(copyChannels, k.OutC-c))
		}
	}
}

// gradientTile transforms the output gradient of a tile.
func (k *cookToom) gradientTile(v []float32, point int, dy []float32, tile int) {
	p := k.outputPlaces(tile)
	switch {
	case k.side == 2:
		cooktoom.Gradient2x2(v, point, dy, &p, k.OutC)
	case min(p.Bottom, p.Right) == 4:
		cooktoom.Gradient4x2(v, point, dy, p.Origin, p.Row, p.Column, k.OutC)
	default:
		for c := 0; c < k.OutC; c += copyChannels {
			gradientCopy(v[c:], point, dy, &p, c, min(copyChannels, k.OutC-c))
		}
	}
}

// patchTile writes the input gradient of a tile, all phases, added to what earlier
// tiles wrote.
func (k *cookToom) patchTile(dx []float32, tile int, m []float32, point int, act []float32, leak float32) {
	image, ty, tx := k.tile(tile)
	var first cooktoom.Edges
	if ty == 0 {
		first |= cooktoom.FirstTop
	}
	if tx == 0 {
		first |= cooktoom.FirstLeft
	}
	for phase := range 4 {
		k.fetch(act, tile+1, phase)
		k.fetch(dx, tile+1, phase)
		p, m := k.patchPlaces(image, ty, tx, phase), m[phase*k.InC:]
		switch {
		case k.side == 2:
			cooktoom.Patch2x2(dx, &p, m, point, act, leak, first, k.InC)
		case min(p.Bottom, p.Right) >= 4:
			cooktoom.Patch4x2(dx, p.Origin, p.Row, p.Column, m, point, act, leak, edges(&p, 5)|first, k.InC)
		default:
			for c := 0; c < k.InC; c += copyChannels {
				patchCopy(dx, m[c:], point, act, leak, &p, first, c, min(copyChannels, k.InC-c))
			}
		}
	}
}

// The kernels of F(4×4, 2×2) know of one row and one column outside. A tile with
// more of them goes through a copy of its places, copyChannels at a time.
const (
	copyChannels = 64
	tileRow      = 4 * copyChannels
	patchRow     = 5 * copyChannels
)

// copyPlaces copies channels [c, c+channels) of the places in the image to x,
// copyChannels apart and in rows of row floats; copyBack copies them from there.
func copyPlaces(x []float32, row int, image []float32, p *cooktoom.Places, c, channels int) {
	for i := p.Top; i < p.Bottom; i++ {
		for j := p.Left; j < p.Right; j++ {
			copy(x[i*row+j*copyChannels:][:channels], image[p.Origin+i*p.Row+j*p.Column+c:])
		}
	}
}

func copyBack(image, x []float32, row int, p *cooktoom.Places, c, channels int) {
	for i := p.Top; i < p.Bottom; i++ {
		for j := p.Left; j < p.Right; j++ {
			copy(image[p.Origin+i*p.Row+j*p.Column+c:][:channels], x[i*row+j*copyChannels:])
		}
	}
}

func inputCopy(v []float32, point int, x []float32, p *cooktoom.Places, c, channels int) {
	var patch [5 * patchRow]float32
	copyPlaces(patch[:], patchRow, x, p, c, channels)
	cooktoom.Input4x2(v, point, patch[:], 0, patchRow, copyChannels, 0, channels)
}

func outputCopy(y, m []float32, point int, bias []float32, leak float32, p *cooktoom.Places, c, channels int) {
	var tile [4 * tileRow]float32
	cooktoom.Output4x2(tile[:], 0, tileRow, copyChannels, m, point, bias, leak, channels)
	copyBack(y, tile[:], tileRow, p, c, channels)
}

func gradientCopy(v []float32, point int, dy []float32, p *cooktoom.Places, c, channels int) {
	var tile [4 * tileRow]float32
	copyPlaces(tile[:], tileRow, dy, p, c, channels)
	cooktoom.Gradient4x2(v, point, tile[:], 0, tileRow, copyChannels, channels)
}

func patchCopy(dx, m []float32, point int, act []float32, leak float32, p *cooktoom.Places, first cooktoom.Edges, c, channels int) {
	var patch, mask [5 * patchRow]float32
	copyPlaces(patch[:], patchRow, dx, p, c, channels)
	if leak != 1 {
		copyPlaces(mask[:], patchRow, act, p, c, channels)
	}
	cooktoom.Patch4x2(patch[:], 0, patchRow, copyChannels, m, point, mask[:], leak, first, channels)
	copyBack(dx, patch[:], patchRow, p, c, channels)
}
