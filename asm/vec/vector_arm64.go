//go:build !noasm

package vec

import "anila/asm/isa"

// axpyNEON computes
//
//	for i := range 8 * blocks {
//		y[i] += a * x[i]
//	}
//
//go:noescape
func axpyNEON(y, x *float32, blocks int, a float32)

// addNEON computes
//
//	for i := range 8 * blocks {
//		y[i] += x[i]
//	}
//
//go:noescape
func addNEON(y, x *float32, blocks int)

// scaleNEON computes
//
//	for i := range 8 * blocks {
//		y[i] *= a
//	}
//
//go:noescape
func scaleNEON(y *float32, blocks int, a float32)

// clampNEON computes
//
//	for i := range 8 * blocks {
//		y[i] = max(-limit, min(limit, y[i]))
//	}
//
//go:noescape
func clampNEON(y *float32, blocks int, limit float32)

func axpy(y, x []float32, a float32) {
	if blocks := len(y) / 8; isa.Current() == isa.NEON && blocks > 0 {
		axpyNEON(&y[0], &x[0], blocks, a)
		y, x = y[8*blocks:], x[8*blocks:]
	}
	axpyGeneric(y, x, a)
}

func add(y, x []float32) {
	if blocks := len(y) / 8; isa.Current() == isa.NEON && blocks > 0 {
		addNEON(&y[0], &x[0], blocks)
		y, x = y[8*blocks:], x[8*blocks:]
	}
	addGeneric(y, x)
}

func scale(y []float32, a float32) {
	if blocks := len(y) / 8; isa.Current() == isa.NEON && blocks > 0 {
		scaleNEON(&y[0], blocks, a)
		y = y[8*blocks:]
	}
	scaleGeneric(y, a)
}

func clamp(y []float32, limit float32) {
	if blocks := len(y) / 8; isa.Current() == isa.NEON && blocks > 0 {
		clampNEON(&y[0], blocks, limit)
		y = y[8*blocks:]
	}
	clampGeneric(y, limit)
}
