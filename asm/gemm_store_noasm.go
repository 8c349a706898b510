//go:build noasm || !(amd64 || arm64)

package asm

func storeBiasLeakyReLU(dst []float32, ldd int, sum []float32, lds, rows, columns int, bias []float32, leak float32) {
	storeBiasLeakyReLUGeneric(dst, ldd, sum, lds, rows, columns, bias, leak)
}

func storeMasked(dst []float32, ldd int, sum []float32, lds, rows, columns int, act []float32, leak float32) {
	storeMaskedGeneric(dst, ldd, sum, lds, rows, columns, act, leak)
}
