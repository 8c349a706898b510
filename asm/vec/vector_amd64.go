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

func axpy(y, x []float32, a float32) {
	if isa.Current() == isa.AVX512 && len(y) > 0 {
		axpyAVX512(&y[0], &x[0], len(y), a)
		return
	}
	if isa.Current() >= isa.AVX2 && len(y) > 0 {
		axpyAVX2(&y[0], &x[0], len(y), a)
		return
	}
	axpyGeneric(y, x, a)
}

func add(y, x []float32) {
	if isa.Current() == isa.AVX512 && len(y) > 0 {
		addAVX512(&y[0], &x[0], len(y))
		return
	}
	if isa.Current() >= isa.AVX2 && len(y) > 0 {
		addAVX2(&y[0], &x[0], len(y))
		return
	}
	addGeneric(y, x)
}

func scale(y []float32, a float32) {
	if isa.Current() == isa.AVX512 && len(y) > 0 {
		scaleAVX512(&y[0], len(y), a)
		return
	}
	if isa.Current() >= isa.AVX2 && len(y) > 0 {
		scaleAVX2(&y[0], len(y), a)
		return
	}
	scaleGeneric(y, a)
}
