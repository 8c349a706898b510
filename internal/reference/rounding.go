package reference

import "math"

// Rounding is what float32 does to numbers, at its worst: it moves each by half a unit in the last place of a float32, up or
// down by chance. It does so to all that training keeps in float32: parameters, their moments and average, the chains'
// states, and every sum of a layer, of its gradients and of a step after each of its terms. (To round θ alone would say
// nothing of a state that is large beside ∇f, nor of a weight that starts from zero.) What changes is the cost of rounding.
// A nil Rounding changes nothing.
type Rounding struct{ state uint64 }

// NewRounding returns the rounding of a seed.
func NewRounding(seed uint64) *Rounding { return &Rounding{seed*0x9E3779B97F4A7C15 + 1} }

// half is half a unit in the last place of the float32 beside v, with a sign drawn by chance (xorshift, Marsaglia 2003).
func (r *Rounding) half(v float64) float64 {
	r.state ^= r.state << 13
	r.state ^= r.state >> 7
	r.state ^= r.state << 17
	const exponent = 0x7FF << 52
	return math.Float64frombits(math.Float64bits(v)&exponent|r.state&(1<<63)) / (1 << 24)
}

// all rounds every number of x.
func (r *Rounding) all(x []float64) {
	if r != nil {
		for i, v := range x {
			x[i] += r.half(v)
		}
	}
}

// add adds a term to a sum and rounds it.
func (r *Rounding) add(sum *float64, term float64) {
	if *sum += term; r != nil {
		*sum += r.half(*sum)
	}
}
