//go:build !noasm

package asm

func cookToomInput(v []float32, point int, x []float32, origin, row, column int, edges Edges, channels int) {
	if hasAVX512 {
		cookToomInputAVX512(&v[0], point, &x[0], origin, row, column, int(edges), channels)
		return
	}
	if hasAVX2FMA {
		cookToomInputAVX2(&v[0], point, &x[0], origin, row, column, int(edges), channels)
		return
	}
	cookToomInputGeneric(v, point, x, origin, row, column, edges, channels)
}

func cookToomWeights(u []float32, point int, w []float32, filter int) {
	if hasAVX512 {
		cookToomWeightsAVX512(&u[0], point, &w[0], filter)
		return
	}
	if hasAVX2FMA {
		cookToomWeightsAVX2(&u[0], point, &w[0], filter)
		cookToomWeightsAVX2(&u[8], point, &w[8*filter], filter)
		return
	}
	cookToomWeightsGeneric(u, point, w, filter)
}

func cookToomTaps(w []float32, filter int, m []float32, point, phase int) {
	if hasAVX512 {
		cookToomTapsAVX512(&w[0], filter, &m[0], point, phase)
		return
	}
	if hasAVX2FMA {
		cookToomTapsAVX2(&w[0], filter, &m[0], point, phase)
		cookToomTapsAVX2(&w[8*filter], filter, &m[8], point, phase)
		return
	}
	cookToomTapsGeneric(w, filter, m, point, phase)
}

func cookToomOutput(y []float32, row, column int, m []float32, point int, bias []float32, leak float32, channels int) {
	if hasAVX512 {
		cookToomOutputAVX512(&y[0], row, column, &m[0], point, &bias[0], leak, channels)
		return
	}
	if hasAVX2FMA {
		cookToomOutputAVX2(&y[0], row, column, &m[0], point, &bias[0], leak, channels)
		return
	}
	cookToomOutputGeneric(y, row, column, m, point, bias, leak, channels)
}

func cookToomGradient(v []float32, point int, y []float32, row, column, channels int) {
	if hasAVX512 {
		cookToomGradientAVX512(&v[0], point, &y[0], row, column, channels)
		return
	}
	if hasAVX2FMA {
		cookToomGradientAVX2(&v[0], point, &y[0], row, column, channels)
		return
	}
	cookToomGradientGeneric(v, point, y, row, column, channels)
}

func cookToomPatch(x []float32, origin, row, column int, m []float32, point int, act []float32, leak float32, edges Edges, channels int) {
	if hasAVX512 {
		cookToomPatchAVX512(&x[0], origin, row, column, &m[0], point, &act[0], leak, int(edges), channels)
		return
	}
	if hasAVX2FMA {
		cookToomPatchAVX2(&x[0], origin, row, column, &m[0], point, &act[0], leak, int(edges), channels)
		return
	}
	cookToomPatchGeneric(x, origin, row, column, m, point, act, leak, edges, channels)
}

// The kernels below are the transforms of the same names; strides are in
// floats.

//go:noescape
func cookToomInputAVX512(v *float32, point int, x *float32, origin, row, column, edges, channels int)

//go:noescape
func cookToomOutputAVX512(y *float32, row, column int, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func cookToomGradientAVX512(v *float32, point int, y *float32, row, column, channels int)

//go:noescape
func cookToomPatchAVX512(x *float32, origin, row, column int, m *float32, point int, act *float32, leak float32, edges, channels int)

//go:noescape
func cookToomWeightsAVX512(u *float32, point int, w *float32, filter int)

//go:noescape
func cookToomTapsAVX512(w *float32, filter int, m *float32, point, phase int)

//go:noescape
func cookToomInputAVX2(v *float32, point int, x *float32, origin, row, column, edges, channels int)

//go:noescape
func cookToomOutputAVX2(y *float32, row, column int, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func cookToomGradientAVX2(v *float32, point int, y *float32, row, column, channels int)

//go:noescape
func cookToomPatchAVX2(x *float32, origin, row, column int, m *float32, point int, act *float32, leak float32, edges, channels int)

//go:noescape
func cookToomWeightsAVX2(u *float32, point int, w *float32, filter int)

//go:noescape
func cookToomTapsAVX2(w *float32, filter int, m *float32, point, phase int)
