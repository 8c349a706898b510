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

// affineNEON computes
//
//	for i := range 8 * blocks {
//		dst[i] = a*x[i] + c
//	}
//
//go:noescape
func affineNEON(dst, x *float32, blocks int, a, c float32)

// subNEON computes
//
//	for i := range 8 * blocks {
//		dst[i] = x[i] - y[i]
//	}
//
//go:noescape
func subNEON(dst, x, y *float32, blocks int)

// mulNEON computes
//
//	for i := range 8 * blocks {
//		dst[i] = x[i] * y[i]
//	}
//
//go:noescape
func mulNEON(dst, x, y *float32, blocks int)

// mulAddNEON computes
//
//	for i := range 8 * blocks {
//		dst[i] += x[i] * y[i]
//	}
//
//go:noescape
func mulAddNEON(dst, x, y *float32, blocks int)

// divNEON computes
//
//	for i := range 8 * blocks {
//		dst[i] = x[i] / y[i]
//	}
//
//go:noescape
func divNEON(dst, x, y *float32, blocks int)

// maximumNEON computes
//
//	for i := range 8 * blocks {
//		if dst[i] = y[i]; x[i] > y[i] {
//			dst[i] = x[i]
//		}
//	}
//
//go:noescape
func maximumNEON(dst, x, y *float32, blocks int)

// rootNEON computes
//
//	for i := range 8 * blocks {
//		dst[i] = √x[i]
//	}
//
//go:noescape
func rootNEON(dst, x *float32, blocks int)

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

func affine(dst, x []float32, a, c float32) {
	if blocks := len(dst) / 8; isa.Current() == isa.NEON && blocks > 0 {
		affineNEON(&dst[0], &x[0], blocks, a, c)
		dst, x = dst[8*blocks:], x[8*blocks:]
	}
	affineGeneric(dst, x, a, c)
}

func sub(dst, x, y []float32) {
	if blocks := len(dst) / 8; isa.Current() == isa.NEON && blocks > 0 {
		subNEON(&dst[0], &x[0], &y[0], blocks)
		dst, x, y = dst[8*blocks:], x[8*blocks:], y[8*blocks:]
	}
	subGeneric(dst, x, y)
}

func mul(dst, x, y []float32) {
	if blocks := len(dst) / 8; isa.Current() == isa.NEON && blocks > 0 {
		mulNEON(&dst[0], &x[0], &y[0], blocks)
		dst, x, y = dst[8*blocks:], x[8*blocks:], y[8*blocks:]
	}
	mulGeneric(dst, x, y)
}

func mulAdd(dst, x, y []float32) {
	if blocks := len(dst) / 8; isa.Current() == isa.NEON && blocks > 0 {
		mulAddNEON(&dst[0], &x[0], &y[0], blocks)
		dst, x, y = dst[8*blocks:], x[8*blocks:], y[8*blocks:]
	}
	mulAddGeneric(dst, x, y)
}

func div(dst, x, y []float32) {
	if blocks := len(dst) / 8; isa.Current() == isa.NEON && blocks > 0 {
		divNEON(&dst[0], &x[0], &y[0], blocks)
		dst, x, y = dst[8*blocks:], x[8*blocks:], y[8*blocks:]
	}
	divGeneric(dst, x, y)
}

func maximum(dst, x, y []float32) {
	if blocks := len(dst) / 8; isa.Current() == isa.NEON && blocks > 0 {
		maximumNEON(&dst[0], &x[0], &y[0], blocks)
		dst, x, y = dst[8*blocks:], x[8*blocks:], y[8*blocks:]
	}
	maximumGeneric(dst, x, y)
}

func root(dst, x []float32) {
	if blocks := len(dst) / 8; isa.Current() == isa.NEON && blocks > 0 {
		rootNEON(&dst[0], &x[0], blocks)
		dst, x = dst[8*blocks:], x[8*blocks:]
	}
	rootGeneric(dst, x)
}
