package cooktoom

import "slices"

// The transforms of Winograd's F(2×2, 3×3) (Lavin and Gray, arXiv 1509.09308), a
// convolution with 3×3 taps that computes tiles of 2×2 outputs from patches of 4×4
// inputs with 16 products each where the direct way takes 36. With U = G·g·Gᵀ for
// the taps g,
//
//	y = Aᵀ·[U ⊙ (Bᵀ·d·B)]·A
//
//	Bᵀ = (1 0 −1 0), (0 1 1 0), (0 −1 1 0), (0 1 0 −1)     Aᵀ = (1 1 1 0), (0 1 −1 −1)
//	G = (1 0 0), (½ ½ ½), (½ −½ ½), (0 0 1)
//
// A transform works on channels lying together. In the transformed domain, point
// 4i+j of a tile lies point floats behind point 0.
const points2x3 = 16

// Input2x3 writes Bᵀ·d·B of a patch of 4×4 places of x to v. channels is a multiple of
// 16.
func Input2x3(v []float32, point int, x []float32, p *Places, channels int) {
	p.must(len(x), channels)
	mustReach(len(v), (points2x3-1)*point+channels)
	input2x3(v, point, x, p, channels)
}

// Output2x3 writes leakyReLU(Aᵀ·m·A + bias) to 2×2 places of y; bias has channels
// values, 0 ≤ leak ≤ 1.
func Output2x3(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int) {
	p.must(len(y), channels)
	mustReach(len(m), (points2x3-1)*point+channels)
	mustReach(len(bias), channels)
	output2x3(y, p, m, point, bias, leak, channels)
}

// Masked2x3 writes Aᵀ·m·A to 2×2 places of y, multiplied by leak where act, laid out as
// y, is not positive (leak 1: not at all, and act is not read).
func Masked2x3(y []float32, p *Places, m []float32, point int, act []float32, leak float32, channels int) {
	p.must(len(y), channels)
	mustReach(len(m), (points2x3-1)*point+channels)
	if leak == 1 {
		act = y
	} else {
		mustReach(len(act), len(y))
	}
	masked2x3(y, p, m, point, act, leak, channels)
}

// Weights2x3 writes U = G·g·Gᵀ of 16 filters of nine taps to u, lane by lane; filter l
// starts at w[l*filter], and is turned by 180° if so asked. It runs once a parameter
// update.
func Weights2x3(u []float32, point int, w []float32, filter int, turned bool) {
	mustReach(len(u), (points2x3-1)*point+16)
	mustReach(len(w), 15*filter+9)
	column := func(a, b, c float32) [4]float32 {
		return [4]float32{a, (a + c + b) * 0.5, (a + c - b) * 0.5, c}
	}
	for l := range 16 {
		g := [9]float32(w[l*filter:])
		if turned {
			slices.Reverse(g[:])
		}
		left, middle, right := column(g[0], g[3], g[6]), column(g[1], g[4], g[7]), column(g[2], g[5], g[8])
		for i := range left {
			for j, v := range column(left[i], middle[i], right[i]) {
				u[(4*i+j)*point+l] = v
			}
		}
	}
}
