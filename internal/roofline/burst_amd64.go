//go:build !noasm

package roofline

import "anila/asm"

// fmaAVX2 runs rounds of 12 independent multiply-adds on 8 floats each.
//
//go:noescape
func fmaAVX2(rounds int)

// fmaAVX512 runs rounds of 24 independent multiply-adds on 16 floats each.
//
//go:noescape
func fmaAVX512(rounds int)

func burst(t asm.ISA) {
	switch t {
	case asm.AVX512:
		fmaAVX512(burstRounds)
	case asm.AVX2:
		fmaAVX2(burstRounds)
	default:
		genericBurst()
	}
}

// burstFlops is the number of floating-point operations of burst(t).
func burstFlops(t asm.ISA) int {
	switch t {
	case asm.AVX512:
		return 2 * 24 * 16 * burstRounds
	case asm.AVX2:
		return 2 * 12 * 8 * burstRounds
	}
	return 2 * 8 * burstRounds
}
