//go:build !noasm

package lanes

import "anila/asm/isa"

// splitPairsAVX2 computes
//
//	for i := range 8 * blocks {
//		even[i], odd[i] = x[2*i], x[2*i+1]
//	}
//
//go:noescape
func splitPairsAVX2(even, odd, x *float32, blocks int)

// joinPairsAVX2 computes
//
//	for i := range 8 * blocks {
//		dst[2*i], dst[2*i+1] = even[i], odd[i]
//	}
//
//go:noescape
func joinPairsAVX2(dst, even, odd *float32, blocks int)

func splitPairs(even, odd, x []float32) {
	if blocks := len(even) / 8; isa.Current() >= isa.AVX2 && blocks > 0 {
		splitPairsAVX2(&even[0], &odd[0], &x[0], blocks)
		even, odd, x = even[8*blocks:], odd[8*blocks:], x[16*blocks:]
	}
	splitPairsGeneric(even, odd, x)
}

func joinPairs(dst, even, odd []float32) {
	if blocks := len(even) / 8; isa.Current() >= isa.AVX2 && blocks > 0 {
		joinPairsAVX2(&dst[0], &even[0], &odd[0], blocks)
		dst, even, odd = dst[16*blocks:], even[8*blocks:], odd[8*blocks:]
	}
	joinPairsGeneric(dst, even, odd)
}
