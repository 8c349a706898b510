//go:build !noasm && (amd64 || arm64)

package cooktoom

import "anila/asm/isa"

// The kernels of F(4×4, 2×2) know whole tiles and, for amd64, patches with no more
// than a row and a column outside on each side. What lies otherwise goes through a copy
// of its places, copyChannels at a time.
const copyChannels = 64

// tileCopy and patchCopy are where the places of copies are.
var (
	tileCopy  = Places{Row: 4 * copyChannels, Column: copyChannels, Bottom: 4, Right: 4}
	patchCopy = Places{Row: 5 * copyChannels, Column: copyChannels, Bottom: 5, Right: 5}
)

// gather copies n channels from c on of the places of x in the image to those of q.
func (p *Places) gather(copies []float32, q *Places, x []float32, c, n int) {
	for i := p.Top; i < p.Bottom; i++ {
		for j := p.Left; j < p.Right; j++ {
			copy(copies[q.at(i, j):][:n], x[p.at(i, j)+c:])
		}
	}
}

// scatter copies them back.
func (p *Places) scatter(x, copies []float32, q *Places, c, n int) {
	for i := p.Top; i < p.Bottom; i++ {
		for j := p.Left; j < p.Right; j++ {
			copy(x[p.at(i, j)+c:][:n], copies[q.at(i, j):])
		}
	}
}

func output4x2(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int) {
	switch {
	case isa.Current() == isa.Generic:
		output4x2Generic(y, p, m, point, bias, leak, channels)
	case p.whole(4):
		output4x2Kernel(&y[p.Origin], p.Row, p.Column, &m[0], point, &bias[0], leak, channels)
	default:
		for c := 0; c < channels; c += copyChannels {
			var tile [16 * copyChannels]float32
			n := min(copyChannels, channels-c)
			output4x2Kernel(&tile[0], tileCopy.Row, tileCopy.Column, &m[c], point, &bias[c], leak, n)
			p.scatter(y, tile[:], &tileCopy, c, n)
		}
	}
}

func gradient4x2(v []float32, point int, y []float32, p *Places, channels int) {
	switch {
	case isa.Current() == isa.Generic:
		gradient4x2Generic(v, point, y, p, channels)
	case p.whole(4):
		gradient4x2Kernel(&v[0], point, &y[p.Origin], p.Row, p.Column, channels)
	default:
		for c := 0; c < channels; c += copyChannels {
			var tile [16 * copyChannels]float32
			n := min(copyChannels, channels-c)
			p.gather(tile[:], &tileCopy, y, c, n)
			gradient4x2Kernel(&v[c], point, &tile[0], tileCopy.Row, tileCopy.Column, n)
		}
	}
}
