// Package gemm holds the kernels of matrix products: register tiles, dot products of
// rows with a vector, the epilogues of convolutions, and prefetching. The contracts
// of package asm hold, but the bits of a product depend on the tier.
package gemm
