package vec

import (
	"math"

	"anila/asm/reduce"
)

// exp(x) = 2^n·exp(r), n = x/ln 2 rounded, r = x − n·ln 2 in two parts of which
// the first is exact; exp(r) = 1 + r + r²·(expC2 + … + r⁴·expC6), relative error
// 1.9e-9 before rounding.
const (
	expHigh  = 89   // overflows from here on
	expLow   = -104 // zero from here on
	log2e    = 1.4426950408889634
	ln2High  = 0.693359375
	ln2Low   = -2.12194440e-4
	roundBit = 3 << 22 // adding it to |x| < 2²² rounds x to a whole number
	expC2    = 0.49999991059303284
	expC3    = 0.16666419804096222
	expC4    = 0.04166822507977486
	expC5    = 0.008374815806746483
	expC6    = 0.0013836845755577087
)

// exp32 is the float32 exponential that the assembly versions repeat operation
// by operation: at most 1 unit in the last place off, gradual underflow, NaN for
// NaN.
func exp32(x float32) float32 {
	if x > expHigh {
		x = expHigh
	}
	if x < expLow {
		x = expLow
	}
	k := float32(x*log2e) + roundBit
	n := k - roundBit
	r := x - float32(n*ln2High)
	r -= float32(n * ln2Low)
	p := float32(r*expC6) + expC5
	p = float32(p*r) + expC4
	p = float32(p*r) + expC3
	p = float32(p*r) + expC2
	p = float32(p*r) + 1
	p = float32(p*r) + 1
	i := int32(math.Float32bits(k)) - 0x4b400000 // n as an integer
	h := i >> 1
	p *= math.Float32frombits(uint32(h+127) << 23)
	return p * math.Float32frombits(uint32(i-h+127)<<23)
}

// Exp computes dst[i] = exp(x[i]).
func Exp(dst, x []float32) {
	if len(x) != len(dst) {
		panic(panicLength)
	}
	for len(dst) > callSpan {
		expShifted(dst[:callSpan], x[:callSpan], 0)
		dst, x = dst[callSpan:], x[callSpan:]
	}
	expShifted(dst, x, 0)
}

// Swish computes dst[i] = x[i]/(1 + exp(−x[i])).
func Swish(dst, x []float32) {
	if len(x) != len(dst) {
		panic(panicLength)
	}
	for len(dst) > callSpan {
		swish(dst[:callSpan], x[:callSpan])
		dst, x = dst[callSpan:], x[callSpan:]
	}
	swish(dst, x)
}

// SwishGradient computes dx[i] = dy[i]·s·(1 + x[i]·(1 − s)), s = 1/(1 + exp(−x[i])),
// for x the input of the activation.
func SwishGradient(dx, dy, x []float32) {
	if len(dy) != len(dx) || len(x) != len(dx) {
		panic(panicLength)
	}
	for len(dx) > callSpan {
		swishGradient(dx[:callSpan], dy[:callSpan], x[:callSpan])
		dx, dy, x = dx[callSpan:], dy[callSpan:], x[callSpan:]
	}
	swishGradient(dx, dy, x)
}

// Softmax computes dst[r][j] = exp(x[r][j])/Σₖ exp(x[r][k]) for rows of the
// given length. Sums are in float64. A NaN or +Inf makes its whole row NaN.
func Softmax(dst, x []float32, row int) {
	if len(x) != len(dst) {
		panic(panicLength)
	}
	checkRows(len(x), row)
	for len(x) > 0 {
		softmaxRow(dst[:row], x[:row])
		dst, x = dst[row:], x[row:]
	}
}

func softmaxRow(dst, x []float32) {
	top := reduce.Max(x)
	for i := 0; i < len(x); i += callSpan {
		j := min(len(x), i+callSpan)
		expShifted(dst[i:j], x[i:j], top)
	}
	Scale(dst, float32(1/reduce.Sum(dst)))
}

// SoftmaxGradient computes dx[r][j] = y[r][j]·(dy[r][j] − Σₖ dy[r][k]·y[r][k]) for y
// the output of Softmax.
func SoftmaxGradient(dx, dy, y []float32, row int) {
	if len(dy) != len(dx) || len(y) != len(dx) {
		panic(panicLength)
	}
	checkRows(len(y), row)
	for len(y) > 0 {
		shift := float32(reduce.Dot(dy[:row], y[:row]))
		for i := 0; i < row; i += callSpan {
			j := min(row, i+callSpan)
			mulShifted(dx[i:j], dy[i:j], y[i:j], shift)
		}
		dx, dy, y = dx[row:], dy[row:], y[row:]
	}
}

// expShiftedGeneric computes dst[i] = exp(x[i] − shift).
func expShiftedGeneric(dst, x []float32, shift float32) {
	for i, v := range x {
		dst[i] = exp32(v - shift)
	}
}

func swishGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = v / (1 + exp32(-v))
	}
}

func swishGradientGeneric(dx, dy, x []float32) {
	for i, v := range x {
		s := 1 / (1 + exp32(-v))
		dx[i] = float32(dy[i]*s) * (1 + float32(v*(1-s)))
	}
}

// mulShiftedGeneric computes dx[i] = y[i]·(dy[i] − shift).
func mulShiftedGeneric(dx, dy, y []float32, shift float32) {
	for i, v := range dy {
		dx[i] = y[i] * (v - shift)
	}
}
