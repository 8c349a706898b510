// Package vec holds elementwise kernels over float32 slices: axpy and its kind,
// activations and their gradients, the exponential, softmax, and the optimizers.
// The contracts of package asm hold.
package vec
