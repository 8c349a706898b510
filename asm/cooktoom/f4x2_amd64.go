//go:build !noasm

package cooktoom

import "anila/asm/isa"

func input4x2(v []float32, point int, x []float32, origin, row, column int, edges Edges, channels int) {
	switch isa.Current() {
	case isa.AVX512:
		input4x2AVX512(&v[0], point, &x[0], origin, row, column, int(edges), channels)
	case isa.AVX2:
		input4x2AVX2(&v[0], point, &x[0], origin, row, column, int(edges), channels)
	default:
		input4x2Generic(v, point, x, origin, row, column, edges, channels)
	}
}

func weights4x2(u []float32, point int, w []float32, filter int) {
	switch isa.Current() {
	case isa.AVX512:
		weights4x2AVX512(&u[0], point, &w[0], filter)
	case isa.AVX2:
		weights4x2AVX2(&u[0], point, &w[0], filter)
		weights4x2AVX2(&u[8], point, &w[8*filter], filter)
	default:
		weights4x2Generic(u, point, w, filter)
	}
}

func taps4x2(w []float32, filter int, m []float32, point, phase int) {
	switch isa.Current() {
	case isa.AVX512:
		taps4x2AVX512(&w[0], filter, &m[0], point, phase)
	case isa.AVX2:
		taps4x2AVX2(&w[0], filter, &m[0], point, phase)
		taps4x2AVX2(&w[8*filter], filter, &m[8], point, phase)
	default:
		taps4x2Generic(w, filter, m, point, phase)
	}
}

func output4x2(y []float32, row, column int, m []float32, point int, bias []float32, leak float32, channels int) {
	switch isa.Current() {
	case isa.AVX512:
		output4x2AVX512(&y[0], row, column, &m[0], point, &bias[0], leak, channels)
	case isa.AVX2:
		output4x2AVX2(&y[0], row, column, &m[0], point, &bias[0], leak, channels)
	default:
		output4x2Generic(y, row, column, m, point, bias, leak, channels)
	}
}

func gradient4x2(v []float32, point int, y []float32, row, column, channels int) {
	switch isa.Current() {
	case isa.AVX512:
		gradient4x2AVX512(&v[0], point, &y[0], row, column, channels)
	case isa.AVX2:
		gradient4x2AVX2(&v[0], point, &y[0], row, column, channels)
	default:
		gradient4x2Generic(v, point, y, row, column, channels)
	}
}

func patch4x2(x []float32, origin, row, column int, m []float32, point int, act []float32, leak float32, edges Edges, channels int) {
	switch isa.Current() {
	case isa.AVX512:
		patch4x2AVX512(&x[0], origin, row, column, &m[0], point, &act[0], leak, int(edges), channels)
	case isa.AVX2:
		patch4x2AVX2(&x[0], origin, row, column, &m[0], point, &act[0], leak, int(edges), channels)
	default:
		patch4x2Generic(x, origin, row, column, m, point, act, leak, edges, channels)
	}
}

// The kernels below are the transforms of the same names; strides are in
// floats.

//go:noescape
func input4x2AVX512(v *float32, point int, x *float32, origin, row, column, edges, channels int)

//go:noescape
func output4x2AVX512(y *float32, row, column int, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func gradient4x2AVX512(v *float32, point int, y *float32, row, column, channels int)

//go:noescape
func patch4x2AVX512(x *float32, origin, row, column int, m *float32, point int, act *float32, leak float32, edges, channels int)

//go:noescape
func weights4x2AVX512(u *float32, point int, w *float32, filter int)

//go:noescape
func taps4x2AVX512(w *float32, filter int, m *float32, point, phase int)

//go:noescape
func input4x2AVX2(v *float32, point int, x *float32, origin, row, column, edges, channels int)

//go:noescape
func output4x2AVX2(y *float32, row, column int, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func gradient4x2AVX2(v *float32, point int, y *float32, row, column, channels int)

//go:noescape
func patch4x2AVX2(x *float32, origin, row, column int, m *float32, point int, act *float32, leak float32, edges, channels int)

//go:noescape
func weights4x2AVX2(u *float32, point int, w *float32, filter int)

//go:noescape
func taps4x2AVX2(w *float32, filter int, m *float32, point, phase int)
