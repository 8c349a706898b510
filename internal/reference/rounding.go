package reference

import "math"

// Rounding is what float32 does to numbers, exaggerated: it moves each by half a unit in the last place of a float32, up or
// down by chance, the most that rounding can do. What that changes is the cost of rounding. A nil Rounding changes nothing.
type Rounding struct {
	state uint64
	theta bool
}

// RoundTheta rounds the parameters, at their start and after each update.
func RoundTheta(seed uint64) *Rounding { return &Rounding{seed*0x9E3779B97F4A7C15 + 1, true} }

// RoundAll rounds all that training keeps in float32: parameters, their gradients and average, the chains' states, and in an
// evaluation of f every sum of a layer and of its gradient after each of its terms.
func RoundAll(seed uint64) *Rounding { return &Rounding{seed*0x9E3779B97F4A7C15 + 1, false} }

// half is half a unit in the last place of the float32 beside v, with a sign drawn by chance (xorshift, Marsaglia 2003).
func (r *Rounding) half(v float64) float64 {
	r.state ^= r.state << 13
	r.state ^= r.state >> 7
	r.state ^= r.state << 17
	const exponent = 0x7FF << 52
	power := math.Float64frombits(math.Float64bits(v)&exponent | r.state&(1<<63))
	return power / (1 << 24)
}

// params rounds θ.
func (r *Rounding) params(x []float64) {
	if r != nil {
		for i, v := range x {
			x[i] += r.half(v)
		}
	}
}

// all rounds numbers that are not θ.
func (r *Rounding) all(x []float64) {
	if r != nil && !r.theta {
		r.params(x)
	}
}

// add adds to a sum that is not θ.
func (r *Rounding) add(sum *float64, term float64) {
	if *sum += term; r != nil && !r.theta {
		*sum += r.half(*sum)
	}
}
