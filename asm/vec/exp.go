package vec

import (
	"anila/asm/internal/span"
	"anila/asm/reduce"
)

// Exp computes dst[i] = exp(x[i]).
func Exp(dst, x []float32) {
	if len(x) != len(dst) {
		panic(panicLength)
	}
	for i, j := range span.Of(len(dst)) {
		expShifted(dst[i:j], x[i:j], 0)
	}
}

// Log computes dst[i] = ln x[i]. What lies outside of [2⁻¹²⁶, MaxFloat32] counts as
// the nearer end.
func Log(dst, x []float32) {
	if len(x) != len(dst) {
		panic(panicLength)
	}
	for i, j := range span.Of(len(dst)) {
		logarithm(dst[i:j], x[i:j])
	}
}

// Swish computes y[i] = x[i]·s and its derivative slope[i] = s + y[i]·(1 − s), s =
// 1/(1 + exp(−x[i])). y or slope may be x.
func Swish(y, slope, x []float32) {
	if len(x) != len(y) || len(slope) != len(y) {
		panic(panicLength)
	}
	for i, j := range span.Of(len(y)) {
		swish(y[i:j], slope[i:j], x[i:j])
	}
}

// Softmax computes dst[r][j] = exp(x[r][j])/Σₖ exp(x[r][k]) for rows of the
// given length. Sums are in float64. A NaN or +Inf makes its whole row NaN.
func Softmax(dst, x []float32, row int) {
	if len(x) != len(dst) {
		panic(panicLength)
	}
	checkRows(len(x), row)
	for len(x) > 0 {
		softmaxRow(dst[:row], x[:row])
		dst, x = dst[row:], x[row:]
	}
}

func softmaxRow(dst, x []float32) {
	top := reduce.Max(x)
	for i, j := range span.Of(len(x)) {
		expShifted(dst[i:j], x[i:j], top)
	}
	Scale(dst, float32(1/reduce.Sum(dst)))
}

// SoftmaxGradient computes dx[r][j] = y[r][j]·(dy[r][j] − Σₖ dy[r][k]·y[r][k]) for y
// the output of Softmax.
func SoftmaxGradient(dx, dy, y []float32, row int) {
	if len(dy) != len(dx) || len(y) != len(dx) {
		panic(panicLength)
	}
	checkRows(len(y), row)
	for len(y) > 0 {
		shift := float32(reduce.Dot(dy[:row], y[:row]))
		for i, j := range span.Of(row) {
			mulShifted(dx[i:j], dy[i:j], y[i:j], shift)
		}
		dx, dy, y = dx[row:], dy[row:], y[row:]
	}
}
