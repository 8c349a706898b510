// Package gemm holds the kernels of matrix products: register tiles, dot products of
// rows with a vector, the epilogues of convolutions, and prefetching.
//
// A product C = A·B is cut by its caller into panels of Tile's nr columns, each with
// the nr values of a term of B side by side. Micro multiplies any number of rows with
// a panel; Segments does so where the rows of A lie in pieces, as the windows of an
// image do, so that nothing is copied; Store does the same with an Epilogue, bias and
// activation or the mask of an activation's gradient, before the sums leave their
// registers.
//
// The contracts of package asm hold, but the bits of a product depend on the tier:
// it has one rounding for each multiply-add where the tier has fused ones. They never
// depend on which rows are computed together.
package gemm
