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
	m, body := float32(math.Inf(-1)), len(x)&^31
	switch tier := isa.Current(); {
	case tier == isa.AVX512 && body > 0:
		m = maximumAVX512(&x[0], body/32)
	case tier == isa.AVX2 && body > 0:
		m = maximumAVX2(&x[0], body/32)
	default:
		body = 0
	}
	return max(m, maximumGeneric(x[body:]))
}
