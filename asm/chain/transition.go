package chain

import (
	"math"

	"anila/asm/internal/span"
	"anila/asm/reduce"
)

// transition gathers the terms of a transition density in eight lanes: element i
// goes to lane i%8.
type transition struct {
	quadratic [8]float64
	// The product of the lane's 1/a is product·2^(exponent − 1023·elements),
	// product in [1, 2).
	product  [8]float64
	exponent [8]uint64
}

// proposal is what the inner loop of a transition density knows. The assembly
// reads it by field offset.
type proposal struct {
	drift, bound float64
	overBound    float64 // 1/bound
	linear       uint64  // all ones for noise·a, else 0
}

// Transition returns the two sums of the density of the move that Langevin makes
// with u from one state to another, grad being the gradient at from:
//
//	quadratic  = Σ (to[i] − from[i] − Drift·a·grad[i])²/v
//	logInverse = Σ ln(1/a)
//
// with v = a, or a² where u.Linear is set, in float64 and in one order for each
// length. The density of to is, up to a constant,
//
//	exp(−quadratic/(2·Noise²) + logInverse/2)    (logInverse if Linear)
//
// A NaN in any slice makes quadratic NaN.
func Transition(to, from, grad []float32, u *Update) (quadratic, logInverse float64) {
	if len(to) != len(grad) || len(from) != len(grad) {
		panic(panicLength)
	}
	p := proposal{drift: float64(u.Drift), bound: math.Inf(1)}
	scope := Plain
	if len(grad) > 0 {
		scope = u.scope(len(grad))
	}
	switch scope {
	case Coord:
		p.bound = float64(u.B)
		p.overBound = 1 / p.bound
		if u.Linear {
			p.linear = math.MaxUint64
		}
	case Sample:
		inverse := inverseStep(reduce.SumSquares(grad), u.B)
		p.drift /= inverse
		quadratic, _ = transitionSums(to, from, grad, &p)
		return weighted(quadratic, inverse, u.Linear), float64(len(grad)) * math.Log(inverse)
	case Pixel:
		return transitionPixels(to, from, grad, u.group(len(grad)), u)
	}
	return transitionSums(to, from, grad, &p)
}

// inverseStep returns 1/a = max(1, |g|/b) given |g|², NaN for NaN.
func inverseStep(square float64, b float32) float64 {
	inverse := math.Sqrt(square) / float64(b)
	if inverse < 1 {
		inverse = 1
	}
	return inverse
}

func weighted(square, inverse float64, linear bool) float64 {
	if linear {
		square = float64(square * inverse)
	}
	return float64(square * inverse)
}

// transitionPixels takes the sums of pixels of group coordinates.
func transitionPixels(to, from, grad []float32, group int, u *Update) (quadratic, logInverse float64) {
	t := newTransition()
	for i := 0; i < len(grad); i += group {
		var square, residual float64
		for _, v := range grad[i : i+group] {
			square += float64(float64(v) * float64(v))
		}
		inverse := inverseStep(square, u.B)
		slope := float64(u.Drift) / inverse
		for j := i; j < i+group; j++ {
			r := float64(to[j]) - float64(from[j]) - float64(slope*float64(grad[j]))
			residual += float64(r * r)
		}
		quadratic += weighted(residual, inverse, u.Linear)
		t.multiply(i/group%8, inverse)
	}
	return quadratic, float64(group) * t.logInverse(len(grad)/group, quadratic)
}

// transitionSums takes the sums over coordinates that are independent of each
// other.
func transitionSums(to, from, grad []float32, p *proposal) (quadratic, logInverse float64) {
	t := newTransition()
	for i, j := range span.Of(len(grad)) {
		transitionCoord(&t, to[i:j], from[i:j], grad[i:j], p)
	}
	for h := 4; h > 0; h /= 2 {
		for j := range h {
			t.quadratic[j] += t.quadratic[j+h]
		}
	}
	return t.quadratic[0], t.logInverse(len(grad), t.quadratic[0])
}

func newTransition() transition {
	var t transition
	for j := range t.product {
		t.product[j] = 1
	}
	return t
}

// multiply multiplies the product of lane j by 1/a.
func (t *transition) multiply(j int, inverse float64) {
	bits := math.Float64bits(t.product[j] * inverse)
	t.exponent[j] += bits >> 52
	t.product[j] = math.Float64frombits(bits&(1<<52-1) | 1023<<52)
}

// logInverse returns the logarithm of the product of all n factors. That of a NaN
// is lost on the way, so it is taken from the quadratic form.
func (t *transition) logInverse(n int, quadratic float64) float64 {
	if quadratic != quadratic {
		return quadratic
	}
	exponent, product := -1023*int64(n), 1.0
	for j, p := range t.product {
		exponent += int64(t.exponent[j])
		product *= p
	}
	return float64(float64(exponent)*math.Ln2) + math.Log(product)
}
