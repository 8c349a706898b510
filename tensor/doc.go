// Package tensor holds what lies between kernels on slices and networks:
// memory (Arena), workers (Workers), keys of the counter-based generator (Key),
// convolutions as immutable plans, and the other operations of a network,
// each with its gradient beside it.
//
// Activations are float32 in NHWC order (batch, height, width, channels),
// dense. Parameters are in PyTorch's order (OIHW for convolutions, [out, in]
// for linear layers); packing is the only other layout.
//
// Batch invariance: the bits of an image's results do not depend on the batch
// that it is in, its place there, the block size or the number of workers. Each
// output is summed in one fixed order on one instruction set.
//
// A mismatch of lengths is a programmer's mistake and panics with a message
// that starts with "tensor: ".
package tensor
