//go:build !noasm

package asm

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

// leakyReLUNEON computes
//
//	for i := range 8 * blocks {
//		dst[i] = x[i] if x[i] > 0, leak*x[i] otherwise
//	}
//
//go:noescape
func leakyReLUNEON(dst, x *float32, blocks int, leak float32)

// leakyReLUGradNEON computes
//
//	for i := range 8 * blocks {
//		dx[i] = dy[i] if y[i] > 0, leak*dy[i] otherwise
//	}
//
//go:noescape
func leakyReLUGradNEON(dx, dy, y *float32, blocks int, leak float32)

// biasLeakyReLUNEON computes, for rows > 0 rows of 4·blocks,
//
//	for r := range rows {
//		for j := range 4 * blocks {
//			v := y[r*4*blocks+j] + bias[j]
//			y[r*4*blocks+j] = v if v > 0, leak*v otherwise
//		}
//	}
//
//go:noescape
func biasLeakyReLUNEON(y, bias *float32, rows, blocks int, leak float32)

func axpy(y, x []float32, a float32) {
	if blocks := len(y) / 8; hasNEON && blocks > 0 {
		axpyNEON(&y[0], &x[0], blocks, a)
		y, x = y[8*blocks:], x[8*blocks:]
	}
	axpyGeneric(y, x, a)
}

func add(y, x []float32) {
	if blocks := len(y) / 8; hasNEON && blocks > 0 {
		addNEON(&y[0], &x[0], blocks)
		y, x = y[8*blocks:], x[8*blocks:]
	}
	addGeneric(y, x)
}

func scale(y []float32, a float32) {
	if blocks := len(y) / 8; hasNEON && blocks > 0 {
		scaleNEON(&y[0], blocks, a)
		y = y[8*blocks:]
	}
	scaleGeneric(y, a)
}

func leakyReLU(dst, x []float32, leak float32) {
	if blocks := len(x) / 8; hasNEON && blocks > 0 {
		leakyReLUNEON(&dst[0], &x[0], blocks, leak)
		dst, x = dst[8*blocks:], x[8*blocks:]
	}
	leakyReLUGeneric(dst, x, leak)
}

func leakyReLUGrad(dx, dy, y []float32, leak float32) {
	if blocks := len(y) / 8; hasNEON && blocks > 0 {
		leakyReLUGradNEON(&dx[0], &dy[0], &y[0], blocks, leak)
		dx, dy, y = dx[8*blocks:], dy[8*blocks:], y[8*blocks:]
	}
	leakyReLUGradGeneric(dx, dy, y, leak)
}

func biasLeakyReLU(y, bias []float32, leak float32) {
	if hasNEON && len(y) > 0 && len(bias)%4 == 0 {
		biasLeakyReLUNEON(&y[0], &bias[0], len(y)/len(bias), len(bias)/4, leak)
		return
	}
	biasLeakyReLUGeneric(y, bias, leak)
}
