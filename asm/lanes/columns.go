package lanes

import "anila/asm/internal/span"

const (
	panicLength  = "lanes: slices differ in length"
	panicDivisor = "lanes: length is not a multiple of the row length"
)

// Columns copies the rows x [n, dim] to dst [dim, n]: column j of x is
// dst[j·n:(j+1)·n]. They must not overlap.
func Columns(dst, x []float32, dim int) {
	n := rows(dst, x, dim)
	if dim != 2 {
		columnsGeneric(dst, x, dim)
		return
	}
	for i, j := range span.By(n, span.Most/2) {
		splitPairs(dst[i:j], dst[n+i:n+j], x[2*i:2*j])
	}
}

// Rows copies the columns x [dim, n] to the rows dst [n, dim], which must not
// overlap: the inverse of Columns.
func Rows(dst, x []float32, dim int) {
	n := rows(dst, x, dim)
	if dim != 2 {
		rowsGeneric(dst, x, dim)
		return
	}
	for i, j := range span.By(n, span.Most/2) {
		joinPairs(dst[2*i:2*j], x[i:j], x[n+i:n+j])
	}
}

// rows returns the number of rows.
func rows(dst, x []float32, dim int) int {
	if len(dst) != len(x) {
		panic(panicLength)
	}
	if dim < 1 || len(x)%dim != 0 {
		panic(panicDivisor)
	}
	return len(x) / dim
}
