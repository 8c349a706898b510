//go:build !noasm

package cooktoom

import "anila/asm/isa"

func input4x2(v []float32, point int, x []float32, p *Places, channels int) {
	edges, ring := p.edges(5)
	switch {
	case isa.Current() == isa.Generic:
		input4x2Generic(v, point, x, p, channels)
	case ring:
		input4x2Kernel(&v[0], point, &x[0], p.Origin, p.Row, p.Column, edges, channels)
	default:
		for c := 0; c < channels; c += copyChannels {
			var patch [25 * copyChannels]float32
			n := min(copyChannels, channels-c)
			p.gather(patch[:], &patchCopy, x, c, n)
			input4x2Kernel(&v[c], point, &patch[0], 0, patchCopy.Row, patchCopy.Column, 0, n)
		}
	}
}

func patch4x2(x []float32, p *Places, m []float32, point int, act []float32, leak float32, first First, channels int) {
	edges, ring := p.edges(5)
	switch {
	case isa.Current() == isa.Generic:
		patch4x2Generic(x, p, m, point, act, leak, first, channels)
	case ring:
		patch4x2Kernel(&x[0], p.Origin, p.Row, p.Column, &m[0], point, &act[0], leak, edges|int(first)<<4, channels)
	default:
		for c := 0; c < channels; c += copyChannels {
			var patch, mask [25 * copyChannels]float32
			n := min(copyChannels, channels-c)
			p.gather(patch[:], &patchCopy, x, c, n)
			if leak != 1 {
				p.gather(mask[:], &patchCopy, act, c, n)
			}
			patch4x2Kernel(&patch[0], 0, patchCopy.Row, patchCopy.Column, &m[c], point, &mask[0], leak, int(first)<<4, n)
			p.scatter(x, patch[:], &patchCopy, c, n)
		}
	}
}

func input4x2Kernel(v *float32, point int, x *float32, origin, row, column, edges, channels int) {
	if isa.Current() == isa.AVX512 {
		input4x2AVX512(v, point, x, origin, row, column, edges, channels)
	} else {
		input4x2AVX2(v, point, x, origin, row, column, edges, channels)
	}
}

func output4x2Kernel(y *float32, row, column int, m *float32, point int, bias *float32, leak float32, channels int) {
	if isa.Current() == isa.AVX512 {
		output4x2AVX512(y, row, column, m, point, bias, leak, channels)
	} else {
		output4x2AVX2(y, row, column, m, point, bias, leak, channels)
	}
}

func gradient4x2Kernel(v *float32, point int, y *float32, row, column, channels int) {
	if isa.Current() == isa.AVX512 {
		gradient4x2AVX512(v, point, y, row, column, channels)
	} else {
		gradient4x2AVX2(v, point, y, row, column, channels)
	}
}

func patch4x2Kernel(x *float32, origin, row, column int, m *float32, point int, act *float32, leak float32, edges, channels int) {
	if isa.Current() == isa.AVX512 {
		patch4x2AVX512(x, origin, row, column, m, point, act, leak, edges, channels)
	} else {
		patch4x2AVX2(x, origin, row, column, m, point, act, leak, edges, channels)
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
