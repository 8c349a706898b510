//go:build !noasm

package vec

import (
	"math"

	"anila/asm/isa"
)

// expConst holds the constants of the exponential in the order in which
// EXPCONSTANTS reads them.
var expConst = [...]uint32{
	math.Float32bits(expHigh),
	math.Float32bits(expLow),
	math.Float32bits(log2e),
	math.Float32bits(roundBit),
	math.Float32bits(ln2High),
	math.Float32bits(ln2Low),
	math.Float32bits(expC6),
	math.Float32bits(expC5),
	math.Float32bits(expC4),
	math.Float32bits(expC3),
	math.Float32bits(expC2),
	math.Float32bits(1),
}

// logConst is the same for LOGCONSTANTS.
var logConst = [...]uint32{
	math.Float32bits(logLow),
	math.Float32bits(math.MaxFloat32),
	rootHalf,
	math.Float32bits(1),
	math.Float32bits(logC7),
	math.Float32bits(logC6),
	math.Float32bits(logC5),
	math.Float32bits(logC4),
	math.Float32bits(logC3),
	math.Float32bits(logC2),
	math.Float32bits(logC1),
	math.Float32bits(logC0),
	math.Float32bits(-0.5),
	math.Float32bits(ln2Low),
	math.Float32bits(ln2High),
}

// expShiftedNEON computes
//
//	for i := range 8 * blocks {
//		dst[i] = exp32(x[i] - shift)
//	}
//
//go:noescape
func expShiftedNEON(dst, x *float32, blocks int, shift float32)

// logarithmNEON computes
//
//	for i := range 8 * blocks {
//		dst[i] = log32(x[i])
//	}
//
//go:noescape
func logarithmNEON(dst, x *float32, blocks int)

// swishNEON computes
//
//	for i := range 8 * blocks {
//		s := 1 / (1 + exp32(-x[i]))
//		y[i] = x[i] * s
//		slope[i] = s + y[i]*(1-s)
//	}
//
//go:noescape
func swishNEON(y, slope, x *float32, blocks int)

// mulShiftedNEON computes
//
//	for i := range 8 * blocks {
//		dx[i] = y[i] * (dy[i] - shift)
//	}
//
//go:noescape
func mulShiftedNEON(dx, dy, y *float32, blocks int, shift float32)

func expShifted(dst, x []float32, shift float32) {
	if blocks := len(x) / 8; isa.Current() == isa.NEON && blocks > 0 {
		expShiftedNEON(&dst[0], &x[0], blocks, shift)
		dst, x = dst[8*blocks:], x[8*blocks:]
	}
	expShiftedGeneric(dst, x, shift)
}

func logarithm(dst, x []float32) {
	if blocks := len(x) / 8; isa.Current() == isa.NEON && blocks > 0 {
		logarithmNEON(&dst[0], &x[0], blocks)
		dst, x = dst[8*blocks:], x[8*blocks:]
	}
	logarithmGeneric(dst, x)
}

func swish(y, slope, x []float32) {
	if blocks := len(x) / 8; isa.Current() == isa.NEON && blocks > 0 {
		swishNEON(&y[0], &slope[0], &x[0], blocks)
		y, slope, x = y[8*blocks:], slope[8*blocks:], x[8*blocks:]
	}
	swishGeneric(y, slope, x)
}

func mulShifted(dx, dy, y []float32, shift float32) {
	if blocks := len(y) / 8; isa.Current() == isa.NEON && blocks > 0 {
		mulShiftedNEON(&dx[0], &dy[0], &y[0], blocks, shift)
		dx, dy, y = dx[8*blocks:], dy[8*blocks:], y[8*blocks:]
	}
	mulShiftedGeneric(dx, dy, y, shift)
}
