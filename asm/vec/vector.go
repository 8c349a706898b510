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

// Clamp brings every y[i] into [−limit, limit]. A NaN stays.
func Clamp(y []float32, limit float32) {
	for i, j := range span.Of(len(y)) {
		clamp(y[i:j], limit)
	}
}
