//go:build noasm || !(amd64 || arm64)

package asm

func winogradInput(v []float32, point int, x []float32, origin, row, column int, edges Edges, channels int) {
	winogradInputGeneric(v, point, x, origin, row, column, edges, channels)
}

func winogradOutput(y []float32, row, column int, m []float32, point int, bias []float32, leak float32, channels int) {
	winogradOutputGeneric(y, row, column, m, point, bias, leak, channels)
}

func winogradMasked(y []float32, row, column int, m []float32, point int, act []float32, leak float32, channels int) {
	winogradMaskedGeneric(y, row, column, m, point, act, leak, channels)
}
