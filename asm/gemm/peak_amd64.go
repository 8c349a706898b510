//go:build !noasm

package gemm

import "anila/asm/isa"

// peakFMA runs rounds of 24 (AVX2: 12) independent multiply-adds of full
// registers and returns the floating-point operations done.
func peakFMA(rounds int) int {
	switch {
	case isa.Current() == isa.AVX512:
		peakFMAAVX512(rounds)
		return rounds * 24 * 16 * 2
	case isa.Current() >= isa.AVX2:
		peakFMAAVX2(rounds)
		return rounds * 12 * 8 * 2
	}
	return peakFMAGeneric(rounds)
}

//go:noescape
func peakFMAAVX512(rounds int)

//go:noescape
func peakFMAAVX2(rounds int)
