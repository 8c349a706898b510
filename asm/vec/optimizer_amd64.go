//go:build !noasm

package vec

import "anila/asm/isa"

// sgdAVX2 computes
//
//	for i := range n {
//		p[i] -= rate * (grad[i] + decay*p[i])
//	}
//
//go:noescape
func sgdAVX2(p, grad *float32, n int, rate, decay float32)

//go:noescape
func sgdAVX512(p, grad *float32, n int, rate, decay float32)

// momentumAVX2 computes
//
//	for i := range n {
//		v[i] = mu*v[i] + (grad[i] + decay*p[i])
//		p[i] -= rate * v[i]
//	}
//
//go:noescape
func momentumAVX2(p, grad, v *float32, n int, rate, mu, decay float32)

//go:noescape
func momentumAVX512(p, grad, v *float32, n int, rate, mu, decay float32)

// adamAVX2 computes
//
//	for i := range n {
//		x := c.keep * p[i]
//		d := grad[i] + c.decay*x
//		m[i] += c.mix1 * (d - m[i])
//		v[i] = c.beta2*v[i] + (c.mix2*d)*d
//		p[i] = x - (c.rate*m[i])/(√v[i]/c.root+c.epsilon)
//	}
//
//go:noescape
func adamAVX2(p, grad, m, v *float32, n int, c *adam)

//go:noescape
func adamAVX512(p, grad, m, v *float32, n int, c *adam)

// emaAVX2 computes
//
//	for i := range n {
//		mean[i] += mix * (p[i] - mean[i])
//	}
//
//go:noescape
func emaAVX2(mean, p *float32, n int, mix float32)

//go:noescape
func emaAVX512(mean, p *float32, n int, mix float32)

func sgd(p, g []float32, rate, decay float32) {
	if isa.Current() == isa.AVX512 && len(p) > 0 {
		sgdAVX512(&p[0], &g[0], len(p), rate, decay)
		return
	}
	if isa.Current() >= isa.AVX2 && len(p) > 0 {
		sgdAVX2(&p[0], &g[0], len(p), rate, decay)
		return
	}
	sgdGeneric(p, g, rate, decay)
}

func sgdMomentum(p, g, v []float32, rate, momentum, decay float32) {
	if isa.Current() == isa.AVX512 && len(p) > 0 {
		momentumAVX512(&p[0], &g[0], &v[0], len(p), rate, momentum, decay)
		return
	}
	if isa.Current() >= isa.AVX2 && len(p) > 0 {
		momentumAVX2(&p[0], &g[0], &v[0], len(p), rate, momentum, decay)
		return
	}
	sgdMomentumGeneric(p, g, v, rate, momentum, decay)
}

func adamUpdate(p, g, m, v []float32, c *adam) {
	if isa.Current() == isa.AVX512 && len(p) > 0 {
		adamAVX512(&p[0], &g[0], &m[0], &v[0], len(p), c)
		return
	}
	if isa.Current() >= isa.AVX2 && len(p) > 0 {
		adamAVX2(&p[0], &g[0], &m[0], &v[0], len(p), c)
		return
	}
	adamUpdateGeneric(p, g, m, v, c)
}

func ema(mean, p []float32, mix float32) {
	if isa.Current() == isa.AVX512 && len(p) > 0 {
		emaAVX512(&mean[0], &p[0], len(p), mix)
		return
	}
	if isa.Current() >= isa.AVX2 && len(p) > 0 {
		emaAVX2(&mean[0], &p[0], len(p), mix)
		return
	}
	emaGeneric(mean, p, mix)
}
