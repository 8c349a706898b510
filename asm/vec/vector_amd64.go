//go:build !noasm

package vec

import "anila/asm/isa"

// axpyAVX2 computes
//
//	for i := range n {
//		y[i] += a * x[i]
//	}
//
//go:noescape
func axpyAVX2(y, x *float32, n int, a float32)

//go:noescape
func axpyAVX512(y, x *float32, n int, a float32)

// addAVX2 computes
//
//	for i := range n {
//		y[i] += x[i]
//	}
//
//go:noescape
func addAVX2(y, x *float32, n int)

//go:noescape
func addAVX512(y, x *float32, n int)

// scaleAVX2 computes
//
//	for i := range n {
//		y[i] *= a
//	}
//
//go:noescape
func scaleAVX2(y *float32, n int, a float32)

//go:noescape
func scaleAVX512(y *float32, n int, a float32)

// clampAVX2 computes
//
//	for i := range n {
//		y[i] = max(-limit, min(limit, y[i]))
//	}
//
//go:noescape
func clampAVX2(y *float32, n int, limit float32)

//go:noescape
func clampAVX512(y *float32, n int, limit float32)

func axpy(y, x []float32, a float32) {
	switch isa.Current() {
	case isa.AVX512:
		axpyAVX512(&y[0], &x[0], len(y), a)
	case isa.AVX2:
		axpyAVX2(&y[0], &x[0], len(y), a)
	default:
		axpyGeneric(y, x, a)
	}
}

func add(y, x []float32) {
	switch isa.Current() {
	case isa.AVX512:
		addAVX512(&y[0], &x[0], len(y))
	case isa.AVX2:
		addAVX2(&y[0], &x[0], len(y))
	default:
		addGeneric(y, x)
	}
}

func scale(y []float32, a float32) {
	switch isa.Current() {
	case isa.AVX512:
		scaleAVX512(&y[0], len(y), a)
	case isa.AVX2:
		scaleAVX2(&y[0], len(y), a)
	default:
		scaleGeneric(y, a)
	}
}

func clamp(y []float32, limit float32) {
	switch isa.Current() {
	case isa.AVX512:
		clampAVX512(&y[0], len(y), limit)
	case isa.AVX2:
		clampAVX2(&y[0], len(y), limit)
	default:
		clampGeneric(y, limit)
	}
}

// tailMask has, from element 8−n on, a mask for VMASKMOVPS of the first n lanes.
var tailMask = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}
