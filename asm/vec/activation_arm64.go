//go:build !noasm

package vec

import "anila/asm/isa"

// leakyReLUNEON computes
//
//	for i := range 8 * blocks {
//		dst[i] = x[i] if x[i] > 0, leak*x[i] otherwise
//	}
//
//go:noescape
func leakyReLUNEON(dst, x *float32, blocks int, leak float32)

// leakyReLUGradientNEON computes
//
//	for i := range 8 * blocks {
//		dx[i] = dy[i] if y[i] > 0, leak*dy[i] otherwise
//	}
//
//go:noescape
func leakyReLUGradientNEON(dx, dy, y *float32, blocks int, leak float32)

func leakyReLU(dst, x []float32, leak float32) {
	if blocks := len(x) / 8; isa.Current() == isa.NEON && blocks > 0 {
		leakyReLUNEON(&dst[0], &x[0], blocks, leak)
		dst, x = dst[8*blocks:], x[8*blocks:]
	}
	leakyReLUGeneric(dst, x, leak)
}

func leakyReLUGradient(dx, dy, y []float32, leak float32) {
	if blocks := len(y) / 8; isa.Current() == isa.NEON && blocks > 0 {
		leakyReLUGradientNEON(&dx[0], &dy[0], &y[0], blocks, leak)
		dx, dy, y = dx[8*blocks:], dy[8*blocks:], y[8*blocks:]
	}
	leakyReLUGradientGeneric(dx, dy, y, leak)
}
