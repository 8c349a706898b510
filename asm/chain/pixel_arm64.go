//go:build !noasm

package chain

import "anila/asm/isa"

// clipPairsNEON sets the steps of blocks·4 pixels of two channels:
//
//	for i := 0; i < 8*blocks; i += 2 {
//		x, y := float64(grad[i]), float64(grad[i+1])
//		c := min(1, b/float32(√(x*x + y*y)))   // NaN for NaN
//		a[i], a[i+1] = c, c
//	}
//
//go:noescape
func clipPairsNEON(a, grad *float32, blocks int, b float32)

// clipTriplesNEON does the same for blocks·4 pixels of three channels, summing
// the squares in order.
//
//go:noescape
func clipTriplesNEON(a, grad *float32, blocks int, b float32)

// groupClip sets a to the steps of whole pixels of 2 or 3 channels.
func groupClip(a, g []float32, group int, b float32) {
	if blocks := len(a) / group / 4; isa.Current() == isa.NEON && blocks > 0 {
		if group == 2 {
			clipPairsNEON(&a[0], &g[0], blocks, b)
		} else {
			clipTriplesNEON(&a[0], &g[0], blocks, b)
		}
		k := 4 * group * blocks
		a, g = a[k:], g[k:]
	}
	groupClipGeneric(a, g, group, b)
}
