//go:build !noasm

package asm

func winogradInput(v []float32, point int, x []float32, origin, row, column int, edges Edges, channels int) {
	if hasAVX512 {
		winogradInputAVX512(&v[0], point, &x[0], origin, row, column, int(edges), channels)
		return
	}
	if hasAVX2FMA {
		winogradInputAVX2(&v[0], point, &x[0], origin, row, column, int(edges), channels)
		return
	}
	winogradInputGeneric(v, point, x, origin, row, column, edges, channels)
}

func winogradOutput(y []float32, row, column int, m []float32, point int, bias []float32, leak float32, channels int) {
	if hasAVX512 {
		winogradOutputAVX512(&y[0], row, column, &m[0], point, &bias[0], leak, channels)
		return
	}
	if hasAVX2FMA {
		winogradOutputAVX2(&y[0], row, column, &m[0], point, &bias[0], leak, channels)
		return
	}
	winogradOutputGeneric(y, row, column, m, point, bias, leak, channels)
}

func winogradMasked(y []float32, row, column int, m []float32, point int, act []float32, leak float32, channels int) {
	if hasAVX512 {
		winogradMaskedAVX512(&y[0], row, column, &m[0], point, &act[0], leak, channels)
		return
	}
	if hasAVX2FMA {
		winogradMaskedAVX2(&y[0], row, column, &m[0], point, &act[0], leak, channels)
		return
	}
	winogradMaskedGeneric(y, row, column, m, point, act, leak, channels)
}

// The kernels below are the transforms of the same names; strides are in floats.

//go:noescape
func winogradInputAVX512(v *float32, point int, x *float32, origin, row, column, edges, channels int)

//go:noescape
func winogradOutputAVX512(y *float32, row, column int, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func winogradMaskedAVX512(y *float32, row, column int, m *float32, point int, act *float32, leak float32, channels int)

//go:noescape
func winogradInputAVX2(v *float32, point int, x *float32, origin, row, column, edges, channels int)

//go:noescape
func winogradOutputAVX2(y *float32, row, column int, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func winogradMaskedAVX2(y *float32, row, column int, m *float32, point int, act *float32, leak float32, channels int)
