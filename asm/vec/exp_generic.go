package vec

import "math"

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

	// ln(x) = k·ln 2 + ln(1+t), 1+t in [√½, √2); ln(1+t) = t − t²/2 +
	// t³·(logC0 + … + t⁷·logC7), relative error 6e-9 before rounding.
	logLow   = 0x1p-126
	rootHalf = 0x3f3504f3 // bits of √½
	logC0    = 0.3333333170779446
	logC1    = -0.25000820832970376
	logC2    = 0.20001226868497587
	logC3    = -0.1662335738911658
	logC4    = 0.1420175817104879
	logC5    = -0.13160182120569605
	logC6    = 0.12761575897002742
	logC7    = -0.07634495946092067
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

// expShiftedGeneric computes dst[i] = exp(x[i] − shift).
func expShiftedGeneric(dst, x []float32, shift float32) {
	for i, v := range x {
		dst[i] = exp32(v - shift)
	}
}

func swishGeneric(y, slope, x []float32) {
	for i, v := range x {
		s := 1 / (1 + exp32(-v))
		v *= s
		y[i], slope[i] = v, s+float32(v*(1-s))
	}
}

// mulShiftedGeneric computes dx[i] = y[i]·(dy[i] − shift).
func mulShiftedGeneric(dx, dy, y []float32, shift float32) {
	for i, v := range dy {
		dx[i] = y[i] * (v - shift)
	}
}

// log32 is the float32 logarithm that the assembly versions repeat operation by
// operation: less than 1 unit in the last place off.
func log32(x float32) float32 {
	if x < logLow {
		x = logLow
	}
	if x > math.MaxFloat32 {
		x = math.MaxFloat32
	}
	bits := math.Float32bits(x)
	k := int32(bits-rootHalf) >> 23
	t := math.Float32frombits(bits-uint32(k)<<23) - 1
	n := float32(k)
	p := float32(t*logC7) + logC6
	p = float32(p*t) + logC5
	p = float32(p*t) + logC4
	p = float32(p*t) + logC3
	p = float32(p*t) + logC2
	p = float32(p*t) + logC1
	p = float32(p*t) + logC0
	square := float32(t * t)
	p = float32(p*t) - 0.5
	p = float32(p*square) + float32(n*ln2Low)
	p += t
	p += float32(n * ln2High)
	return p + (x - x) // NaN for NaN
}

func logarithmGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = log32(v)
	}
}
