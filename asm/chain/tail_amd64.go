//go:build !noasm

package chain

import "math"

// splat fills an AVX2 register with one word.
func splat(x uint32) [8]uint32 { return [8]uint32{x, x, x, x, x, x, x, x} }

func splatFloat(x float32) [8]uint32 { return splat(math.Float32bits(x)) }

// tailMask has, from element 8−n on, a mask for VMASKMOVPS of the first n lanes.
var tailMask = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}
