//go:build !noasm

package chain

import "anila/asm/isa"

// transitionAVX2 adds the terms of blocks·8 coordinates to t:
//
//	for i := range 8 * blocks {
//		v := float64(grad[i])
//		r := to[i] - from[i] - p.drift*clamp(v, -p.bound, p.bound)
//		inverse := max(1, |v|*p.overBound)
//		t.quadratic[i%8] += r * r * inverse   // inverse² if linear
//		t.multiply(i%8, inverse)
//	}
//
//go:noescape
func transitionAVX2(t *transition, to, from, grad *float32, blocks int, p *proposal)

//go:noescape
func transitionAVX512(t *transition, to, from, grad *float32, blocks int, p *proposal)

func transitionCoord(t *transition, to, from, grad []float32, p *proposal) {
	body := len(grad) &^ 7
	switch tier := isa.Current(); {
	case tier == isa.AVX512 && body > 0:
		transitionAVX512(t, &to[0], &from[0], &grad[0], body/8, p)
	case tier == isa.AVX2 && body > 0:
		transitionAVX2(t, &to[0], &from[0], &grad[0], body/8, p)
	default:
		body = 0
	}
	transitionCoordGeneric(t, to[body:], from[body:], grad[body:], p)
}
