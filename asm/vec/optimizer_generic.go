package vec

import "math"

func sgdGeneric(p, g []float32, rate, decay float32) {
	for i, v := range g {
		v += float32(decay * p[i])
		p[i] -= float32(rate * v)
	}
}

func sgdMomentumGeneric(p, g, v []float32, rate, momentum, decay float32) {
	for i, d := range g {
		d += float32(decay * p[i])
		w := float32(momentum*v[i]) + d
		v[i] = w
		p[i] -= float32(rate * w)
	}
}

func adamUpdateGeneric(p, g, m, v []float32, c *adam) {
	for i, d := range g {
		x := float32(p[i] * c.keep)
		d += float32(c.decay * x)
		a := m[i]
		a += float32(c.mix1 * (d - a))
		b := float32(c.beta2*v[i]) + float32(float32(c.mix2*d)*d)
		m[i], v[i] = a, b
		p[i] = x - float32(c.rate*a)/(sqrt32(b)/c.root+c.epsilon)
	}
}

func emaGeneric(mean, p []float32, mix float32) {
	for i, v := range p {
		mean[i] += float32(mix * (v - mean[i]))
	}
}

func sqrt32(x float32) float32 { return float32(math.Sqrt(float64(x))) }
