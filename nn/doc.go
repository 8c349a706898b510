// Package nn is a minimal static-graph autodiff with the networks and optimizers
// of the engine; package weightfile below it reads and writes files of weights.
//
// A user draws a Graph once (NewGraph, Conv, LeakyReLU, …), ends it in one
// number per image, and turns it into a Network. From a network come
//
//   - an Evaluator, for one worker: f and ∇f with respect to the image, the
//     work of a Langevin step. It has its own arena and shares the packed
//     weights, read only;
//   - a Gradient, for a pool of workers: ∂f/∂θ summed over a batch.
//
// Every op stands in one file with its vector-Jacobian product beside it. The
// graph is compiled: convolution, bias and leaky ReLU become one step, masks of
// the backward pass are applied where the gradient is written, and buffers are
// planned once, with lifetimes, so that a step allocates nothing.
//
// Images are float32 [n, H, W, C]. Parameters are stored as PyTorch stores them
// (OIHW, [out, in]) under PyTorch's state_dict names.
//
// f is a log density up to temperature: it is high on data, and what other codes
// call the energy is −f/T.
//
// The same image gives the same bits of f and ∇f alone and in any batch, and a
// parameter gradient has the same bits for any number of workers.
package nn
