// Package features computes what pictures look like to a trained classifier: Inception-v3 as pytorch-fid has it (2,048
// features), and a ResNet-56 of CIFAR-10 (64). Distances between sets of pictures (package eval) are computed from them.
//
// A network is a list of steps over NHWC values in one arena, built from a file of weights, with batch normalisation folded
// into the convolutions. A worker takes a block of pictures through all steps alone; the features of a picture have the same
// bits in any block, with any number of workers.
package features
