//go:build noasm || !(amd64 || arm64)

package asm

func cookToom2Input(v []float32, point int, x []float32, p *Places, channels int) {
	cookToom2InputGeneric(v, point, x, p, channels)
}

func cookToom2Output(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int) {
	cookToom2OutputGeneric(y, p, m, point, bias, leak, channels)
}

func cookToom2Gradient(v []float32, point int, y []float32, p *Places, channels int) {
	cookToom2GradientGeneric(v, point, y, p, channels)
}

func cookToom2Patch(x []float32, p *Places, m []float32, point int, act []float32, leak float32, first Edges, channels int) {
	cookToom2PatchGeneric(x, p, m, point, act, leak, first, channels)
}
