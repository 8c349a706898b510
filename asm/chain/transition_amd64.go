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
	if blocks := len(grad) / 8; isa.Current() >= isa.AVX2 && blocks > 0 {
		if isa.Current() == isa.AVX512 {
			transitionAVX512(t, &to[0], &from[0], &grad[0], blocks, p)
		} else {
			transitionAVX2(t, &to[0], &from[0], &grad[0], blocks, p)
		}
		k := 8 * blocks
		to, from, grad = to[k:], from[k:], grad[k:]
	}
	transitionCoordGeneric(t, to, from, grad, p)
}
