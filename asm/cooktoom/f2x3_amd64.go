//go:build !noasm

package cooktoom

import "anila/asm/isa"

// The kernels know whole tiles, and patches with no more than a row and a column outside
// on each side.

func input2x3(v []float32, point int, x []float32, p *Places, channels int) {
	edges, ring := p.edges(4)
	switch tier := isa.Current(); {
	case tier == isa.AVX512 && ring:
		input2x3AVX512(&v[0], point, &x[0], p.Origin, p.Row, p.Column, edges, channels)
	case tier == isa.AVX2 && ring:
		input2x3AVX2(&v[0], point, &x[0], p.Origin, p.Row, p.Column, edges, channels)
	default:
		input2x3Generic(v, point, x, p, channels)
	}
}

func output2x3(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int) {
	switch tier := isa.Current(); {
	case tier == isa.AVX512 && p.whole(2):
		output2x3AVX512(&y[p.Origin], p.Row, p.Column, &m[0], point, &bias[0], leak, channels)
	case tier == isa.AVX2 && p.whole(2):
		output2x3AVX2(&y[p.Origin], p.Row, p.Column, &m[0], point, &bias[0], leak, channels)
	default:
		output2x3Generic(y, p, m, point, bias, leak, channels)
	}
}

func masked2x3(y []float32, p *Places, m []float32, point int, act []float32, leak float32, channels int) {
	switch tier := isa.Current(); {
	case tier == isa.AVX512 && p.whole(2):
		masked2x3AVX512(&y[p.Origin], p.Row, p.Column, &m[0], point, &act[p.Origin], leak, channels)
	case tier == isa.AVX2 && p.whole(2):
		masked2x3AVX2(&y[p.Origin], p.Row, p.Column, &m[0], point, &act[p.Origin], leak, channels)
	default:
		masked2x3Generic(y, p, m, point, act, leak, channels)
	}
}

// The kernels below are the transforms of the same names; strides are in floats.

//go:noescape
func input2x3AVX512(v *float32, point int, x *float32, origin, row, column, edges, channels int)

//go:noescape
func output2x3AVX512(y *float32, row, column int, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func masked2x3AVX512(y *float32, row, column int, m *float32, point int, act *float32, leak float32, channels int)

//go:noescape
func input2x3AVX2(v *float32, point int, x *float32, origin, row, column, edges, channels int)

//go:noescape
func output2x3AVX2(y *float32, row, column int, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func masked2x3AVX2(y *float32, row, column int, m *float32, point int, act *float32, leak float32, channels int)
