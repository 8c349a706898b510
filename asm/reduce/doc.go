// Package reduce holds kernels that make few values of many: sums, dot products
// and counts, the largest value, and max-pooling. Sums are in float64 and have one
// order for each length. The contracts of package asm hold.
package reduce

const (
	panicLength = "reduce: slices differ in length"
	panicRows   = "reduce: length is not a multiple of the number of rows"
)
