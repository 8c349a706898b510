package tensor

import "anila/asm/cooktoom"

// The kernels of F(4×4, 2×2) know of one row and one column outside. A tile with
// more of them goes through a copy of its places, copyChannels at a time.
const (
	copyChannels = 64
	tileRow      = 4 * copyChannels
	patchRow     = 5 * copyChannels
)

func cookToomInput(v []float32, point int, x []float32, p *cooktoom.Places, channels int) {
	if min(p.Bottom, p.Right) >= 4 {
		cooktoom.Input4x2(v, point, x, p.Origin, p.Row, p.Column, edges(p, 5), channels)
		return
	}
	for c := 0; c < channels; c += copyChannels {
		var patch [5 * patchRow]float32
		n := min(copyChannels, channels-c)
		copyPlaces(patch[:], patchRow, x, p, c, n)
		cooktoom.Input4x2(v[c:], point, patch[:], 0, patchRow, copyChannels, 0, n)
	}
}

func cookToomOutput(y []float32, p *cooktoom.Places, m []float32, point int, bias []float32, leak float32, channels int) {
	if min(p.Bottom, p.Right) == 4 {
		cooktoom.Output4x2(y, p.Origin, p.Row, p.Column, m, point, bias, leak, channels)
		return
	}
	for c := 0; c < channels; c += copyChannels {
		var tile [4 * tileRow]float32
		n := min(copyChannels, channels-c)
		cooktoom.Output4x2(tile[:], 0, tileRow, copyChannels, m[c:], point, bias[c:], leak, n)
		copyBack(y, tile[:], tileRow, p, c, n)
	}
}

func cookToomGradient(v []float32, point int, dy []float32, p *cooktoom.Places, channels int) {
	if min(p.Bottom, p.Right) == 4 {
		cooktoom.Gradient4x2(v, point, dy, p.Origin, p.Row, p.Column, channels)
		return
	}
	for c := 0; c < channels; c += copyChannels {
		var tile [4 * tileRow]float32
		n := min(copyChannels, channels-c)
		copyPlaces(tile[:], tileRow, dy, p, c, n)
		cooktoom.Gradient4x2(v[c:], point, tile[:], 0, tileRow, copyChannels, n)
	}
}

func cookToomPatch(dx []float32, p *cooktoom.Places, m []float32, point int, act []float32, leak float32, first cooktoom.Edges, channels int) {
	if min(p.Bottom, p.Right) >= 4 {
		cooktoom.Patch4x2(dx, p.Origin, p.Row, p.Column, m, point, act, leak, edges(p, 5)|first, channels)
		return
	}
	for c := 0; c < channels; c += copyChannels {
		var patch, mask [5 * patchRow]float32
		n := min(copyChannels, channels-c)
		copyPlaces(patch[:], patchRow, dx, p, c, n)
		if leak != 1 {
			copyPlaces(mask[:], patchRow, act, p, c, n)
		}
		cooktoom.Patch4x2(patch[:], 0, patchRow, copyChannels, m[c:], point, mask[:], leak, first, n)
		copyBack(dx, patch[:], patchRow, p, c, n)
	}
}

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
