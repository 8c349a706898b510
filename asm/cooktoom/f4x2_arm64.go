//go:build !noasm

package cooktoom

import "anila/asm/isa"

// places4x2 are the addresses of the 25 places of a patch, channels lying
// together. The assembly reads it by offset.
type places4x2 struct {
	x    [25]*float32 // where results go, four floats to spare where outside
	mask [25]uint64   // all ones inside, 0 outside
	act  [25]*float32
	add  [25]*float32
}

func input4x2(v []float32, point int, x []float32, p *Places, channels int) {
	if isa.Current() != isa.NEON || channels > len(outside) {
		input4x2Generic(v, point, x, p, channels)
		return
	}
	var places [25]*float32
	for k := range places {
		if i, j := k/5, k%5; p.in(i, j) {
			places[k] = &x[p.at(i, j)]
		} else {
			places[k] = &outside[0]
		}
	}
	input4x2NEON(&v[0], point, &places, channels)
}

func patch4x2(x []float32, p *Places, m []float32, point int, act []float32, leak float32, first First, channels int) {
	if isa.Current() != isa.NEON || channels > len(outside) {
		patch4x2Generic(x, p, m, point, act, leak, first, channels)
		return
	}
	var (
		places places4x2
		spare  [4]float32
	)
	for k := range places.x {
		i, j := k/5, k%5
		places.x[k], places.act[k], places.add[k] = &spare[0], &outside[0], &outside[0]
		if !p.in(i, j) {
			continue
		}
		at := p.at(i, j)
		places.x[k], places.mask[k], places.act[k] = &x[at], 1<<64-1, &act[at]
		if !first.at(i, j) {
			places.add[k] = &x[at]
		}
	}
	patch4x2NEON(&places, &m[0], point, leak, channels)
}

func output4x2Kernel(y *float32, row, column int, m *float32, point int, bias *float32, leak float32, channels int) {
	output4x2NEON(y, row, column, m, point, bias, leak, channels)
}

func gradient4x2Kernel(v *float32, point int, y *float32, row, column, channels int) {
	gradient4x2NEON(v, point, y, row, column, channels)
}

func weights4x2(u []float32, point int, w []float32, filter int) {
	weights4x2Generic(u, point, w, filter)
}

func taps4x2(w []float32, filter int, m []float32, point, phase int) {
	taps4x2Generic(w, filter, m, point, phase)
}

// The kernels below are the transforms of the same names; strides are in floats.
// Weights and taps are transformed once a parameter update, in Go.

//go:noescape
func input4x2NEON(v *float32, point int, places *[25]*float32, channels int)

//go:noescape
func output4x2NEON(y *float32, row, column int, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func gradient4x2NEON(v *float32, point int, y *float32, row, column, channels int)

//go:noescape
func patch4x2NEON(places *places4x2, m *float32, point int, leak float32, channels int)
