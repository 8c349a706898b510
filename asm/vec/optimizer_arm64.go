//go:build !noasm

package vec

import "anila/asm/isa"

// sgdNEON computes
//
//	for i := range 8 * blocks {
//		p[i] -= rate * (grad[i] + decay*p[i])
//	}
//
//go:noescape
func sgdNEON(p, grad *float32, blocks int, rate, decay float32)

// momentumNEON computes
//
//	for i := range 4 * blocks {
//		v[i] = mu*v[i] + (grad[i] + decay*p[i])
//		p[i] -= rate * v[i]
//	}
//
//go:noescape
func momentumNEON(p, grad, v *float32, blocks int, rate, mu, decay float32)

// adamNEON computes
//
//	for i := range 4 * blocks {
//		x := c.keep * p[i]
//		d := grad[i] + c.decay*x
//		m[i] += c.mix1 * (d - m[i])
//		v[i] = c.beta2*v[i] + (c.mix2*d)*d
//		p[i] = x - (c.rate*m[i])/(√v[i]/c.root+c.epsilon)
//	}
//
//go:noescape
func adamNEON(p, grad, m, v *float32, blocks int, c *adam)

// emaNEON computes
//
//	for i := range 8 * blocks {
//		mean[i] += mix * (p[i] - mean[i])
//	}
//
//go:noescape
func emaNEON(mean, p *float32, blocks int, mix float32)

func sgd(p, g []float32, rate, decay float32) {
	if blocks := len(p) / 8; isa.Current() == isa.NEON && blocks > 0 {
		sgdNEON(&p[0], &g[0], blocks, rate, decay)
		p, g = p[8*blocks:], g[8*blocks:]
	}
	sgdGeneric(p, g, rate, decay)
}

func sgdMomentum(p, g, v []float32, rate, momentum, decay float32) {
	if blocks := len(p) / 4; isa.Current() == isa.NEON && blocks > 0 {
		momentumNEON(&p[0], &g[0], &v[0], blocks, rate, momentum, decay)
		p, g, v = p[4*blocks:], g[4*blocks:], v[4*blocks:]
	}
	sgdMomentumGeneric(p, g, v, rate, momentum, decay)
}

func adamUpdate(p, g, m, v []float32, c *adam) {
	if blocks := len(p) / 4; isa.Current() == isa.NEON && blocks > 0 {
		adamNEON(&p[0], &g[0], &m[0], &v[0], blocks, c)
		p, g, m, v = p[4*blocks:], g[4*blocks:], m[4*blocks:], v[4*blocks:]
	}
	adamUpdateGeneric(p, g, m, v, c)
}

func ema(mean, p []float32, mix float32) {
	if blocks := len(p) / 8; isa.Current() == isa.NEON && blocks > 0 {
		emaNEON(&mean[0], &p[0], blocks, mix)
		mean, p = mean[8*blocks:], p[8*blocks:]
	}
	emaGeneric(mean, p, mix)
}
