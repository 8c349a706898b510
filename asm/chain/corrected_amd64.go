//go:build !noasm

package chain

import "anila/asm/isa"

// stepCorrectedAVX2 steps blocks·8 coordinates with the noise xi and the memory
// root, kept of the step before, which it replaces:
//
//	for i := range 8 * blocks {
//		c := scale of st          // min(1, st.b/|grad[i]|); or a[i]
//		n := st.noise*xi[i]
//		z[i] = ((z[i] + (st.drift*c)*grad[i]) + √c*n) + (√c - root[i])*kept[i]
//		root[i], kept[i] = √c, n
//	}
//
// a is read for scaleGiven only.
//
//go:noescape
func stepCorrectedAVX2(z, grad, xi, a, root, kept *float32, blocks int, st *step)

// stepCorrectedAVX512 is stepCorrectedAVX2 for blocks·16 coordinates.
//
//go:noescape
func stepCorrectedAVX512(z, grad, xi, a, root, kept *float32, blocks int, st *step)

// stepCorrected needs len(a) = len(z) for any scale.
func stepCorrected(z, g, xi, a []float32, m Memory, st *step) {
	if blocks := len(z) / 16; isa.Current() == isa.AVX512 && blocks > 0 {
		stepCorrectedAVX512(&z[0], &g[0], &xi[0], &a[0], &m.Root[0], &m.Noise[0], blocks, st)
		k := 16 * blocks
		z, g, xi, a, m = z[k:], g[k:], xi[k:], a[k:], m.Part(k, len(z))
	}
	if blocks := len(z) / 8; isa.Current() >= isa.AVX2 && blocks > 0 {
		stepCorrectedAVX2(&z[0], &g[0], &xi[0], &a[0], &m.Root[0], &m.Noise[0], blocks, st)
		k := 8 * blocks
		z, g, xi, a, m = z[k:], g[k:], xi[k:], a[k:], m.Part(k, len(z))
	}
	stepCorrectedGeneric(z, g, xi, a, m, st)
}
