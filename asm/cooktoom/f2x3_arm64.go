//go:build !noasm

package cooktoom

import "anila/asm/isa"

// The last two kernels know whole tiles.

func input2x3(v []float32, point int, x []float32, p *Places, channels int) {
	if isa.Current() != isa.NEON || channels > len(outside) {
		input2x3Generic(v, point, x, p, channels)
		return
	}
	var places [16]*float32
	for k := range places {
		if i, j := k/4, k%4; p.in(i, j) {
			places[k] = &x[p.at(i, j)]
		} else {
			places[k] = &outside[0]
		}
	}
	input2x3NEON(&v[0], point, &places, channels)
}

func output2x3(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int) {
	if isa.Current() == isa.NEON && p.whole(2) {
		output2x3NEON(&y[p.Origin], p.Row, p.Column, &m[0], point, &bias[0], leak, channels)
		return
	}
	output2x3Generic(y, p, m, point, bias, leak, channels)
}

func masked2x3(y []float32, p *Places, m []float32, point int, act []float32, leak float32, channels int) {
	if isa.Current() == isa.NEON && p.whole(2) {
		masked2x3NEON(&y[p.Origin], p.Row, p.Column, &m[0], point, &act[p.Origin], leak, channels)
		return
	}
	masked2x3Generic(y, p, m, point, act, leak, channels)
}

// The kernels below are the transforms of the same names; strides are in floats.
// Places are addresses of channels lying together.

//go:noescape
func input2x3NEON(v *float32, point int, places *[16]*float32, channels int)

//go:noescape
func output2x3NEON(y *float32, row, column int, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func masked2x3NEON(y *float32, row, column int, m *float32, point int, act *float32, leak float32, channels int)
