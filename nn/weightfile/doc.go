// Package weightfile reads and writes files of named tensors: safetensors and PyTorch's state dicts. Every file is taken to
// be hostile: nothing in it is run, and memory stays within a small multiple of its size.
package weightfile
