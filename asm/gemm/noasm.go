//go:build noasm || !(amd64 || arm64)

package gemm

func dots(dst []float32, ldd int, x, w []float32, rows int) { dotsGeneric(dst, ldd, x, w, rows) }

func storeBiasLeakyReLU(dst []float32, ldd int, sum []float32, lds, rows, columns int, bias []float32, leak float32) {
	storeBiasLeakyReLUGeneric(dst, ldd, sum, lds, rows, columns, bias, leak)
}

func storeMasked(dst []float32, ldd int, sum []float32, lds, rows, columns int, act []float32, leak float32) {
	storeMaskedGeneric(dst, ldd, sum, lds, rows, columns, act, leak)
}

func tile() (mr, nr int) { return rowsGeneric, columnsGeneric }

func panel(int) int { return columnsGeneric }

func micro(c []float32, ldc int, a []float32, rowA, stepA int, b []float32, stepB, columns, k, m int, accumulate bool, segments, jump int, e *Epilogue) {
	microGeneric(c, ldc, a, rowA, stepA, b, stepB, k, m, accumulate, segments, jump)
	e.store(c, ldc, m, columns)
}

func prefetch(x []float32, row, rows, n int) {}

func sumTaps(dst []float32, p *[3][]float32, ld, width, channels int) {
	sumTapsGeneric(dst, p, ld, width, channels)
}
