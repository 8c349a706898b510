//go:build !noasm

package cooktoom

import "anila/asm/isa"

func input2x3(v []float32, point int, x []float32, origin, row, column int, edges Edges, channels int) {
	if isa.Current() != isa.NEON || channels > len(outside) {
		input2x3Generic(v, point, x, origin, row, column, edges, channels)
		return
	}
	var places [16]*float32
	for p := range places {
		i, j := p/4, p%4
		if i == 0 && edges&EdgeTop != 0 || i == 3 && edges&EdgeBottom != 0 ||
			j == 0 && edges&EdgeLeft != 0 || j == 3 && edges&EdgeRight != 0 {
			places[p] = &outside[0]
		} else {
			places[p] = &x[origin+i*row+j*column]
		}
	}
	input2x3NEON(&v[0], point, &places, channels)
}

func output2x3(y []float32, row, column int, m []float32, point int, bias []float32, leak float32, channels int) {
	if isa.Current() == isa.NEON {
		output2x3NEON(&y[0], row, column, &m[0], point, &bias[0], leak, channels)
		return
	}
	output2x3Generic(y, row, column, m, point, bias, leak, channels)
}

func masked2x3(y []float32, row, column int, m []float32, point int, act []float32, leak float32, channels int) {
	if isa.Current() == isa.NEON {
		masked2x3NEON(&y[0], row, column, &m[0], point, &act[0], leak, channels)
		return
	}
	masked2x3Generic(y, row, column, m, point, act, leak, channels)
}

// The kernels below are the transforms of the same names; strides are in floats.
// Places are addresses of channels lying together.

//go:noescape
func input2x3NEON(v *float32, point int, places *[16]*float32, channels int)

//go:noescape
func output2x3NEON(y *float32, row, column int, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func masked2x3NEON(y *float32, row, column int, m *float32, point int, act *float32, leak float32, channels int)
