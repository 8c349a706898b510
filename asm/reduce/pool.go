package reduce

import "anila/asm/internal/span"

const panicPool = "reduce: pooled rows do not match"

// MaxPool2 takes the largest of each 2×2 window of two image rows x0 and x1
// [2·w][c]: y [w][c]. A NaN wins.
func MaxPool2(y, x0, x1 []float32, c int) {
	checkPool(len(y), len(x0), len(x1), c)
	for i, j := range span.By(len(y), poolSpan(c)) {
		maxPool2(y[i:j], x0[2*i:2*j], x1[2*i:2*j], c)
	}
}

// MaxPool2Gradient sets dx0 and dx1 [2·w][c] to the gradient of MaxPool2: dy at the
// first winner of each window, in the order x0[2j], x0[2j+1], x1[2j], x1[2j+1],
// and 0 elsewhere. Where the winner is not positive dy is multiplied by leak, for
// a leaky ReLU before the pooling (leak 1 for none).
func MaxPool2Gradient(dx0, dx1, dy, x0, x1 []float32, c int, leak float32) {
	checkPool(len(dy), len(x0), len(x1), c)
	checkPool(len(dy), len(dx0), len(dx1), c)
	for i, j := range span.By(len(dy), poolSpan(c)) {
		maxPool2Gradient(dx0[2*i:2*j], dx1[2*i:2*j], dy[i:j], x0[2*i:2*j], x1[2*i:2*j], c, leak)
	}
}

// AvgPool2 takes the mean of each 2×2 window of two image rows x0 and x1 [2·w][c], the
// sum in the order of MaxPool2Gradient: y [w][c].
func AvgPool2(y, x0, x1 []float32, c int) {
	checkPool(len(y), len(x0), len(x1), c)
	for i, j := range span.By(len(y), poolSpan(c)) {
		avgPool2(y[i:j], x0[2*i:2*j], x1[2*i:2*j], c)
	}
}

// AvgPool2Gradient sets dx0 and dx1 [2·w][c] to the gradient of AvgPool2: dy/4 at the
// places of each window.
func AvgPool2Gradient(dx0, dx1, dy []float32, c int) {
	checkPool(len(dy), len(dx0), len(dx1), c)
	for i, j := range span.By(len(dy), poolSpan(c)) {
		avgPool2Gradient(dx0[2*i:2*j], dx1[2*i:2*j], dy[i:j], c)
	}
}

// poolSpan is the number of outputs of one assembly call: whole pixels.
func poolSpan(c int) int { return max(1, span.Most/4/c) * c }

func checkPool(y, x0, x1, c int) {
	if c < 1 || y%c != 0 || x0 != 2*y || x1 != 2*y {
		panic(panicPool)
	}
}
