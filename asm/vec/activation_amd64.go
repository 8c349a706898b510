//go:build !noasm

package vec

import "anila/asm/isa"

// leakyReLUAVX2 computes
//
//	for i := range n {
//		dst[i] = x[i] if x[i] > 0, leak*x[i] otherwise
//	}
//
//go:noescape
func leakyReLUAVX2(dst, x *float32, n int, leak float32)

//go:noescape
func leakyReLUAVX512(dst, x *float32, n int, leak float32)

// leakyReLUGradientAVX2 computes
//
//	for i := range n {
//		dx[i] = dy[i] if y[i] > 0, leak*dy[i] otherwise
//	}
//
//go:noescape
func leakyReLUGradientAVX2(dx, dy, y *float32, n int, leak float32)

//go:noescape
func leakyReLUGradientAVX512(dx, dy, y *float32, n int, leak float32)

func leakyReLU(dst, x []float32, leak float32) {
	if isa.Current() == isa.AVX512 && len(x) > 0 {
		leakyReLUAVX512(&dst[0], &x[0], len(x), leak)
		return
	}
	if isa.Current() >= isa.AVX2 && len(x) > 0 {
		leakyReLUAVX2(&dst[0], &x[0], len(x), leak)
		return
	}
	leakyReLUGeneric(dst, x, leak)
}

func leakyReLUGradient(dx, dy, y []float32, leak float32) {
	if isa.Current() == isa.AVX512 && len(y) > 0 {
		leakyReLUGradientAVX512(&dx[0], &dy[0], &y[0], len(y), leak)
		return
	}
	if isa.Current() >= isa.AVX2 && len(y) > 0 {
		leakyReLUGradientAVX2(&dx[0], &dy[0], &y[0], len(y), leak)
		return
	}
	leakyReLUGradientGeneric(dx, dy, y, leak)
}
