//go:build !noasm

package gemm

import "anila/asm/isa"

// peakFMANEON does 24 independent multiply-adds of four lanes a round.
//
//go:noescape
func peakFMANEON(rounds int)

// peakFMA returns the floating-point operations done in so many rounds.
func peakFMA(rounds int) int {
	if isa.Current() == isa.NEON {
		peakFMANEON(rounds)
		return rounds * 24 * 4 * 2
	}
	return peakFMAGeneric(rounds)
}
