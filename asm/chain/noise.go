package chain

import "anila/asm/internal/span"

// Noise names a stream of random numbers. Coordinate i of the stream comes from
// word i mod 4 of the Philox4x32-10 block with key Seed (low word first) and
// counter
//
//	(i/4, Chain, low word of Step, Purpose<<24 | bits 32…55 of Step)
//
// so any part of any stream can be made at any time, in any order.
type Noise struct {
	Seed    uint64
	Purpose uint8
	Chain   uint32
	Step    uint64 // below 2^56: drawing from there on panics
}

// counter returns the counter of the block of coordinates 0…3.
func (n *Noise) counter() [4]uint32 {
	if n.Step>>56 != 0 {
		panic(panicStep)
	}
	return [4]uint32{0, n.Chain, uint32(n.Step), uint32(n.Purpose)<<24 | uint32(n.Step>>32)&0xffffff}
}

// Block returns the words of coordinates 4i … 4i+3.
func (n *Noise) Block(i uint32) [4]uint32 {
	ctr := n.counter()
	ctr[0] = i
	return Philox(n.Seed, ctr)
}

const (
	philoxM0 = 0xD2511F53
	philoxM1 = 0xCD9E8D57
	philoxW0 = 0x9E3779B9
	philoxW1 = 0xBB67AE85
)

// Philox returns the Philox4x32-10 block of a counter under a key (Salmon,
// Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11).
func Philox(seed uint64, counter [4]uint32) [4]uint32 {
	k0, k1 := uint32(seed), uint32(seed>>32)
	x0, x1, x2, x3 := counter[0], counter[1], counter[2], counter[3]
	for range 10 {
		p0 := uint64(x0) * philoxM0
		p1 := uint64(x2) * philoxM1
		x0, x1, x2, x3 = uint32(p1>>32)^x1^k0, uint32(p1), uint32(p0>>32)^x3^k1, uint32(p0)
		k0 += philoxW0
		k1 += philoxW1
	}
	return [4]uint32{x0, x1, x2, x3}
}

// Uniforms sets dst[i] to the uniform of coordinate i of the stream:
//
//	(word>>9 + ½)·2⁻²³
func Uniforms(dst []float32, n Noise) { UniformsFrom(dst, n, 0) }

// UniformsFrom is Uniforms of the coordinates from first on.
func UniformsFrom(dst []float32, n Noise, first uint32) {
	for ; len(dst) > 0 && first%4 != 0; first++ {
		dst[0] = uniform(n.Block(first / 4)[first%4])
		dst = dst[1:]
	}
	ctr := n.counter()
	ctr[0] = first / 4
	for i, j := range span.Of(len(dst)) {
		uniforms(dst[i:j], n.Seed, ctr)
		ctr[0] += span.Most / 4
	}
}

// Normals sets dst[i] to the standard normal of coordinate i of the stream, by
// Box and Muller's transform: words 0 and 1 of a block make coordinates 0
// (cosine) and 1 (sine), words 2 and 3 make coordinates 2 and 3. Values reach
// ±5.77. The bits are the same on every tier.
func Normals(dst []float32, n Noise) {
	ctr := n.counter()
	for i, j := range span.Of(len(dst)) {
		normals(dst[i:j], n.Seed, ctr)
		ctr[0] += span.Most / 4
	}
}
