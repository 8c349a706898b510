//go:build !noasm

package gemm

import "anila/asm/isa"

func sumTaps(dst []float32, p *[3][]float32, ld, width, channels int) {
	if isa.Current() == isa.AVX512 {
		sumTapsAVX512(&dst[0], &p[0][0], &p[1][0], &p[2][0], ld, width, channels)
		return
	}
	if isa.Current() >= isa.AVX2 {
		sumTapsAVX2(&dst[0], &p[0][0], &p[1][0], &p[2][0], ld, width, channels)
		return
	}
	sumTapsGeneric(dst, p, ld, width, channels)
}

// sumTapsAVX512 is SumTaps with the same bits as the reference.
//
//go:noescape
func sumTapsAVX512(dst, p0, p1, p2 *float32, ld, width, channels int)

// sumTapsAVX2 is SumTaps with the same bits as the reference.
//
//go:noescape
func sumTapsAVX2(dst, p0, p1, p2 *float32, ld, width, channels int)
