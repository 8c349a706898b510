package cooktoom

// The transforms of Cook–Toom F(4×4, 2×2), a convolution with 2×2 taps that
// computes tiles of 4×4 outputs from patches of 5×5 inputs with 25 products
// each, at the points ½, −½, 5/4, −5/4, ∞. With U = G·w·Gᵀ for the taps w,
//
//	y = Aᵀ·[U ⊙ (Bᵀ·d·B)]·A
//
// Reversed, the same three matrices give the input gradient, B·[U ⊙ (A·y·Aᵀ)]·Bᵀ,
// and the weight gradient, Gᵀ·[(Bᵀ·d·B) ⊙ (A·y·Aᵀ)]·G.
//
// A transform works on channels lying together. In the transformed domain,
// point 5i+j of a tile lies point floats behind point 0.
const points4x2 = 25

// b4x2 is Bᵀ, a4x2 is Aᵀ, g4x2 is G, all by rows. Rows of Bᵀ and columns of Aᵀ for ±½
// are twice what the points say, to make additions of multiplications, and those of G a
// quarter. The entries of Bᵀ and Aᵀ are exact.
var (
	b4x2 = [5][5]float32{
		{-25. / 16, -25. / 8, 1, 2, 0},
		{25. / 16, -25. / 8, -1, 2, 0},
		{-5. / 16, -1. / 4, 5. / 4, 1, 0},
		{5. / 16, -1. / 4, -5. / 4, 1, 0},
		{25. / 64, 0, -29. / 16, 0, 1},
	}
	a4x2 = [4][5]float32{
		{2, 2, 1, 1, 0},
		{1, -1, 5. / 4, -5. / 4, 0},
		{1. / 2, 1. / 2, 25. / 16, 25. / 16, 0},
		{1. / 4, -1. / 4, 125. / 64, -125. / 64, 1},
	}
	g4x2 = [5][2]float32{{-4. / 21, -2. / 21}, {4. / 21, -2. / 21}, {32. / 105, 8. / 21}, {-32. / 105, 8. / 21}, {0, 1}}
)

// Input4x2 writes Bᵀ·d·B of a patch of 5×5 places of x to v. channels is a multiple
// of 16.
func Input4x2(v []float32, point int, x []float32, p *Places, channels int) {
	p.must(len(x), channels)
	mustReach(len(v), 24*point+channels)
	input4x2(v, point, x, p, channels)
}

// Weights4x2 writes U = G·w·Gᵀ of 16 filters to u, lane by lane. The taps
// of filter l, those of one phase of a 4×4 filter, are
//
//	w[l*filter+0] w[l*filter+2]
//	w[l*filter+8] w[l*filter+10]
func Weights4x2(u []float32, point int, w []float32, filter int) {
	mustReach(len(u), 24*point+16)
	mustReach(len(w), 15*filter+11)
	weights4x2(u, point, w, filter)
}

// Taps4x2 adds Gᵀ·m·G of 16 whole filters, lane by lane, to w: filter l has
// its 16 taps at w[l*filter]. m holds the products of phase f, row f/2 and
// column f%2 of every second tap, phase floats behind those of the one before.
func Taps4x2(w []float32, filter int, m []float32, point, phase int) {
	mustReach(len(m), 3*phase+24*point+16)
	mustReach(len(w), 15*filter+16)
	taps4x2(w, filter, m, point, phase)
}

// Output4x2 writes leakyReLU(Aᵀ·m·A + bias) to 4×4 places of y; bias has channels
// values, 0 ≤ leak ≤ 1.
func Output4x2(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int) {
	p.must(len(y), channels)
	mustReach(len(m), 24*point+channels)
	mustReach(len(bias), channels)
	output4x2(y, p, m, point, bias, leak, channels)
}

// Gradient4x2 writes A·y·Aᵀ of 4×4 places of y to v.
func Gradient4x2(v []float32, point int, y []float32, p *Places, channels int) {
	p.must(len(y), channels)
	mustReach(len(v), 24*point+channels)
	gradient4x2(v, point, y, p, channels)
}

// Patch4x2 adds B·m·Bᵀ to 5×5 places of x that overlap their neighbours' by a row or a
// column, each multiplied by leak where act is not positive (leak 1: not at all, and
// act is not read). Tiles come by rows: the top row and left column are added to what
// earlier tiles left there unless first says that there was none; all other places are
// overwritten. act is laid out as x.
func Patch4x2(x []float32, p *Places, m []float32, point int, act []float32, leak float32, first First, channels int) {
	p.must(len(x), channels)
	mustReach(len(m), 24*point+channels)
	if leak == 1 {
		act = x
	} else {
		mustReach(len(act), len(x))
	}
	patch4x2(x, p, m, point, act, leak, first, channels)
}
