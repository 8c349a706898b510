package cooktoom

// The transforms of Winograd's F(2×2, 3×3) (Lavin and Gray, arXiv 1509.09308), a
// convolution with 3×3 taps that computes tiles of 2×2 outputs from patches of 4×4
// inputs with 16 products each where the direct way takes 36. With U = G·g·Gᵀ for
// the taps g,
//
//	y = Aᵀ·[U ⊙ (Bᵀ·d·B)]·A
//
//	Bᵀ = (1 0 −1 0), (0 1 1 0), (0 −1 1 0), (0 1 0 −1)     Aᵀ = (1 1 1 0), (0 1 −1 −1)
//
// A transform works on channels lying together. In the transformed domain, point
// 4i+j of a tile lies point floats behind point 0.
const points2x3 = 16

// Input2x3 writes Bᵀ·d·B of a patch to v. Place (i, j) of the patch starts at
// x[origin+i*row+j*column]; places outside the image (EdgeTop and EdgeLeft: row and
// column 0; EdgeBottom and EdgeRight: row and column 3) are taken as zero and not
// read. channels is a multiple of 16.
func Input2x3(v []float32, point int, x []float32, origin, row, column int, edges Edges, channels int) {
	mustChannels(channels)
	first, last := origin, origin+3*row+3*column
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
		panic("cooktoom: Winograd patch starts before its slice")
	}
	mustReach(len(x), last+channels)
	mustReach(len(v), (points2x3-1)*point+channels)
	input2x3(v, point, x, origin, row, column, edges, channels)
}

// Output2x3 writes leakyReLU(Aᵀ·m·A + bias), 2×2 places, to y at origin; bias
// has channels values, 0 ≤ leak ≤ 1.
func Output2x3(y []float32, origin, row, column int, m []float32, point int, bias []float32, leak float32, channels int) {
	mustChannels(channels)
	mustReach(len(y)-origin, row+column+channels)
	mustReach(len(m), (points2x3-1)*point+channels)
	mustReach(len(bias), channels)
	output2x3(y[origin:], row, column, m, point, bias, leak, channels)
}

// Masked2x3 writes Aᵀ·m·A, 2×2 places, to y at origin, multiplied by leak
// where act, laid out as y, is not positive (leak 1: not at all, and act is not
// read).
func Masked2x3(y []float32, origin, row, column int, m []float32, point int, act []float32, leak float32, channels int) {
	mustChannels(channels)
	mustReach(len(y)-origin, row+column+channels)
	mustReach(len(m), (points2x3-1)*point+channels)
	if leak == 1 {
		act = y
	} else {
		mustReach(len(act), len(y))
	}
	masked2x3(y[origin:], row, column, m, point, act[origin:], leak, channels)
}
