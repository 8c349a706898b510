package chain

import (
	"math"

	"anila/asm/internal/span"
	"anila/asm/reduce"
)

// Scope says which norm of the gradient an adaptive step compares with its
// bound.
type Scope uint8

const (
	Plain  Scope = iota // a = 1
	Coord               // |gᵢ|: each coordinate has its own step
	Pixel               // L2 norm over the Channels consecutive coordinates of a pixel
	Sample              // L2 norm over the whole state
)

// Update is one unadjusted step of a block of chains,
//
//	z' = (z + (Drift·a)·g) + (Noise·√a)·ξ     a = min(1, B/|g|), 1 where g = 0
//
// with ξ the normals of the stream Random, chain c's under chain number
// Random.Chain + c (AniLA, equations 5 and 6, has Drift ½ and Noise 1). Every
// operation is rounded to float32; norms of Pixel and Sample are summed in
// float64 and rounded once.
type Update struct {
	Drift, Noise float32
	B            float32 // bound, above 0; +Inf is Plain bit for bit
	Scope        Scope
	Channels     int  // coordinates of a pixel, for Pixel
	Linear       bool // noise·a instead of noise·√a
	Random       Noise
}

const (
	panicLength   = "chain: slices differ in length"
	panicDivisor  = "chain: length is not a multiple of the row length"
	panicScope    = "chain: unknown scope of a Langevin update"
	panicStep     = "chain: a step number of 2^56 or more"
	panicChannels = "chain: row length is not a multiple of the channels of a pixel"
	panicLinear   = "chain: a corrected update of linear noise"
)

// scope returns the scope that the update comes down to: Plain without a finite
// bound, Coord where the norm is over one coordinate.
func (u *Update) scope(dim int) Scope {
	switch {
	case u.Scope > Sample:
		panic(panicScope)
	case u.Scope == Plain || math.IsInf(float64(u.B), 1):
		return Plain
	case u.Scope == Pixel && (u.Channels <= 0 || dim%u.Channels != 0):
		panic(panicChannels)
	case u.Scope == Pixel && u.Channels == 1, u.Scope == Sample && dim == 1:
		return Coord
	case u.Scope == Sample && dim == 2:
		return Pixel
	}
	return u.Scope
}

// group returns the number of coordinates that share a step, for Pixel.
func (u *Update) group(dim int) int {
	if u.Scope == Sample {
		return dim
	}
	return u.Channels
}

// shortRow is the row length below which vector lanes run over the blocks of
// many chains, and not over the blocks of one.
const shortRow = 64

// Langevin does one step of the chains z [chains][dim], in place, with g
// [chains][dim] the gradient of the log-density at z. Memory is passed over
// once (twice for g where Scope is Sample); noise is made on the way and never
// stored. No draws are made where u.Noise is 0. A NaN in g gives a NaN in z.
func Langevin(z, g []float32, dim int, u *Update) {
	checkRows(z, g, dim)
	if len(z) == 0 {
		return
	}
	scope := u.scope(dim)
	if dim < shortRow && u.Noise != 0 {
		shortRows(z, g, nil, dim, scope, u)
		return
	}
	row := *u
	for ; len(z) > 0; z, g = z[dim:], g[dim:] {
		langevinRow(z[:dim], g[:dim], scope, &row)
		row.Random.Chain++
	}
}

func checkRows(z, g []float32, dim int) {
	if len(g) != len(z) {
		panic(panicLength)
	}
	if len(z) > 0 && (dim == 0 || len(z)%dim != 0) {
		panic(panicDivisor)
	}
}

// langevinRow steps one chain.
func langevinRow(z, g []float32, scope Scope, u *Update) {
	s := newStep(u)
	ctr := u.Random.counter()
	most := span.Most
	var a []float32
	switch scope {
	case Coord:
		s.scale = scaleCoord
	case Sample:
		s.shrink(clip(reduce.SumSquares(g), u.B))
	case Pixel:
		var buf [pixelSpan]float32
		a, most = buf[:], pixelSpan
		s.scale = scaleGiven
	}
	for i, j := range span.By(len(z), most) {
		if scope == Pixel {
			pixelClip(a[:j-i], g, i, u.group(len(z)), u.B)
		}
		stepNormals(z[i:j], g[i:j], a, &s, u.Random.Seed, ctr)
		ctr[0] += uint32(most / 4)
	}
}

// shortRows steps chains of fewer than shortRow coordinates, as many at a time as
// have shortSpan normals, with vector lanes over blocks of noise. Without a memory
// they are not corrected.
func shortRows(z, g []float32, m *Memory, dim int, scope Scope, u *Update) {
	var (
		s            = newStep(u)
		ctr          = u.Random.counter()
		quads        = (dim + 3) / 4
		most         = shortSpan / 4 / quads
		first, chain [shortSpan / 4]uint32
		normal, xi   [shortSpan]float32
		a            [shortSpan]float32
		done         int
	)
	switch scope {
	case Coord:
		s.scale = scaleCoord
	case Pixel, Sample:
		s.scale = scaleGiven
	}
	for i := range most * quads {
		first[i], chain[i] = uint32(i%quads), ctr[1]+uint32(i/quads)
	}
	for len(z) > 0 {
		chains := min(most, len(z)/dim)
		n, k := chains*dim, chains*quads
		normalsAt(normal[:4*k], u.Random.Seed, first[:k], chain[:k], ctr)
		for c := range chains {
			from, to := normal[4*c*quads:4*c*quads+dim], xi[c*dim:c*dim+dim]
			for i, v := range from {
				to[i] = v
			}
		}
		switch scope {
		case Pixel:
			pixelClip(a[:n], g, 0, u.group(dim), u.B)
		case Sample:
			for c := range chains {
				v := clip(reduce.SumSquares(g[c*dim:(c+1)*dim]), u.B)
				for i := c * dim; i < (c+1)*dim; i++ {
					a[i] = v
				}
			}
		}
		if m == nil {
			stepGiven(z[:n], g[:n], xi[:n], a[:n], &s)
		} else {
			stepCorrected(z[:n], g[:n], xi[:n], a[:n], m.Part(done, done+n), &s)
		}
		z, g, done = z[n:], g[n:], done+n
		for i := range k {
			chain[i] += uint32(chains)
		}
	}
}

const (
	// pixelSpan is how many coordinates of Pixel steps are worked out at a
	// time: whole blocks of noise and whole pixels of 2 or 3 channels.
	pixelSpan = 768
	// shortSpan is how many normals are made at a time for short rows.
	shortSpan = 256
)

// step is what the inner loops of an update know. The assembly reads it by
// field offset.
type step struct {
	drift, noise, b float32
	scale           uint32 // one of scaleFixed, …
	linear          uint32 // 1 for noise·a
}

const (
	scaleFixed = 0 // a = 1, or folded into drift and noise
	scaleCoord = 1 // a = min(1, b/|gᵢ|)
	scaleGiven = 2 // a is read from a slice
)

func newStep(u *Update) step {
	s := step{drift: u.Drift, noise: u.Noise, b: u.B}
	if u.Linear || u.Noise == 0 {
		s.linear = 1 // without noise nobody asks for the root
	}
	return s
}

// shrink folds one a for all coordinates into drift and noise.
func (s *step) shrink(a float32) {
	s.drift *= a
	if s.linear == 0 {
		a = sqrt32(a)
	}
	s.noise *= a
}

// clip returns min(1, b/|g|) given |g|², NaN for NaN.
func clip(square float64, b float32) float32 {
	a := b / float32(math.Sqrt(square))
	if a > 1 {
		a = 1
	}
	return a
}
