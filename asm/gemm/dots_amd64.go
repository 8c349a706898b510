//go:build !noasm

package gemm

import "anila/asm/isa"

func dots(dst []float32, ldd int, x, w []float32, rows int) {
	k := len(w)
	switch body, tier := k&^7, isa.Current(); {
	case tier == isa.AVX512:
		dotsAVX512(&dst[0], ldd, &x[0], &w[0], k, rows)
	case tier == isa.AVX2 && body > 0:
		dotsAVX2(&dst[0], ldd, &x[0], &w[0], k, body, rows)
		dotsRest(dst, ldd, x, w, body, rows)
	default:
		dotsGeneric(dst, ldd, x, w, rows)
	}
}

// dotsAVX512 is Dots: term p goes to lane p%64 as far as whole blocks of 64 go,
// then to lane p%16; lanes are added by halves.
//
//go:noescape
func dotsAVX512(dst *float32, ldd int, x, w *float32, k, rows int)

// dotsAVX2 is Dots of the first body terms, a multiple of 8, of rows of k: term p
// goes to lane p%32 as far as whole blocks of 32 go, then to lane p%8; lanes are
// added by halves.
//
//go:noescape
func dotsAVX2(dst *float32, ldd int, x, w *float32, k, body, rows int)
