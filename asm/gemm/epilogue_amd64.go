//go:build !noasm

package gemm

import "anila/asm/isa"

func storeBiasLeakyReLU(dst []float32, ldd int, sum []float32, lds, rows, columns int, bias []float32, leak float32) {
	switch tier := isa.Current(); {
	case tier == isa.AVX512:
		storeBiasLeakyReLUAVX512(&dst[0], ldd, &sum[0], lds, rows, columns, &bias[0], leak)
	case tier == isa.AVX2 && columns >= 8:
		body := columns &^ 7
		storeBiasLeakyReLUAVX2(&dst[0], ldd, &sum[0], lds, rows, body, &bias[0], leak)
		if body < columns {
			storeBiasLeakyReLUGeneric(dst[body:], ldd, sum[body:], lds, rows, columns-body, bias[body:], leak)
		}
	default:
		storeBiasLeakyReLUGeneric(dst, ldd, sum, lds, rows, columns, bias, leak)
	}
}

func storeMasked(dst []float32, ldd int, sum []float32, lds, rows, columns int, act []float32, leak float32) {
	switch tier := isa.Current(); {
	case tier == isa.AVX512:
		storeMaskedAVX512(&dst[0], ldd, &sum[0], lds, rows, columns, &act[0], leak)
	case tier == isa.AVX2 && columns >= 8:
		body := columns &^ 7
		storeMaskedAVX2(&dst[0], ldd, &sum[0], lds, rows, body, &act[0], leak)
		if body < columns {
			storeMaskedGeneric(dst[body:], ldd, sum[body:], lds, rows, columns-body, act[body:], leak)
		}
	default:
		storeMaskedGeneric(dst, ldd, sum, lds, rows, columns, act, leak)
	}
}

// The kernels below are the stores of the same names; with AVX2 columns is a
// multiple of 8.

//go:noescape
func storeBiasLeakyReLUAVX512(dst *float32, ldd int, sum *float32, lds, rows, columns int, bias *float32, leak float32)

//go:noescape
func storeMaskedAVX512(dst *float32, ldd int, sum *float32, lds, rows, columns int, act *float32, leak float32)

//go:noescape
func storeBiasLeakyReLUAVX2(dst *float32, ldd int, sum *float32, lds, rows, columns int, bias *float32, leak float32)

//go:noescape
func storeMaskedAVX2(dst *float32, ldd int, sum *float32, lds, rows, columns int, act *float32, leak float32)
