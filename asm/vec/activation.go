package vec

import "anila/asm/internal/span"

// LeakyReLU computes dst[i] = x[i] where x[i] > 0 and leak·x[i] elsewhere.
func LeakyReLU(dst, x []float32, leak float32) {
	if len(x) != len(dst) {
		panic(panicLength)
	}
	for i, j := range span.Of(len(dst)) {
		leakyReLU(dst[i:j], x[i:j], leak)
	}
}

// LeakyReLUGradient computes dx[i] = dy[i] where y[i] > 0 and leak·dy[i] elsewhere.
// y is the activation's input or, for leak > 0, its output: only its sign
// counts, and a NaN in y counts as not positive.
func LeakyReLUGradient(dx, dy, y []float32, leak float32) {
	if len(dy) != len(dx) || len(y) != len(dx) {
		panic(panicLength)
	}
	for i, j := range span.Of(len(dx)) {
		leakyReLUGradient(dx[i:j], dy[i:j], y[i:j], leak)
	}
}

func checkRows(n, row int) {
	if n > 0 && (row == 0 || n%row != 0) {
		panic(panicDivisor)
	}
}
