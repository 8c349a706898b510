//go:build noasm || !(amd64 || arm64)

package chain

func uniforms(dst []float32, seed uint64, ctr [4]uint32) { uniformsGeneric(dst, seed, ctr) }
func normals(dst []float32, seed uint64, ctr [4]uint32)  { normalsGeneric(dst, seed, ctr) }

func normalsAt(dst []float32, seed uint64, first, chain []uint32, ctr [4]uint32) {
	normalsAtGeneric(dst, seed, first, chain, ctr)
}

func stepNormals(z, g, a []float32, s *step, seed uint64, ctr [4]uint32) {
	stepNormalsGeneric(z, g, a, s, seed, ctr)
}

func stepGiven(z, g, xi, a []float32, s *step) { stepGivenGeneric(z, g, xi, a, s) }

func stepCorrected(z, g, xi, a []float32, m Memory, s *step) {
	stepCorrectedGeneric(z, g, xi, a, m, s)
}

func groupClip(a, g []float32, group int, b float32) { groupClipGeneric(a, g, group, b) }

func transitionCoord(t *transition, to, from, grad []float32, p *proposal) {
	transitionCoordGeneric(t, to, from, grad, p)
}
