//go:build noasm || !(amd64 || arm64)

package asm

func cookToomInput(v []float32, point int, x []float32, origin, row, column int, edges Edges, channels int) {
	cookToomInputGeneric(v, point, x, origin, row, column, edges, channels)
}

func cookToomOutput(y []float32, row, column int, m []float32, point int, bias []float32, leak float32, channels int) {
	cookToomOutputGeneric(y, row, column, m, point, bias, leak, channels)
}

func cookToomGradient(v []float32, point int, y []float32, row, column, channels int) {
	cookToomGradientGeneric(v, point, y, row, column, channels)
}

func cookToomPatch(x []float32, origin, row, column int, m []float32, point int, act []float32, leak float32, edges Edges, channels int) {
	cookToomPatchGeneric(x, origin, row, column, m, point, act, leak, edges, channels)
}

func cookToomWeights(u []float32, point int, w []float32, filter int) {
	cookToomWeightsGeneric(u, point, w, filter)
}

func cookToomTaps(w []float32, filter int, m []float32, point, phase int) {
	cookToomTapsGeneric(w, filter, m, point, phase)
}
