// Package asm holds the arithmetic of anila-cpu: kernels over float32 slices,
// each a reference in Go with hand-written AVX2+FMA, AVX-512 and NEON
// versions beside it. There are no shapes here, no goroutines and no
// allocation; package tensor gives slices their meaning. The kernels lie in
// rooms:
//
//	isa       which instruction set is in force
//	vec       elementwise: arithmetic, activations, softmax, optimizers
//	lanes     rows of states to columns and back
//	reduce    sums, the largest, max-pooling
//	chain     Philox, normals, steps of Langevin chains and their densities
//	gemm      matrix products and what is done with their sums
//	cooktoom  the transforms of Cook–Toom and Winograd convolutions
//	peak      multiply-adds as fast as they go, to measure by
//
// # Contracts that hold for every kernel
//
// Lengths: the destination comes first; slices that belong together have equal
// lengths, anything else panics. No kernel reads or writes outside the slices
// it was given, and none needs an alignment.
//
// Aliasing: a destination may be the same slice as a source unless the doc
// comment says otherwise. Slices that overlap in part are not allowed.
//
// Position: the bits of an element never depend on where it stands in a slice
// or on how long the slice is, and a sum has one order for each length.
//
// Tiers: every kernel but the matrix products and the transforms of F(4×4, 2×2) and
// F(4×4, 3×3) gives the same bits on every instruction set. For this no multiply and
// add is fused outside of them (in Go: float32(a*b) + c, because the compiler fuses
// a*b + c on arm64).
//
// NaN: a NaN that goes into an element comes out of it.
//
// Preemption: the runtime cannot stop a goroutine inside of an assembly call,
// so long slices are cut into calls of well under a millisecond.
package asm
