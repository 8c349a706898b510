//go:build !noasm

package gemm

import "anila/asm/isa"

func dots(dst []float32, ldd int, x, w []float32, rows int) {
	body := len(w) &^ 15
	if isa.Current() != isa.NEON || body == 0 {
		dotsGeneric(dst, ldd, x, w, rows)
		return
	}
	dotsNEON(&dst[0], ldd, &x[0], &w[0], len(w), body, rows)
	dotsRest(dst, ldd, x, w, body, rows)
}

// dotsNEON is Dots of the first body terms, a multiple of 16, of rows of k: term p
// goes to lane p%16; lanes are added by halves.
//
//go:noescape
func dotsNEON(dst *float32, ldd int, x, w *float32, k, body, rows int)
