package asm

func gemmTile() (mr, nr int) { return gemmRowsGeneric, gemmColumnsGeneric }

func gemmMicro(c []float32, ldc int, a []float32, rowA, stepA int, b []float32, stepB, k, m int, accumulate bool) {
	gemmMicroGeneric(c, ldc, a, rowA, stepA, b, stepB, k, m, accumulate)
}
