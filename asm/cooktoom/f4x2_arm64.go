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

func input4x2(v []float32, point int, x []float32, origin, row, column int, edges Edges, channels int) {
	if isa.Current() != isa.NEON || channels > len(outside) {
		input4x2Generic(v, point, x, origin, row, column, edges, channels)
		return
	}
	var places [25]*float32
	for p := range places {
		if i, j := p/5, p%5; edges.outside(i, j) {
			places[p] = &outside[0]
		} else {
			places[p] = &x[origin+i*row+j*column]
		}
	}
	input4x2NEON(&v[0], point, &places, channels)
}

func output4x2(y []float32, row, column int, m []float32, point int, bias []float32, leak float32, channels int) {
	if isa.Current() == isa.NEON {
		output4x2NEON(&y[0], row, column, &m[0], point, &bias[0], leak, channels)
		return
	}
	output4x2Generic(y, row, column, m, point, bias, leak, channels)
}

func gradient4x2(v []float32, point int, y []float32, row, column, channels int) {
	if isa.Current() == isa.NEON {
		gradient4x2NEON(&v[0], point, &y[0], row, column, channels)
		return
	}
	gradient4x2Generic(v, point, y, row, column, channels)
}

func patch4x2(x []float32, origin, row, column int, m []float32, point int, act []float32, leak float32, edges Edges, channels int) {
	if isa.Current() != isa.NEON || channels > len(outside) {
		patch4x2Generic(x, origin, row, column, m, point, act, leak, edges, channels)
		return
	}
	var (
		places places4x2
		spare  [4]float32
	)
	for p := range places.x {
		i, j := p/5, p%5
		places.x[p], places.act[p], places.add[p] = &spare[0], &outside[0], &outside[0]
		if edges.outside(i, j) {
			continue
		}
		at := origin + i*row + j*column
		places.x[p], places.mask[p], places.act[p] = &x[at], 1<<64-1, &act[at]
		if i == 0 && edges&FirstTop == 0 || j == 0 && edges&FirstLeft == 0 {
			places.add[p] = &x[at]
		}
	}
	patch4x2NEON(&places, &m[0], point, leak, channels)
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
