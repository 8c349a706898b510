package cooktoom

// The transforms of Cook–Toom F(4×4, 2×2), a convolution with 2×2 taps that
// computes tiles of 4×4 outputs from patches of 5×5 inputs with 25 products
// each, at the points 0, 1, −1, ½, ∞. With U = G·w·Gᵀ for the taps w,
//
//	y = Aᵀ·[U ⊙ (Bᵀ·d·B)]·A
//
// Reversed, the same three matrices give the input gradient, B·[U ⊙ (A·y·Aᵀ)]·Bᵀ,
// and the weight gradient, Gᵀ·[(Bᵀ·d·B) ⊙ (A·y·Aᵀ)]·G.
//
// A transform works on channels lying together. In the transformed domain,
// point 5i+j of a tile lies point floats behind point 0.
const points4x2 = 25

// Edges says which sides of a 5×5 patch lie outside the image.
type Edges uint8

const (
	EdgeTop    Edges = 1 << iota // row 0 is outside
	EdgeBottom                   // row 4
	EdgeLeft                     // column 0
	EdgeRight                    // column 4
	FirstTop                     // nothing was written to row 0 yet (Patch4x2)
	FirstLeft                    // nor to column 0
)

// outside reports whether place (i, j) of a patch is outside the image.
func (e Edges) outside(i, j int) bool {
	return i == 0 && e&EdgeTop != 0 || i == 4 && e&EdgeBottom != 0 ||
		j == 0 && e&EdgeLeft != 0 || j == 4 && e&EdgeRight != 0
}

// b4x2 is Bᵀ, a4x2 is Aᵀ, both by rows.
var (
	b4x2 = [5][5]float32{
		{0.5, -1, -0.5, 1, 0},
		{0, -0.5, 0.5, 1, 0},
		{0, 0.5, -1.5, 1, 0},
		{0, -1, 0, 1, 0},
		{0, 0.5, -1, -0.5, 1},
	}
	a4x2 = [4][5]float32{
		{1, 1, 1, 1, 0},
		{0, 1, -1, 0.5, 0},
		{0, 1, 1, 0.25, 0},
		{0, 1, -1, 0.125, 1},
	}
)

// Input4x2 writes Bᵀ·d·B of a patch to v. Place (i, j) of the patch starts
// at x[origin+i*row+j*column]; places outside the image (edges) are taken as
// zero and not read. channels is a multiple of 16.
func Input4x2(v []float32, point int, x []float32, origin, row, column int, edges Edges, channels int) {
	mustChannels(channels)
	mustPatch(len(x), origin, row, column, edges, channels)
	mustReach(len(v), 24*point+channels)
	input4x2(v, point, x, origin, row, column, edges, channels)
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

// Output4x2 writes leakyReLU(Aᵀ·m·A + bias), 4×4 places, to y at origin;
// bias has channels values, 0 ≤ leak ≤ 1.
func Output4x2(y []float32, origin, row, column int, m []float32, point int, bias []float32, leak float32, channels int) {
	mustChannels(channels)
	mustReach(len(y)-origin, 3*row+3*column+channels)
	mustReach(len(m), 24*point+channels)
	mustReach(len(bias), channels)
	output4x2(y[origin:], row, column, m, point, bias, leak, channels)
}

// Gradient4x2 writes A·y·Aᵀ of 4×4 places at origin to v.
func Gradient4x2(v []float32, point int, y []float32, origin, row, column, channels int) {
	mustChannels(channels)
	mustReach(len(y)-origin, 3*row+3*column+channels)
	mustReach(len(v), 24*point+channels)
	gradient4x2(v, point, y[origin:], row, column, channels)
}

// Patch4x2 adds B·m·Bᵀ, 5×5 places that overlap their neighbours' by a row
// or a column, to x at origin, each multiplied by leak where act is not
// positive (leak 1: not at all, and act is not read). Tiles come by rows: the
// top row and left column are added to what earlier tiles left there unless
// FirstTop or FirstLeft says that there was none; all other places are
// overwritten. act is laid out as x. Places outside the image are not touched.
func Patch4x2(x []float32, origin, row, column int, m []float32, point int, act []float32, leak float32, edges Edges, channels int) {
	mustChannels(channels)
	mustPatch(len(x), origin, row, column, edges, channels)
	mustReach(len(m), 24*point+channels)
	if leak == 1 {
		act = x
	} else {
		mustReach(len(act), len(x))
	}
	patch4x2(x, origin, row, column, m, point, act, leak, edges, channels)
}

func mustChannels(channels int) {
	if channels < 16 || channels%16 != 0 {
		panic("cooktoom: Cook–Toom transforms take multiples of 16 channels")
	}
}

func mustReach(have, need int) {
	if have < need {
		panic("cooktoom: Cook–Toom transform outside its slice")
	}
}

// mustPatch holds the patch's first and last place inside the image to x.
func mustPatch(have, origin, row, column int, edges Edges, channels int) {
	first, last := origin, origin+4*row+4*column
	if edges&EdgeTop != 0 {
		first += row
	}
	if edges&EdgeLeft != 0 {
		first += column
	}
	if edges&EdgeBottom != 0 {
		last -= row
	}
	if edges&EdgeRight != 0 {
		last -= column
	}
	if first < 0 || min(row, column) < channels {
		panic("cooktoom: Cook–Toom patch starts before its slice")
	}
	mustReach(have, last+channels)
}
