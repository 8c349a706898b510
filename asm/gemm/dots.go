package gemm

import "anila/asm/internal/span"

// Dots computes the dot products of rows with one vector: a convolution with a
// single output.
//
//	for r := range rows {
//		dst[r*ldd] = Σ x[r*k+p] * w[p]    over p < k = len(w)
//	}
//
// Each is summed in float32 in one order that depends on k and the tier alone.
func Dots(dst []float32, ldd int, x, w []float32, rows int) {
	k := len(w)
	if rows < 1 || k < 1 || ldd < 1 || len(dst) <= (rows-1)*ldd || len(x) < rows*k {
		panic("gemm: Dots: outside its slices")
	}
	for i, j := range span.By(rows, max(1, span.Most/k)) {
		dots(dst[i*ldd:], ldd, x[i*k:], w, j-i)
	}
}
