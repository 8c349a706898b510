//go:build !noasm

package vec

import "anila/asm/isa"

// signsAVX2 computes
//
//	for i := range 8 * blocks {
//		bits[i/8] bit i%8 = y[i] > 0
//	}
//
//go:noescape
func signsAVX2(bits *uint8, y *float32, blocks int)

// signsAVX512 does the same for blocks·16 floats.
//
//go:noescape
func signsAVX512(bits *uint8, y *float32, blocks int)

// maskSignsAVX2 computes
//
//	for i := range 8 * blocks {
//		dx[i] *= 1 if bits[i/8] bit i%8, leak otherwise
//	}
//
//go:noescape
func maskSignsAVX2(dx *float32, bits *uint8, blocks int, leak float32)

// maskSignsAVX512 does the same for blocks·16 floats.
//
//go:noescape
func maskSignsAVX512(dx *float32, bits *uint8, blocks int, leak float32)

func signs(bits []uint8, y []float32) {
	if blocks := len(y) / 16; isa.Current() == isa.AVX512 && blocks > 0 {
		signsAVX512(&bits[0], &y[0], blocks)
		bits, y = bits[2*blocks:], y[16*blocks:]
	}
	if blocks := len(y) / 8; isa.Current() >= isa.AVX2 && blocks > 0 {
		signsAVX2(&bits[0], &y[0], blocks)
		bits, y = bits[blocks:], y[8*blocks:]
	}
	signsGeneric(bits, y)
}

func maskSigns(dx []float32, bits []uint8, leak float32) {
	if blocks := len(dx) / 16; isa.Current() == isa.AVX512 && blocks > 0 {
		maskSignsAVX512(&dx[0], &bits[0], blocks, leak)
		dx, bits = dx[16*blocks:], bits[2*blocks:]
	}
	if blocks := len(dx) / 8; isa.Current() >= isa.AVX2 && blocks > 0 {
		maskSignsAVX2(&dx[0], &bits[0], blocks, leak)
		dx, bits = dx[8*blocks:], bits[blocks:]
	}
	maskSignsGeneric(dx, bits, leak)
}
