package chain

import "math"

// The polynomials of the normals, in Horner form from logC7 and so on down.
// Each is a minimax fit with the first coefficient fixed where it is a whole
// number; errors are relative and before rounding.
const (
	// −2·ln m = f·(−2 + f·(logC1 + … + f⁶·logC7)), f = m−1 in [−½, 0): 1.6e-7
	logC1 = 1.0000492334365845
	logC2 = -0.6642584800720215
	logC3 = 0.5393257141113281
	logC4 = -0.10164821892976761
	logC5 = 1.5032293796539307
	logC6 = 2.0723299980163574
	logC7 = 2.3212249279022217

	minusTwoLn2 = -1.3862943649291992

	// sin(π/2·t) = t·(sinC0 + … + w³·sinC3), w = t², |t| ≤ ½: 3.3e-9
	sinC0 = 1.5707963705062866
	sinC1 = -0.6459634900093079
	sinC2 = 0.07968003302812576
	sinC3 = -0.00460165785625577

	// cos(π/2·t) = 1 + w·(cosC1 + w·cosC2 + w²·cosC3): 3.9e-8
	cosC1 = -1.2336976528167725
	cosC2 = 0.2536032199859619
	cosC3 = -0.020417282357811928
)

// uniform maps a word to (0, 1): 2²³ equally spaced values, symmetric about ½,
// exact in float32.
func uniform(x uint32) float32 {
	return (float32(x>>9) + 0.5) * (1.0 / (1 << 23))
}

// boxMuller returns r·cos(2πv) and r·sin(2πv), r = √(−2·ln u), for u and v the
// uniforms of the words x and y. Nothing in it may be fused or reordered: the
// assembly versions do the same operations in the same order.
func boxMuller(x, y uint32) (float32, float32) {
	// u = m·2^e with m in [½, 1), so that both terms of the sum are positive
	// and u just below 1 keeps its relative accuracy.
	bits := math.Float32bits(float32(x>>9) + 0.5)
	e := float32(int32(bits>>23) - 149)
	f := math.Float32frombits(bits&0x7fffff|0x3f000000) - 1
	q := float32(logC7*f) + logC6
	q = float32(q*f) + logC5
	q = float32(q*f) + logC4
	q = float32(q*f) + logC3
	q = float32(q*f) + logC2
	q = float32(q*f) + logC1
	q = float32(q*f) - 2
	r := sqrt32(float32(e*minusTwoLn2) + float32(q*f))

	// 4v + ½ = quadrant + (t + ½): the quadrant is in the top two bits of y,
	// t in the 21 below; the ½ of v makes t odd multiples of 2⁻²².
	y += 1 << 29
	t := math.Float32frombits(y>>7&0x7ffffc|0x3f800002) - 1.5
	w := t * t
	s := float32(sinC3*w) + sinC2
	s = float32(s*w) + sinC1
	s = float32(s*w) + sinC0
	s *= t
	c := float32(cosC3*w) + cosC2
	c = float32(c*w) + cosC1
	c = float32(c*w) + 1
	if y&(1<<30) != 0 {
		s, c = c, s
	}
	c = math.Float32frombits(math.Float32bits(r*c) ^ (y^y<<1)&(1<<31))
	s = math.Float32frombits(math.Float32bits(r*s) ^ y&(1<<31))
	return c, s
}

func sqrt32(x float32) float32 { return float32(math.Sqrt(float64(x))) }

func uniformsGeneric(dst []float32, seed uint64, ctr [4]uint32) {
	for len(dst) > 0 {
		var u [4]float32
		for i, x := range Philox(seed, ctr) {
			u[i] = uniform(x)
		}
		dst = dst[copy(dst, u[:]):]
		ctr[0]++
	}
}

func normalsGeneric(dst []float32, seed uint64, ctr [4]uint32) {
	for len(dst) > 0 {
		var z [4]float32
		x := Philox(seed, ctr)
		z[0], z[1] = boxMuller(x[0], x[1])
		z[2], z[3] = boxMuller(x[2], x[3])
		dst = dst[copy(dst, z[:]):]
		ctr[0]++
	}
}

// normalsAtGeneric makes the blocks of four normals of len(first) counters that
// differ in their first two words.
func normalsAtGeneric(dst []float32, seed uint64, first, chain []uint32, ctr [4]uint32) {
	for i, x0 := range first {
		ctr[0], ctr[1] = x0, chain[i]
		normalsGeneric(dst[4*i:4*i+4], seed, ctr)
	}
}
