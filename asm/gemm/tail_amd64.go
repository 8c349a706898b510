//go:build !noasm

package gemm

// tailMask has, from element 8−n on, a mask for VMASKMOVPS of the first n lanes.
var tailMask = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}
