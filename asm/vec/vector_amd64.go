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

// affineAVX2 computes
//
//	for i := range n {
//		dst[i] = a*x[i] + c
//	}
//
//go:noescape
func affineAVX2(dst, x *float32, n int, a, c float32)

//go:noescape
func affineAVX512(dst, x *float32, n int, a, c float32)

// subAVX2 computes
//
//	for i := range n {
//		dst[i] = x[i] - y[i]
//	}
//
//go:noescape
func subAVX2(dst, x, y *float32, n int)

//go:noescape
func subAVX512(dst, x, y *float32, n int)

// mulAVX2 computes
//
//	for i := range n {
//		dst[i] = x[i] * y[i]
//	}
//
//go:noescape
func mulAVX2(dst, x, y *float32, n int)

//go:noescape
func mulAVX512(dst, x, y *float32, n int)

// mulAddAVX2 computes
//
//	for i := range n {
//		dst[i] += x[i] * y[i]
//	}
//
//go:noescape
func mulAddAVX2(dst, x, y *float32, n int)

//go:noescape
func mulAddAVX512(dst, x, y *float32, n int)

// divAVX2 computes
//
//	for i := range n {
//		dst[i] = x[i] / y[i]
//	}
//
//go:noescape
func divAVX2(dst, x, y *float32, n int)

//go:noescape
func divAVX512(dst, x, y *float32, n int)

// maximumAVX2 computes
//
//	for i := range n {
//		if dst[i] = y[i]; x[i] > y[i] {
//			dst[i] = x[i]
//		}
//	}
//
//go:noescape
func maximumAVX2(dst, x, y *float32, n int)

//go:noescape
func maximumAVX512(dst, x, y *float32, n int)

// rootAVX2 computes
//
//	for i := range n {
//		dst[i] = √x[i]
//	}
//
//go:noescape
func rootAVX2(dst, x *float32, n int)

//go:noescape
func rootAVX512(dst, x *float32, n int)

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

func affine(dst, x []float32, a, c float32) {
	switch isa.Current() {
	case isa.AVX512:
		affineAVX512(&dst[0], &x[0], len(dst), a, c)
	case isa.AVX2:
		affineAVX2(&dst[0], &x[0], len(dst), a, c)
	default:
		affineGeneric(dst, x, a, c)
	}
}

func sub(dst, x, y []float32) {
	switch isa.Current() {
	case isa.AVX512:
		subAVX512(&dst[0], &x[0], &y[0], len(dst))
	case isa.AVX2:
		subAVX2(&dst[0], &x[0], &y[0], len(dst))
	default:
		subGeneric(dst, x, y)
	}
}

func mul(dst, x, y []float32) {
	switch isa.Current() {
	case isa.AVX512:
		mulAVX512(&dst[0], &x[0], &y[0], len(dst))
	case isa.AVX2:
		mulAVX2(&dst[0], &x[0], &y[0], len(dst))
	default:
		mulGeneric(dst, x, y)
	}
}

func mulAdd(dst, x, y []float32) {
	switch isa.Current() {
	case isa.AVX512:
		mulAddAVX512(&dst[0], &x[0], &y[0], len(dst))
	case isa.AVX2:
		mulAddAVX2(&dst[0], &x[0], &y[0], len(dst))
	default:
		mulAddGeneric(dst, x, y)
	}
}

func div(dst, x, y []float32) {
	switch isa.Current() {
	case isa.AVX512:
		divAVX512(&dst[0], &x[0], &y[0], len(dst))
	case isa.AVX2:
		divAVX2(&dst[0], &x[0], &y[0], len(dst))
	default:
		divGeneric(dst, x, y)
	}
}

func maximum(dst, x, y []float32) {
	switch isa.Current() {
	case isa.AVX512:
		maximumAVX512(&dst[0], &x[0], &y[0], len(dst))
	case isa.AVX2:
		maximumAVX2(&dst[0], &x[0], &y[0], len(dst))
	default:
		maximumGeneric(dst, x, y)
	}
}

func root(dst, x []float32) {
	switch isa.Current() {
	case isa.AVX512:
		rootAVX512(&dst[0], &x[0], len(dst))
	case isa.AVX2:
		rootAVX2(&dst[0], &x[0], len(dst))
	default:
		rootGeneric(dst, x)
	}
}

// tailMask has, from element 8−n on, a mask for VMASKMOVPS of the first n lanes.
var tailMask = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}
