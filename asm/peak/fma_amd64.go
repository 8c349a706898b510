//go:build !noasm

package peak

import "anila/asm/isa"

// fma runs rounds of 24 (AVX2: 12) independent multiply-adds of full
// registers and returns the floating-point operations done.
func fma(rounds int) int {
	switch isa.Current() {
	case isa.AVX512:
		fmaAVX512(rounds)
		return rounds * 24 * 16 * 2
	case isa.AVX2:
		fmaAVX2(rounds)
		return rounds * 12 * 8 * 2
	}
	return fmaGeneric(rounds)
}

//go:noescape
func fmaAVX512(rounds int)

//go:noescape
func fmaAVX2(rounds int)
