//go:build !noasm

package reduce

import (
	"math"

	"anila/asm/isa"
)

// maximumAVX2 returns the largest of 32·blocks elements, ignoring NaN.
//
//go:noescape
func maximumAVX2(x *float32, blocks int) float32

//go:noescape
func maximumAVX512(x *float32, blocks int) float32

func maximum(x []float32) float32 {
	m := float32(math.Inf(-1))
	if blocks := len(x) / 32; isa.Current() >= isa.AVX2 && blocks > 0 {
		if isa.Current() == isa.AVX512 {
			m = maximumAVX512(&x[0], blocks)
		} else {
			m = maximumAVX2(&x[0], blocks)
		}
		x = x[32*blocks:]
	}
	return max(m, maximumGeneric(x))
}
