//go:build !noasm

package vec

import (
	"math"

	"anila/asm/isa"
)

// expConst holds the constants of the exponential, each as often as an AVX2
// register has elements.
var expConst = [...][8]uint32{
	splatFloat(expHigh),
	splatFloat(expLow),
	splatFloat(log2e),
	splatFloat(roundBit),
	splatFloat(ln2High),
	splatFloat(ln2Low),
	splatFloat(expC6),
	splatFloat(expC5),
	splatFloat(expC4),
	splatFloat(expC3),
	splatFloat(expC2),
	splatFloat(1),
	splat(1 << 31),
}

// logConst holds those of the logarithm.
var logConst = [...][8]uint32{
	splatFloat(logLow),
	splatFloat(math.MaxFloat32),
	splat(rootHalf),
	splatFloat(1),
	splatFloat(logC7),
	splatFloat(logC6),
	splatFloat(logC5),
	splatFloat(logC4),
	splatFloat(logC3),
	splatFloat(logC2),
	splatFloat(logC1),
	splatFloat(logC0),
	splatFloat(-0.5),
	splatFloat(ln2Low),
	splatFloat(ln2High),
}

// expShiftedAVX2 computes
//
//	for i := range n {
//		dst[i] = exp32(x[i] - shift)
//	}
//
//go:noescape
func expShiftedAVX2(dst, x *float32, n int, shift float32)

//go:noescape
func expShiftedAVX512(dst, x *float32, n int, shift float32)

// logarithmAVX2 computes
//
//	for i := range n {
//		dst[i] = log32(x[i])
//	}
//
//go:noescape
func logarithmAVX2(dst, x *float32, n int)

//go:noescape
func logarithmAVX512(dst, x *float32, n int)

// swishAVX2 computes
//
//	for i := range n {
//		s := 1 / (1 + exp32(-x[i]))
//		y[i] = x[i] * s
//		slope[i] = s + y[i]*(1-s)
//	}
//
//go:noescape
func swishAVX2(y, slope, x *float32, n int)

//go:noescape
func swishAVX512(y, slope, x *float32, n int)

// mulShiftedAVX2 computes
//
//	for i := range n {
//		dx[i] = y[i] * (dy[i] - shift)
//	}
//
//go:noescape
func mulShiftedAVX2(dx, dy, y *float32, n int, shift float32)

//go:noescape
func mulShiftedAVX512(dx, dy, y *float32, n int, shift float32)

func expShifted(dst, x []float32, shift float32) {
	switch isa.Current() {
	case isa.AVX512:
		expShiftedAVX512(&dst[0], &x[0], len(x), shift)
	case isa.AVX2:
		expShiftedAVX2(&dst[0], &x[0], len(x), shift)
	default:
		expShiftedGeneric(dst, x, shift)
	}
}

func logarithm(dst, x []float32) {
	switch isa.Current() {
	case isa.AVX512:
		logarithmAVX512(&dst[0], &x[0], len(x))
	case isa.AVX2:
		logarithmAVX2(&dst[0], &x[0], len(x))
	default:
		logarithmGeneric(dst, x)
	}
}

func swish(y, slope, x []float32) {
	switch isa.Current() {
	case isa.AVX512:
		swishAVX512(&y[0], &slope[0], &x[0], len(x))
	case isa.AVX2:
		swishAVX2(&y[0], &slope[0], &x[0], len(x))
	default:
		swishGeneric(y, slope, x)
	}
}

func mulShifted(dx, dy, y []float32, shift float32) {
	switch isa.Current() {
	case isa.AVX512:
		mulShiftedAVX512(&dx[0], &dy[0], &y[0], len(y), shift)
	case isa.AVX2:
		mulShiftedAVX2(&dx[0], &dy[0], &y[0], len(y), shift)
	default:
		mulShiftedGeneric(dx, dy, y, shift)
	}
}

// splat fills an AVX2 register with one word.
func splat(x uint32) [8]uint32 { return [8]uint32{x, x, x, x, x, x, x, x} }

func splatFloat(x float32) [8]uint32 { return splat(math.Float32bits(x)) }
