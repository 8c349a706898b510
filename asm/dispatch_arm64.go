//go:build !noasm && arm64

package asm

func groupClip(a, g []float32, group int, b float32)      { groupClipGeneric(a, g, group, b) }
func sum(l *lanes, x []float32)                           { sumGeneric(l, x) }
func dot(l *lanes, x, y []float32)                        { dotGeneric(l, x, y) }
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
