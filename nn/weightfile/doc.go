// Package weightfile reads and writes files of named tensors: safetensors, PyTorch's state dicts (.pth) and NumPy's archives
// and arrays (.npz, .npy).
//
// Every file is taken to be hostile: nothing in it is run, memory stays within a small multiple of its size, and an error
// names the file and the byte, the types and the names in it, but never prints its values.
package weightfile
