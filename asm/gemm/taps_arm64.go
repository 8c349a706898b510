//go:build !noasm

package gemm

func sumTaps(dst []float32, p *[3][]float32, ld, width, channels int) {
	sumTapsGeneric(dst, p, ld, width, channels)
}
