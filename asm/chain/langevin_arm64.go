//go:build !noasm

package chain

import (
	"anila/asm/internal/span"
	"anila/asm/isa"
)

// langevinNEON steps blocks·16 coordinates, with the noise that normalsNEON makes
// for the stream r kept in registers:
//
//	for i := range 16 * blocks {
//		c := scale of st          // 1; min(1, st.b/|grad[i]|); or a[i]
//		z[i] = (z[i] + (st.drift*c)*grad[i]) + (st.noise*√c)*ξ[i]   // noise*c if linear
//	}
//
// a is read for scaleGiven only.
//
//go:noescape
func langevinNEON(z, grad, a *float32, blocks int, st *step, r *stream)

// stepGivenNEON does the same for blocks·4 coordinates with the noise xi, and
// leaves out the noise if xi is nil.
//
//go:noescape
func stepGivenNEON(z, grad, xi, a *float32, blocks int, st *step)

func stepNormals(z, g, a []float32, st *step, seed uint64, ctr [4]uint32) {
	if isa.Current() != isa.NEON {
		stepNormalsGeneric(z, g, a, st, seed, ctr)
		return
	}
	if st.noise == 0 {
		stepGiven(z, g, nil, a, st)
		return
	}
	if blocks := len(z) / 16; blocks > 0 {
		r := newStream(seed, ctr)
		langevinNEON(&z[0], &g[0], span.First(a), blocks, st, &r)
		k := 16 * blocks
		z, g, a = span.After(z, k), span.After(g, k), span.After(a, k)
		ctr[0] += uint32(4 * blocks)
	}
	stepNormalsGeneric(z, g, a, st, seed, ctr)
}

func stepGiven(z, g, xi, a []float32, st *step) {
	if blocks := len(z) / 4; isa.Current() == isa.NEON && blocks > 0 {
		stepGivenNEON(&z[0], &g[0], span.First(xi), span.First(a), blocks, st)
		k := 4 * blocks
		z, g, xi, a = span.After(z, k), span.After(g, k), span.After(xi, k), span.After(a, k)
	}
	stepGivenGeneric(z, g, xi, a, st)
}
