package cooktoom

import "slices"

// The transforms of F(4×4, 3×3) at the points 0, ±5/8, ±3/2, ∞: tiles of 4×4 outputs
// of a convolution with 3×3 taps from patches of 6×6 inputs with 36 products each
// where the direct way takes 144, at less than half of the rounding error of the
// usual points 0, ±1, ±2, ∞. With U = G·g·Gᵀ for the taps g, y = Aᵀ·[U ⊙ (Bᵀ·d·B)]·A,
//
//	Bᵀ = (225/256 0 −169/64 0 1 0), (0 ∓45/32 −9/4 ±5/8 1 0), (0 ∓75/128 −25/64 ±3/2 1 0), (0 225/256 0 −169/64 0 1)
//	G  = (256/225 0 0), (−2048/2975 ∓256/595 −32/119), (128/1071 ±64/357 32/119), (0 0 1)
//	Aᵀ = (1 1 1 1 1 0), (0 5/8 −5/8 3/2 −3/2 0), (0 25/64 25/64 9/4 9/4 0), (0 125/512 −125/512 27/8 −27/8 1)
//
// where a row with ± or ∓ is two, the upper sign first. The input gradient is a
// convolution with the kernel turned by 180°, the weight gradient
// Gᵀ·[(Bᵀ·d·B) ⊙ (A·y·Aᵀ)]·G. Point 6i+j of a tile lies point floats behind point 0.
// Sums are taken down the columns first.
const points4x3 = 36

// Run says how tiles that lie beside each other go through a transform in one call:
// the places of each start Places floats after those of the one before, their points
// Points floats. From the first place of the first tile to that of the last are fewer
// than RunFloats floats.
type Run struct{ Tiles, Places, Points int }

// RunFloats bounds a Run.
const RunFloats = 2048

// places are those of tile t of a run of which p are the first.
func (r *Run) places(p *Places, t int) *Places {
	q := *p
	q.Origin += t * r.Places
	return &q
}

// must holds a run to the slices of its places and points.
func (r *Run) must(places, points int, p *Places, point, channels int) {
	if r.Tiles < 1 || min(r.Places, r.Points) < 0 || r.Tiles > 1 && (r.Tiles-1)*r.Places+channels > RunFloats {
		panic("cooktoom: a run of no tiles, backwards or too long")
	}
	p.must(places-(r.Tiles-1)*r.Places, channels)
	mustReach(points, (r.Tiles-1)*r.Points+(points4x3-1)*point+channels)
}

// Input4x3 writes Bᵀ·d·B of the patches of a run, 6×6 places of x, to v.
// channels is a multiple of 16.
func Input4x3(v []float32, point int, x []float32, p *Places, channels int, run Run) {
	run.must(len(x), len(v), p, point, channels)
	input4x3(v, point, x, p, channels, &run)
}

// Output4x3 writes leakyReLU(Aᵀ·m·A + bias) to the tiles of a run, 4×4 places of y; bias has channels
// values, 0 ≤ leak ≤ 1.
func Output4x3(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int, run Run) {
	run.must(len(y), len(m), p, point, channels)
	mustReach(len(bias), channels)
	output4x3(y, p, m, point, bias, leak, channels, &run)
}

// Masked4x3 writes Aᵀ·m·A to the tiles of a run, 4×4 places of y, multiplied by leak where act, laid out
// as y, is not positive (leak 1: not at all, and act is not read).
func Masked4x3(y []float32, p *Places, m []float32, point int, act []float32, leak float32, channels int, run Run) {
	run.must(len(y), len(m), p, point, channels)
	if leak != 1 {
		mustReach(len(act), len(y))
	}
	masked4x3(y, p, m, point, act, leak, channels, &run)
}

// Gradient4x3 writes A·y·Aᵀ of the tiles of a run, 4×4 places of y, to v.
func Gradient4x3(v []float32, point int, y []float32, p *Places, channels int, run Run) {
	run.must(len(y), len(v), p, point, channels)
	gradient4x3(v, point, y, p, channels, &run)
}

// g4x3 is G by rows.
var g4x3 = [6][3]float64{
	{256. / 225, 0, 0},
	{-2048. / 2975, -256. / 595, -32. / 119},
	{-2048. / 2975, 256. / 595, -32. / 119},
	{128. / 1071, 64. / 357, 32. / 119},
	{128. / 1071, -64. / 357, 32. / 119},
	{0, 0, 1},
}

// Weights4x3 writes U = G·g·Gᵀ of 16 filters of nine taps to u, lane by lane; filter
// l starts at w[l*filter], and is turned by 180° if so asked. It runs once a
// parameter update, in float64.
func Weights4x3(u []float32, point int, w []float32, filter int, turned bool) {
	mustReach(len(u), (points4x3-1)*point+16)
	mustReach(len(w), 15*filter+9)
	for l := range 16 {
		taps := [9]float32(w[l*filter:])
		if turned {
			slices.Reverse(taps[:])
		}
		for i, g := range g4x3 {
			var row [3]float64
			for j := range row {
				row[j] = float64(g[0]*float64(taps[j])) + float64(g[1]*float64(taps[3+j])) + float64(g[2]*float64(taps[6+j]))
			}
			for j, g := range g4x3 {
				u[(6*i+j)*point+l] = float32(float64(row[0]*g[0]) + float64(row[1]*g[1]) + float64(row[2]*g[2]))
			}
		}
	}
}

// Taps4x3 adds Gᵀ·m·G of 16 filters, lane by lane, to w; filter l starts at
// w[l*filter].
func Taps4x3(w []float32, filter int, m []float32, point int) {
	mustReach(len(m), (points4x3-1)*point+16)
	mustReach(len(w), 15*filter+9)
	var taps [9][16]float32
	fold4x3(&taps, m, point)
	for l := range 16 {
		w := w[l*filter:][:9]
		for k := range w {
			w[k] += taps[k][l]
		}
	}
}
