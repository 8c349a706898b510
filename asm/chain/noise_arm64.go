//go:build !noasm

package chain

import (
	"math"

	"anila/asm/isa"
)

// noiseConst holds the constants of the normals in the order in which
// noise_arm64.h reads them.
var noiseConst = [...]uint32{
	math.Float32bits(0.5),
	149,
	0x7fffff,
	math.Float32bits(1),
	1 << 29,
	0x7ffffc,
	0x3f800002,
	math.Float32bits(1.5),
	math.Float32bits(logC7),
	math.Float32bits(logC6),
	math.Float32bits(logC5),
	math.Float32bits(logC4),
	math.Float32bits(logC3),
	math.Float32bits(logC2),
	math.Float32bits(logC1),
	math.Float32bits(-2),
	math.Float32bits(sinC3),
	math.Float32bits(sinC2),
	math.Float32bits(sinC1),
	math.Float32bits(sinC0),
	math.Float32bits(cosC3),
	math.Float32bits(cosC2),
	math.Float32bits(cosC1),
	math.Float32bits(minusTwoLn2),
	1 << 30,
	1 << 31,
}

// fourLanes numbers the counters of a vector.
var fourLanes = [4]uint32{0, 1, 2, 3}

// uniformsNEON makes the uniforms of blocks·16 coordinates.
//
//	for i := range 16 * blocks {
//		dst[i] = uniform(word i)
//	}
//
//go:noescape
func uniformsNEON(dst *float32, blocks int, s *stream)

// normalsNEON makes the normals of blocks·16 coordinates.
//
//	for i := 0; i < 16*blocks; i += 2 {
//		dst[i], dst[i+1] = boxMuller(word i, word i+1)
//	}
//
//go:noescape
func normalsNEON(dst *float32, blocks int, s *stream)

// normalsAtNEON makes the four normals of each of blocks·4 counters, whose first
// words are in first and second words in chain.
//
//go:noescape
func normalsAtNEON(dst *float32, blocks int, first, chain *uint32, s *stream)

func uniforms(dst []float32, seed uint64, ctr [4]uint32) {
	if isa.Current() != isa.NEON {
		uniformsGeneric(dst, seed, ctr)
		return
	}
	if blocks := len(dst) / 16; blocks > 0 {
		s := newStream(seed, ctr)
		uniformsNEON(&dst[0], blocks, &s)
		dst = dst[16*blocks:]
		ctr[0] += uint32(4 * blocks)
	}
	uniformsGeneric(dst, seed, ctr)
}

func normals(dst []float32, seed uint64, ctr [4]uint32) {
	if isa.Current() != isa.NEON {
		normalsGeneric(dst, seed, ctr)
		return
	}
	if blocks := len(dst) / 16; blocks > 0 {
		s := newStream(seed, ctr)
		normalsNEON(&dst[0], blocks, &s)
		dst = dst[16*blocks:]
		ctr[0] += uint32(4 * blocks)
	}
	normalsGeneric(dst, seed, ctr)
}

// normalsAt needs len(first) = len(chain) = len(dst)/4.
func normalsAt(dst []float32, seed uint64, first, chain []uint32, ctr [4]uint32) {
	if blocks := len(first) / 4; isa.Current() == isa.NEON && blocks > 0 {
		s := newStream(seed, ctr)
		normalsAtNEON(&dst[0], blocks, &first[0], &chain[0], &s)
		k := 4 * blocks
		dst, first, chain = dst[4*k:], first[k:], chain[k:]
	}
	normalsAtGeneric(dst, seed, first, chain, ctr)
}
