//go:build noasm || !amd64

package asm

func sumTaps(dst []float32, p *[3][]float32, ld, width, channels int) {
	sumTapsGeneric(dst, p, ld, width, channels)
}
