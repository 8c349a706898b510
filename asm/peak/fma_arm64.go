//go:build !noasm

package peak

import "anila/asm/isa"

// fmaNEON does 24 independent multiply-adds of four lanes a round.
//
//go:noescape
func fmaNEON(rounds int)

// fma returns the floating-point operations done in so many rounds.
func fma(rounds int) int {
	if isa.Current() == isa.NEON {
		fmaNEON(rounds)
		return rounds * 24 * 4 * 2
	}
	return fmaGeneric(rounds)
}
