package vec

import "anila/asm/internal/span"

const (
	panicLength  = "vec: slices differ in length"
	panicDivisor = "vec: length is not a multiple of the row length"
)

// Axpy computes y[i] += a·x[i], product and sum rounded one after the other.
func Axpy(y, x []float32, a float32) {
	if len(x) != len(y) {
		panic(panicLength)
	}
	for i, j := range span.Of(len(y)) {
		axpy(y[i:j], x[i:j], a)
	}
}

// Add computes y[i] += x[i].
func Add(y, x []float32) {
	if len(x) != len(y) {
		panic(panicLength)
	}
	for i, j := range span.Of(len(y)) {
		add(y[i:j], x[i:j])
	}
}

// Scale computes y[i] *= a.
func Scale(y []float32, a float32) {
	for i, j := range span.Of(len(y)) {
		scale(y[i:j], a)
	}
}

// Affine computes dst[i] = a·x[i] + c, product and sum rounded one after the other.
func Affine(dst, x []float32, a, c float32) {
	if len(x) != len(dst) {
		panic(panicLength)
	}
	for i, j := range span.Of(len(dst)) {
		affine(dst[i:j], x[i:j], a, c)
	}
}

// Sub computes dst[i] = x[i] − y[i].
func Sub(dst, x, y []float32) {
	mustMatch(dst, x, y)
	for i, j := range span.Of(len(dst)) {
		sub(dst[i:j], x[i:j], y[i:j])
	}
}

// Mul computes dst[i] = x[i]·y[i].
func Mul(dst, x, y []float32) {
	mustMatch(dst, x, y)
	for i, j := range span.Of(len(dst)) {
		mul(dst[i:j], x[i:j], y[i:j])
	}
}

// MulAdd computes dst[i] += x[i]·y[i], product and sum rounded one after the other.
func MulAdd(dst, x, y []float32) {
	mustMatch(dst, x, y)
	for i, j := range span.Of(len(dst)) {
		mulAdd(dst[i:j], x[i:j], y[i:j])
	}
}

// Div computes dst[i] = x[i]/y[i].
func Div(dst, x, y []float32) {
	mustMatch(dst, x, y)
	for i, j := range span.Of(len(dst)) {
		div(dst[i:j], x[i:j], y[i:j])
	}
}

// Max computes dst[i] = x[i] where x[i] > y[i], else y[i].
func Max(dst, x, y []float32) {
	mustMatch(dst, x, y)
	for i, j := range span.Of(len(dst)) {
		maximum(dst[i:j], x[i:j], y[i:j])
	}
}

// Sqrt computes dst[i] = √x[i].
func Sqrt(dst, x []float32) {
	if len(x) != len(dst) {
		panic(panicLength)
	}
	for i, j := range span.Of(len(dst)) {
		root(dst[i:j], x[i:j])
	}
}

func mustMatch(dst, x, y []float32) {
	if len(x) != len(dst) || len(y) != len(dst) {
		panic(panicLength)
	}
}

// Clamp brings every y[i] into [−limit, limit]. A NaN stays.
func Clamp(y []float32, limit float32) {
	for i, j := range span.Of(len(y)) {
		clamp(y[i:j], limit)
	}
}
