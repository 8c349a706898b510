//go:build !noasm

package roofline

import "anila/asm"

// fmaNEON runs rounds of 24 independent multiply-adds on 4 floats each.
//
//go:noescape
func fmaNEON(rounds int)

func burst(t asm.ISA) {
	if t == asm.NEON {
		fmaNEON(burstRounds)
		return
	}
	genericBurst()
}

// burstFlops is the number of floating-point operations of burst(t).
func burstFlops(t asm.ISA) int {
	if t == asm.NEON {
		return 2 * 24 * 4 * burstRounds
	}
	return 2 * 8 * burstRounds
}
