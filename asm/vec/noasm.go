//go:build noasm || !(amd64 || arm64)

package vec

func axpy(y, x []float32, a float32)                      { axpyGeneric(y, x, a) }
func add(y, x []float32)                                  { addGeneric(y, x) }
func scale(y []float32, a float32)                        { scaleGeneric(y, a) }
func clamp(y []float32, limit float32)                    { clampGeneric(y, limit) }
func affine(dst, x []float32, a, c float32)               { affineGeneric(dst, x, a, c) }
func sub(dst, x, y []float32)                             { subGeneric(dst, x, y) }
func mul(dst, x, y []float32)                             { mulGeneric(dst, x, y) }
func mulAdd(dst, x, y []float32)                          { mulAddGeneric(dst, x, y) }
func div(dst, x, y []float32)                             { divGeneric(dst, x, y) }
func maximum(dst, x, y []float32)                         { maximumGeneric(dst, x, y) }
func root(dst, x []float32)                               { rootGeneric(dst, x) }
func leakyReLU(dst, x []float32, leak float32)            { leakyReLUGeneric(dst, x, leak) }
func leakyReLUGradient(dx, dy, y []float32, leak float32) { leakyReLUGradientGeneric(dx, dy, y, leak) }
func signs(bits []uint8, y []float32)                     { signsGeneric(bits, y) }
func maskSigns(dx []float32, bits []uint8, leak float32)  { maskSignsGeneric(dx, bits, leak) }
func expShifted(dst, x []float32, shift float32)          { expShiftedGeneric(dst, x, shift) }
func logarithm(dst, x []float32)                          { logarithmGeneric(dst, x) }
func swish(y, slope, x []float32)                         { swishGeneric(y, slope, x) }
func mulShifted(dx, dy, y []float32, shift float32)       { mulShiftedGeneric(dx, dy, y, shift) }
func sgd(p, g []float32, rate, decay float32)             { sgdGeneric(p, g, rate, decay) }
func adamUpdate(p, g, m, v []float32, c *adam)            { adamUpdateGeneric(p, g, m, v, c) }
func ema(mean, p []float32, mix float32)                  { emaGeneric(mean, p, mix) }
func sgdMomentum(p, g, v []float32, rate, mu, wd float32) { sgdMomentumGeneric(p, g, v, rate, mu, wd) }
