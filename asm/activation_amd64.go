//go:build !noasm

package asm

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

// leakyReLUGradAVX2 computes
//
//	for i := range n {
//		dx[i] = dy[i] if y[i] > 0, leak*dy[i] otherwise
//	}
//
//go:noescape
func leakyReLUGradAVX2(dx, dy, y *float32, n int, leak float32)

//go:noescape
func leakyReLUGradAVX512(dx, dy, y *float32, n int, leak float32)

// biasLeakyReLUAVX2 computes, for rows > 0 rows of n,
//
//	for r := range rows {
//		for j := range n {
//			v := y[r*n+j] + bias[j]
//			y[r*n+j] = v if v > 0, leak*v otherwise
//		}
//	}
//
//go:noescape
func biasLeakyReLUAVX2(y, bias *float32, rows, n int, leak float32)

//go:noescape
func biasLeakyReLUAVX512(y, bias *float32, rows, n int, leak float32)

func leakyReLU(dst, x []float32, leak float32) {
	if hasAVX512 && len(x) > 0 {
		leakyReLUAVX512(&dst[0], &x[0], len(x), leak)
		return
	}
	if hasAVX2FMA && len(x) > 0 {
		leakyReLUAVX2(&dst[0], &x[0], len(x), leak)
		return
	}
	leakyReLUGeneric(dst, x, leak)
}

func leakyReLUGrad(dx, dy, y []float32, leak float32) {
	if hasAVX512 && len(y) > 0 {
		leakyReLUGradAVX512(&dx[0], &dy[0], &y[0], len(y), leak)
		return
	}
	if hasAVX2FMA && len(y) > 0 {
		leakyReLUGradAVX2(&dx[0], &dy[0], &y[0], len(y), leak)
		return
	}
	leakyReLUGradGeneric(dx, dy, y, leak)
}

func biasLeakyReLU(y, bias []float32, leak float32) {
	if hasAVX512 && len(y) > 0 {
		biasLeakyReLUAVX512(&y[0], &bias[0], len(y)/len(bias), len(bias), leak)
		return
	}
	if hasAVX2FMA && len(y) > 0 {
		biasLeakyReLUAVX2(&y[0], &bias[0], len(y)/len(bias), len(bias), leak)
		return
	}
	biasLeakyReLUGeneric(y, bias, leak)
}
