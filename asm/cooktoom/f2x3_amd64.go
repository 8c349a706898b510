//go:build !noasm

package cooktoom

import "anila/asm/isa"

func input2x3(v []float32, point int, x []float32, origin, row, column int, edges Edges, channels int) {
	switch isa.Current() {
	case isa.AVX512:
		input2x3AVX512(&v[0], point, &x[0], origin, row, column, int(edges), channels)
	case isa.AVX2:
		input2x3AVX2(&v[0], point, &x[0], origin, row, column, int(edges), channels)
	default:
		input2x3Generic(v, point, x, origin, row, column, edges, channels)
	}
}

func output2x3(y []float32, row, column int, m []float32, point int, bias []float32, leak float32, channels int) {
	switch isa.Current() {
	case isa.AVX512:
		output2x3AVX512(&y[0], row, column, &m[0], point, &bias[0], leak, channels)
	case isa.AVX2:
		output2x3AVX2(&y[0], row, column, &m[0], point, &bias[0], leak, channels)
	default:
		output2x3Generic(y, row, column, m, point, bias, leak, channels)
	}
}

func masked2x3(y []float32, row, column int, m []float32, point int, act []float32, leak float32, channels int) {
	switch isa.Current() {
	case isa.AVX512:
		masked2x3AVX512(&y[0], row, column, &m[0], point, &act[0], leak, channels)
	case isa.AVX2:
		masked2x3AVX2(&y[0], row, column, &m[0], point, &act[0], leak, channels)
	default:
		masked2x3Generic(y, row, column, m, point, act, leak, channels)
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
