//go:build !noasm

package chain

import (
	"anila/asm/internal/span"
	"anila/asm/isa"
)

// langevinAVX2 steps blocks·32 coordinates, with the noise that normalsAVX2
// makes for the stream r kept in registers:
//
//	for i := range 32 * blocks {
//		c := scale of st          // 1; min(1, st.b/|grad[i]|); or a[i]
//		z[i] = (z[i] + (st.drift*c)*grad[i]) + (st.noise*√c)*ξ[i]   // noise*c if linear
//	}
//
// a is read for scaleGiven only.
//
//go:noescape
func langevinAVX2(z, grad, a *float32, blocks int, st *step, r *stream)

// stepGivenAVX2 does the same for n coordinates with the noise xi, and leaves
// out the noise if xi is nil.
//
//go:noescape
func stepGivenAVX2(z, grad, xi, a *float32, n int, st *step)

// langevinAVX512 is langevinAVX2 for blocks·128 coordinates.
//
//go:noescape
func langevinAVX512(z, grad, a *float32, blocks int, st *step, r *stream)

//go:noescape
func stepGivenAVX512(z, grad, xi, a *float32, n int, st *step)

func stepNormals(z, g, a []float32, st *step, seed uint64, ctr [4]uint32) {
	if isa.Current() < isa.AVX2 {
		stepNormalsGeneric(z, g, a, st, seed, ctr)
		return
	}
	if st.noise == 0 {
		stepGiven(z, g, nil, a, st)
		return
	}
	r := newStream(seed, ctr)
	if blocks := len(z) / 128; isa.Current() == isa.AVX512 && blocks > 0 {
		langevinAVX512(&z[0], &g[0], span.First(a), blocks, st, &r)
		z, g, a = span.After(z, 128*blocks), span.After(g, 128*blocks), span.After(a, 128*blocks)
		r.ctr[0] += uint32(32 * blocks)
	}
	if blocks := len(z) / 32; blocks > 0 {
		langevinAVX2(&z[0], &g[0], span.First(a), blocks, st, &r)
		z, g, a = span.After(z, 32*blocks), span.After(g, 32*blocks), span.After(a, 32*blocks)
		r.ctr[0] += uint32(8 * blocks)
	}
	if len(z) > 0 {
		var xi [32]float32
		r.normals(xi[:])
		stepGiven(z, g, xi[:], a, st)
	}
}

func stepGiven(z, g, xi, a []float32, st *step) {
	switch isa.Current() {
	case isa.AVX512:
		stepGivenAVX512(&z[0], &g[0], span.First(xi), span.First(a), len(z), st)
	case isa.AVX2:
		stepGivenAVX2(&z[0], &g[0], span.First(xi), span.First(a), len(z), st)
	default:
		stepGivenGeneric(z, g, xi, a, st)
	}
}

// tailMask has, from element 8−n on, a mask for VMASKMOVPS of the first n lanes.
var tailMask = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}
