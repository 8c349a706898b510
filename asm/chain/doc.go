// Package chain holds the kernels of Markov chains: Philox random numbers, uniforms
// and normals, steps of Langevin dynamics with the noise made on the way, and the
// density of such a step. The contracts of package asm hold.
package chain
