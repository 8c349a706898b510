//go:build !noasm

package gemm

import "anila/asm/isa"

func sumTaps(dst []float32, p *[3][]float32, ld, width, channels int) {
	switch isa.Current() {
	case isa.AVX512:
		sumTapsAVX512(&dst[0], &p[0][0], &p[1][0], &p[2][0], ld, width, channels)
	case isa.AVX2:
		sumTapsAVX2(&dst[0], &p[0][0], &p[1][0], &p[2][0], ld, width, channels)
	default:
		sumTapsGeneric(dst, p, ld, width, channels)
	}
}

// sumTapsAVX512 is SumTaps with the same bits as the reference.
//
//go:noescape
func sumTapsAVX512(dst, p0, p1, p2 *float32, ld, width, channels int)

// sumTapsAVX2 is SumTaps with the same bits as the reference.
//
//go:noescape
func sumTapsAVX2(dst, p0, p1, p2 *float32, ld, width, channels int)

// tailMask has, from element 8−n on, a mask for VMASKMOVPS of the first n lanes.
var tailMask = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}
