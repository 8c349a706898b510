package cooktoom

// The transforms of Cook–Toom F(2×2, 2×2), a convolution with 2×2 taps that
// computes tiles of 2×2 outputs from patches of 3×3 inputs with 9 products each
// where the direct way takes 16, at the points 0, 1, ∞. With U = G·w·Gᵀ for the
// taps w, the transforms are those of F(4×4, 2×2) with the matrices
//
//	Bᵀ = (1 −1 0), (0 1 0), (0 −1 1)     G = (1 0), (1 1), (0 1)     Aᵀ = (1 1 0), (0 1 1)
//
// Point 3i+j of a tile lies point floats behind point 0. Sums are taken down the
// columns first, and the same on every tier: there is nothing to fuse.
const points2x2 = 9

// Input2x2 writes Bᵀ·d·B of a patch of 3×3 places of x to v. channels is a
// multiple of 16.
func Input2x2(v []float32, point int, x []float32, p *Places, channels int) {
	p.must(len(x), channels)
	mustReach(len(v), (points2x2-1)*point+channels)
	input2x2(v, point, x, p, channels)
}

// Output2x2 writes leakyReLU(Aᵀ·m·A + bias) to 2×2 places of y; bias has
// channels values, 0 ≤ leak ≤ 1.
func Output2x2(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int) {
	p.must(len(y), channels)
	mustReach(len(m), (points2x2-1)*point+channels)
	mustReach(len(bias), channels)
	output2x2(y, p, m, point, bias, leak, channels)
}

// Gradient2x2 writes A·y·Aᵀ of 2×2 places of y to v.
func Gradient2x2(v []float32, point int, y []float32, p *Places, channels int) {
	p.must(len(y), channels)
	mustReach(len(v), (points2x2-1)*point+channels)
	gradient2x2(v, point, y, p, channels)
}

// Patch2x2 adds B·m·Bᵀ to 3×3 places of x that overlap their neighbours' by
// a row or a column, each multiplied by leak where act is not positive, with the
// first row and column overwritten where first has FirstTop and FirstLeft, as
// Patch4x2 does.
func Patch2x2(x []float32, p *Places, m []float32, point int, act []float32, leak float32, first First, channels int) {
	p.must(len(x), channels)
	mustReach(len(m), (points2x2-1)*point+channels)
	if leak != 1 {
		mustReach(len(act), len(x))
	}
	patch2x2(x, p, m, point, act, leak, first, channels)
}

// Weights2x2 writes U = G·w·Gᵀ of 16 filters to u, lane by lane, as
// Weights4x2 does. It runs once a parameter update.
func Weights2x2(u []float32, point int, w []float32, filter int) {
	mustReach(len(u), (points2x2-1)*point+16)
	mustReach(len(w), 15*filter+11)
	for l := range 16 {
		w, u := w[l*filter:], u[l:]
		a, b, c, d := w[0], w[2], w[8], w[10]
		ac, bd := a+c, b+d
		u[0], u[point], u[2*point] = a, a+b, b
		u[3*point], u[4*point], u[5*point] = ac, ac+bd, bd
		u[6*point], u[7*point], u[8*point] = c, c+d, d
	}
}

// Taps2x2 adds Gᵀ·m·G of 16 whole filters, lane by lane, to w, as
// Taps4x2 does.
func Taps2x2(w []float32, filter int, m []float32, point, phase int) {
	mustReach(len(m), 3*phase+(points2x2-1)*point+16)
	mustReach(len(w), 15*filter+16)
	for l := range 16 {
		for f := range 4 {
			m, w := m[f*phase+l:], w[l*filter+f/2*4+f%2:]
			middle, corner := m[3*point], m[4*point]
			w[0] += (m[0] + middle) + (m[point] + corner)
			w[2] += (m[point] + corner) + (m[2*point] + m[5*point])
			w[8] += (middle + m[6*point]) + (corner + m[7*point])
			w[10] += (corner + m[7*point]) + (m[5*point] + m[8*point])
		}
	}
}
