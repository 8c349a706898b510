//go:build !noasm && (amd64 || arm64)

package cooktoom

import "anila/asm/isa"

// The kernels of F(2×2, 2×2) take the address of every place, those outside the
// image with zeros for what is read and a spare place for what is written.

// outside stands for places outside of an image: the transforms read its zeros.
var outside [RunFloats]float32

// patches2x2 are the places of a patch. The assembly reads it by offset.
type patches2x2 struct {
	x    [9]*float32 // where results go, sixteen floats to spare where outside
	mask [9]uint64   // all ones inside, 0 outside
	act  [9]*float32
	add  [9]*float32
}

// outputs2x2 are the places of a tile, x and mask as above.
type outputs2x2 struct {
	x    [4]*float32
	mask [4]uint64
}

func vector2x2(channels int) bool {
	return (isa.Current() >= isa.AVX2 || isa.Current() == isa.NEON) && channels <= len(outside)
}

func input2x2(v []float32, point int, x []float32, p *Places, channels int) {
	if !vector2x2(channels) {
		input2x2Generic(v, point, x, p, channels)
		return
	}
	var places [9]*float32
	for i := range 3 {
		for j := range 3 {
			if places[3*i+j] = &outside[0]; p.in(i, j) {
				places[3*i+j] = &x[p.at(i, j)]
			}
		}
	}
	input2x2Kernel(&v[0], point, &places, channels)
}

func output2x2(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int) {
	if !vector2x2(channels) {
		output2x2Generic(y, p, m, point, bias, leak, channels)
		return
	}
	var (
		places outputs2x2
		spare  [16]float32
	)
	for i := range 2 {
		for j := range 2 {
			if places.x[2*i+j] = &spare[0]; p.in(i, j) {
				places.x[2*i+j], places.mask[2*i+j] = &y[p.at(i, j)], 1<<64-1
			}
		}
	}
	output2x2Kernel(&places, &m[0], point, &bias[0], leak, channels)
}

func gradient2x2(v []float32, point int, y []float32, p *Places, channels int) {
	if !vector2x2(channels) {
		gradient2x2Generic(v, point, y, p, channels)
		return
	}
	var places [4]*float32
	for i := range 2 {
		for j := range 2 {
			if places[2*i+j] = &outside[0]; p.in(i, j) {
				places[2*i+j] = &y[p.at(i, j)]
			}
		}
	}
	gradient2x2Kernel(&v[0], point, &places, channels)
}

func patch2x2(x []float32, p *Places, m []float32, point int, act []float32, leak float32, first First, channels int) {
	if !vector2x2(channels) {
		patch2x2Generic(x, p, m, point, act, leak, first, channels)
		return
	}
	var (
		places patches2x2
		spare  [16]float32
	)
	for i := range 3 {
		for j := range 3 {
			k := 3*i + j
			places.x[k], places.act[k], places.add[k] = &spare[0], &outside[0], &outside[0]
			if !p.in(i, j) {
				continue
			}
			at := p.at(i, j)
			places.x[k], places.mask[k] = &x[at], 1<<64-1
			if leak != 1 {
				places.act[k] = &act[at]
			}
			if !first.at(i, j) {
				places.add[k] = &x[at]
			}
		}
	}
	patch2x2Kernel(&places, &m[0], point, leak, channels)
}
