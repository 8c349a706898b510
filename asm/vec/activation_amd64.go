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
	switch isa.Current() {
	case isa.AVX512:
		leakyReLUAVX512(&dst[0], &x[0], len(x), leak)
	case isa.AVX2:
		leakyReLUAVX2(&dst[0], &x[0], len(x), leak)
	default:
		leakyReLUGeneric(dst, x, leak)
	}
}

func leakyReLUGradient(dx, dy, y []float32, leak float32) {
	switch isa.Current() {
	case isa.AVX512:
		leakyReLUGradientAVX512(&dx[0], &dy[0], &y[0], len(y), leak)
	case isa.AVX2:
		leakyReLUGradientAVX2(&dx[0], &dy[0], &y[0], len(y), leak)
	default:
		leakyReLUGradientGeneric(dx, dy, y, leak)
	}
}
