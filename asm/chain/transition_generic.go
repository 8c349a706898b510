package chain

import "math"

func transitionCoordGeneric(t *transition, to, from, grad []float32, p *proposal) {
	for i, g := range grad {
		v := float64(g)
		// drift·a·g, for a·g is ±b where a < 1
		move := v
		if move > p.bound {
			move = p.bound
		}
		if move < -p.bound {
			move = -p.bound
		}
		r := float64(to[i]) - float64(from[i]) - float64(p.drift*move)
		inverse := math.Abs(v) * p.overBound
		if inverse < 1 {
			inverse = 1
		}
		weight := inverse
		if p.linear != 0 {
			weight *= inverse
		}
		t.quadratic[i%8] += float64(float64(r*r) * weight)
		t.multiply(i%8, inverse)
	}
}
