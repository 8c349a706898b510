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
	switch isa.Current() {
	case isa.AVX512:
		sgdAVX512(&p[0], &g[0], len(p), rate, decay)
	case isa.AVX2:
		sgdAVX2(&p[0], &g[0], len(p), rate, decay)
	default:
		sgdGeneric(p, g, rate, decay)
	}
}

func sgdMomentum(p, g, v []float32, rate, momentum, decay float32) {
	switch isa.Current() {
	case isa.AVX512:
		momentumAVX512(&p[0], &g[0], &v[0], len(p), rate, momentum, decay)
	case isa.AVX2:
		momentumAVX2(&p[0], &g[0], &v[0], len(p), rate, momentum, decay)
	default:
		sgdMomentumGeneric(p, g, v, rate, momentum, decay)
	}
}

func adamUpdate(p, g, m, v []float32, c *adam) {
	switch isa.Current() {
	case isa.AVX512:
		adamAVX512(&p[0], &g[0], &m[0], &v[0], len(p), c)
	case isa.AVX2:
		adamAVX2(&p[0], &g[0], &m[0], &v[0], len(p), c)
	default:
		adamUpdateGeneric(p, g, m, v, c)
	}
}

func ema(mean, p []float32, mix float32) {
	switch isa.Current() {
	case isa.AVX512:
		emaAVX512(&mean[0], &p[0], len(p), mix)
	case isa.AVX2:
		emaAVX2(&mean[0], &p[0], len(p), mix)
	default:
		emaGeneric(mean, p, mix)
	}
}
