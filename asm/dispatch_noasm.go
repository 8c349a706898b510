//go:build noasm || !(amd64 || arm64)

package asm

func uniforms(dst []float32, seed uint64, ctr [4]uint32) { uniformsGeneric(dst, seed, ctr) }
func normals(dst []float32, seed uint64, ctr [4]uint32)  { normalsGeneric(dst, seed, ctr) }

func normalsAt(dst []float32, seed uint64, first, chain []uint32, ctr [4]uint32) {
	normalsAtGeneric(dst, seed, first, chain, ctr)
}

func stepNormals(z, g, a []float32, s *step, seed uint64, ctr [4]uint32) {
	stepNormalsGeneric(z, g, a, s, seed, ctr)
}

func stepGiven(z, g, xi, a []float32, s *step)            { stepGivenGeneric(z, g, xi, a, s) }
func groupClip(a, g []float32, group int, b float32)      { groupClipGeneric(a, g, group, b) }
func axpy(y, x []float32, a float32)                      { axpyGeneric(y, x, a) }
func add(y, x []float32)                                  { addGeneric(y, x) }
func scale(y []float32, a float32)                        { scaleGeneric(y, a) }
func sum(l *lanes, x []float32)                           { sumGeneric(l, x) }
func dot(l *lanes, x, y []float32)                        { dotGeneric(l, x, y) }
func biasLeakyReLU(y, bias []float32, leak float32)       { biasLeakyReLUGeneric(y, bias, leak) }
func leakyReLU(dst, x []float32, leak float32)            { leakyReLUGeneric(dst, x, leak) }
func leakyReLUGrad(dx, dy, y []float32, leak float32)     { leakyReLUGradGeneric(dx, dy, y, leak) }
func signs(bits []uint8, y []float32)                     { signsGeneric(bits, y) }
func maskSigns(dx []float32, bits []uint8, leak float32)  { maskSignsGeneric(dx, bits, leak) }
func expShifted(dst, x []float32, shift float32)          { expShiftedGeneric(dst, x, shift) }
func swish(dst, x []float32)                              { swishGeneric(dst, x) }
func swishGrad(dx, dy, x []float32)                       { swishGradGeneric(dx, dy, x) }
func mulShifted(dx, dy, y []float32, shift float32)       { mulShiftedGeneric(dx, dy, y, shift) }
func maximumOf(x []float32) float32                       { return maximumGeneric(x) }
func sgd(p, g []float32, rate, decay float32)             { sgdGeneric(p, g, rate, decay) }
func adamUpdate(p, g, m, v []float32, c *adam)            { adamUpdateGeneric(p, g, m, v, c) }
func ema(mean, p []float32, mix float32)                  { emaGeneric(mean, p, mix) }
func sgdMomentum(p, g, v []float32, rate, mu, wd float32) { sgdMomentumGeneric(p, g, v, rate, mu, wd) }
func maxPool2(y, x0, x1 []float32, c int)                 { maxPool2Generic(y, x0, x1, c) }

func maxPool2Grad(dx0, dx1, dy, x0, x1 []float32, c int, leak float32) {
	maxPool2GradGeneric(dx0, dx1, dy, x0, x1, c, leak)
}

func distance(l *lanes, x, y []float32)      { distanceGeneric(l, x, y) }
func countBeyond(x []float32, b float32) int { return countBeyondGeneric(x, b) }

func transitionCoord(t *transition, to, from, grad []float32, p *proposal) {
	transitionCoordGeneric(t, to, from, grad, p)
}
