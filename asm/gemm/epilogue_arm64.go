//go:build !noasm

package gemm

import "anila/asm/isa"

func storeBiasLeakyReLU(dst []float32, ldd int, sum []float32, lds, rows, columns int, bias []float32, leak float32) {
	body := 0
	if isa.Current() == isa.NEON && columns >= 4 {
		body = columns &^ 3
		storeBiasLeakyReLUNEON(&dst[0], ldd, &sum[0], lds, rows, body, &bias[0], leak)
	}
	if body < columns {
		storeBiasLeakyReLUGeneric(dst[body:], ldd, sum[body:], lds, rows, columns-body, bias[body:], leak)
	}
}

func storeMasked(dst []float32, ldd int, sum []float32, lds, rows, columns int, act []float32, leak float32) {
	body := 0
	if isa.Current() == isa.NEON && columns >= 4 {
		body = columns &^ 3
		storeMaskedNEON(&dst[0], ldd, &sum[0], lds, rows, body, &act[0], leak)
	}
	if body < columns {
		storeMaskedGeneric(dst[body:], ldd, sum[body:], lds, rows, columns-body, act[body:], leak)
	}
}

// The kernels below are the stores of the same names; columns is a multiple of 4.

//go:noescape
func storeBiasLeakyReLUNEON(dst *float32, ldd int, sum *float32, lds, rows, columns int, bias *float32, leak float32)

//go:noescape
func storeMaskedNEON(dst *float32, ldd int, sum *float32, lds, rows, columns int, act *float32, leak float32)
