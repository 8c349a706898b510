// Package chain holds the kernels of Markov chains: Philox random numbers, uniforms
// and normals, steps of Langevin dynamics with the noise made on the way, and the
// density of such a step.
//
// There is no generator with a state: Noise names a stream by seed, purpose, chain and
// step, and each number of it is a function of these and of its place. So chains can be
// stepped in any order, by any number of workers, and again.
//
// The contracts of package asm hold; the bits are the same on every tier.
package chain
