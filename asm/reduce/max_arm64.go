//go:build !noasm

package reduce

import (
	"math"

	"anila/asm/isa"
)

// maximumNEON sets largest to four values, the largest of which is the largest of
// 8·blocks elements, ignoring NaN.
//
//go:noescape
func maximumNEON(largest *[4]float32, x *float32, blocks int)

func maximum(x []float32) float32 {
	m := float32(math.Inf(-1))
	if blocks := len(x) / 8; isa.Current() == isa.NEON && blocks > 0 {
		var largest [4]float32
		maximumNEON(&largest, &x[0], blocks)
		m = max(largest[0], largest[1], largest[2], largest[3])
		x = x[8*blocks:]
	}
	return max(m, maximumGeneric(x))
}
