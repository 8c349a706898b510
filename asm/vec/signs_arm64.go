//go:build !noasm

package vec

import "anila/asm/isa"

// signsNEON computes
//
//	for i := range 8 * blocks {
//		bits[i/8] bit i%8 = y[i] > 0
//	}
//
//go:noescape
func signsNEON(bits *uint8, y *float32, blocks int)

// maskSignsNEON computes
//
//	for i := range 8 * blocks {
//		dx[i] *= 1 if bits[i/8] bit i%8, leak otherwise
//	}
//
//go:noescape
func maskSignsNEON(dx *float32, bits *uint8, blocks int, leak float32)

func signs(bits []uint8, y []float32) {
	if blocks := len(y) / 8; isa.Current() == isa.NEON && blocks > 0 {
		signsNEON(&bits[0], &y[0], blocks)
		bits, y = bits[blocks:], y[8*blocks:]
	}
	signsGeneric(bits, y)
}

func maskSigns(dx []float32, bits []uint8, leak float32) {
	if blocks := len(dx) / 8; isa.Current() == isa.NEON && blocks > 0 {
		maskSignsNEON(&dx[0], &bits[0], blocks, leak)
		dx, bits = dx[8*blocks:], bits[blocks:]
	}
	maskSignsGeneric(dx, bits, leak)
}
