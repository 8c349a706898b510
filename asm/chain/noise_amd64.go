//go:build !noasm

package chain

import (
	"math"

	"anila/asm/isa"
)

// noiseConst holds the constants of the noise, each as often as an AVX2 register
// has elements. noise_amd64.h has a name for each row.
var noiseConst = [...][8]uint32{
	splat(philoxM0),
	splat(philoxM1),
	{0, 0, 2, 0, 1, 0, 3, 0}, // blocks in 64-bit lanes: unpacking makes 0 1 | 2 3
	splat(4),
	splatFloat(0.5),
	splatFloat(1 - 1.0/(1<<24)),
	splat(0x7fffff),
	splatFloat(1),
	splatFloat(logC7),
	splatFloat(logC6),
	splatFloat(logC5),
	splatFloat(logC4),
	splatFloat(logC3),
	splatFloat(logC2),
	splatFloat(logC1),
	splatFloat(-2),
	splatFloat(minusTwoLn2),
	splat(1 << 29),
	splat(0x7ffffc),
	splat(0x3f800002),
	splatFloat(1.5),
	splatFloat(sinC3),
	splatFloat(sinC2),
	splatFloat(sinC1),
	splatFloat(sinC0),
	splatFloat(cosC3),
	splatFloat(cosC2),
	splatFloat(cosC1),
	splat(1 << 31),
	splatFloat(1.0 / (1 << 23)),
	splat(1<<31 - 1),
	splatFloat(22), // exponent of u·2²³ for u in [½, 1)
	splat(1 << 30),
	splatFloat(minusTwoLn2 / (1 << 23)),
}

// lanes512 orders eight blocks in 64-bit lanes: unpacking makes 0 1 2 3 | 4 5 6 7.
var lanes512 = [16]uint32{0, 0, 4, 0, 1, 0, 5, 0, 2, 0, 6, 0, 3, 0, 7, 0}

// uniformsAVX2 makes the uniforms of blocks·32 coordinates.
//
//	for i := range 32 * blocks {
//		dst[i] = uniform(word i)
//	}
//
//go:noescape
func uniformsAVX2(dst *float32, blocks int, s *stream)

// normalsAVX2 makes the normals of blocks·32 coordinates.
//
//	for i := 0; i < 32*blocks; i += 2 {
//		dst[i], dst[i+1] = boxMuller(word i, word i+1)
//	}
//
//go:noescape
func normalsAVX2(dst *float32, blocks int, s *stream)

// normalsAtAVX2 makes the four normals of each of blocks·8 counters, whose first
// words are in first and second words in chain.
//
//go:noescape
func normalsAtAVX2(dst *float32, blocks int, first, chain *uint32, s *stream)

// uniformsAVX512 is uniformsAVX2 for blocks·128 coordinates.
//
//go:noescape
func uniformsAVX512(dst *float32, blocks int, s *stream)

// normalsAVX512 is normalsAVX2 for blocks·128 coordinates.
//
//go:noescape
func normalsAVX512(dst *float32, blocks int, s *stream)

// normalsAtAVX512 is normalsAtAVX2 for blocks·32 counters.
//
//go:noescape
func normalsAtAVX512(dst *float32, blocks int, first, chain *uint32, s *stream)

// uniforms makes the next coordinates of the stream, a multiple of 32.
func (s *stream) uniforms(dst []float32) {
	if blocks := len(dst) / 128; isa.Current() == isa.AVX512 && blocks > 0 {
		uniformsAVX512(&dst[0], blocks, s)
		dst = dst[128*blocks:]
		s.ctr[0] += uint32(32 * blocks)
	}
	if blocks := len(dst) / 32; blocks > 0 {
		uniformsAVX2(&dst[0], blocks, s)
		s.ctr[0] += uint32(8 * blocks)
	}
}

// normals makes the next coordinates of the stream, a multiple of 32.
func (s *stream) normals(dst []float32) {
	if blocks := len(dst) / 128; isa.Current() == isa.AVX512 && blocks > 0 {
		normalsAVX512(&dst[0], blocks, s)
		dst = dst[128*blocks:]
		s.ctr[0] += uint32(32 * blocks)
	}
	if blocks := len(dst) / 32; blocks > 0 {
		normalsAVX2(&dst[0], blocks, s)
		s.ctr[0] += uint32(8 * blocks)
	}
}

func uniforms(dst []float32, seed uint64, ctr [4]uint32) {
	if isa.Current() < isa.AVX2 {
		uniformsGeneric(dst, seed, ctr)
		return
	}
	s := newStream(seed, ctr)
	k := len(dst) &^ 31
	s.uniforms(dst[:k])
	if k < len(dst) {
		var tail [32]float32
		s.uniforms(tail[:])
		copy(dst[k:], tail[:])
	}
}

func normals(dst []float32, seed uint64, ctr [4]uint32) {
	if isa.Current() < isa.AVX2 {
		normalsGeneric(dst, seed, ctr)
		return
	}
	s := newStream(seed, ctr)
	k := len(dst) &^ 31
	s.normals(dst[:k])
	if k < len(dst) {
		var tail [32]float32
		s.normals(tail[:])
		copy(dst[k:], tail[:])
	}
}

// normalsAt needs len(first) = len(chain) = len(dst)/4.
func normalsAt(dst []float32, seed uint64, first, chain []uint32, ctr [4]uint32) {
	if isa.Current() < isa.AVX2 {
		normalsAtGeneric(dst, seed, first, chain, ctr)
		return
	}
	s := newStream(seed, ctr)
	if blocks := len(first) / 32; isa.Current() == isa.AVX512 && blocks > 0 {
		k := 32 * blocks
		normalsAtAVX512(&dst[0], blocks, &first[0], &chain[0], &s)
		dst, first, chain = dst[4*k:], first[k:], chain[k:]
	}
	if blocks := len(first) / 8; blocks > 0 {
		k := 8 * blocks
		normalsAtAVX2(&dst[0], blocks, &first[0], &chain[0], &s)
		dst, first, chain = dst[4*k:], first[k:], chain[k:]
	}
	if len(first) > 0 {
		var (
			tail [32]float32
			f, c [8]uint32
		)
		copy(f[:], first)
		copy(c[:], chain)
		normalsAtAVX2(&tail[0], 1, &f[0], &c[0], &s)
		copy(dst, tail[:])
	}
}

// splat fills an AVX2 register with one word.
func splat(x uint32) [8]uint32 { return [8]uint32{x, x, x, x, x, x, x, x} }

func splatFloat(x float32) [8]uint32 { return splat(math.Float32bits(x)) }
