package reference

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"anila/tensor"
)

// proposal is a normal distribution N(mean, covariance) that a kernel draws from.
type proposal struct {
	mean       []float64
	covariance *mat.SymDense
	draw       []float64
}

// log returns the log-density at x.
func (p *proposal) log(x []float64) float64 {
	var c mat.Cholesky
	if !c.Factorize(p.covariance) {
		panic("reference: a covariance that is not positive definite")
	}
	residual := mat.NewVecDense(len(x), nil)
	residual.SubVec(mat.NewVecDense(len(x), x), mat.NewVecDense(len(x), p.mean))
	var solved mat.VecDense
	if err := c.SolveVecTo(&solved, residual); err != nil {
		panic(err)
	}
	return -(mat.Dot(residual, &solved) + c.LogDet()) / 2
}

// propose is the proposal of mala, anila-mala, amala or rwm from z, where the gradient is g.
func (t *Trainer) propose(z, g []float64, key tensor.Key) *proposal {
	c, dim := t.c, len(z)
	p := &proposal{mean: append([]float64(nil), z...), covariance: mat.NewSymDense(dim, nil)}
	xi := t.normals(key)
	switch c.kernel {
	case "rwm": // N(z, s·I)
		for i := range z {
			p.covariance.SetSym(i, i, c.step)
			p.draw = append(p.draw, z[i]+math.Sqrt(c.step)*xi[i])
		}
	case "mala", "anila-mala": // N(z + drift·a·g, noise²·diag a), or diag a²
		a, _ := t.shrink(g)
		for i := range z {
			p.mean[i] += c.drift * a[i] * g[i]
			sd := c.noise * math.Sqrt(a[i])
			if c.form == "linear" {
				sd = c.noise * a[i]
			}
			p.covariance.SetSym(i, i, sd*sd)
			p.draw = append(p.draw, p.mean[i]+sd*xi[i])
		}
	case "amala": // with D = b/max(b, |g/T|)·g/T and δ = drift·T, N(z + δ·D, noise²·I + δ·DDᵀ)
		delta, d := c.drift*c.temperature, make([]float64, dim)
		scale := min(1, c.b/(length(g)/c.temperature)) / c.temperature
		for i := range d {
			d[i] = scale * g[i]
		}
		key.Purpose = tensor.PurposeMomentum
		zeta := t.normals(key)[0]
		for i := range z {
			for j := range i + 1 {
				p.covariance.SetSym(i, j, delta*d[i]*d[j])
			}
			p.covariance.SetSym(i, i, c.noise*c.noise+delta*d[i]*d[i])
			p.mean[i] += delta * d[i]
			p.draw = append(p.draw, p.mean[i]+c.noise*xi[i]+math.Sqrt(delta)*zeta*d[i])
		}
	default:
		panic("reference: no kernel " + c.kernel)
	}
	t.round.all(p.draw)
	return p
}

// leapfrog follows z along a trajectory of hmc and returns its end and by how much the kinetic energy has fallen.
func (t *Trainer) leapfrog(z, g []float64, key tensor.Key) (end []float64, fallen float64) {
	c := t.c
	key.Purpose = tensor.PurposeMomentum
	p := t.normals(key)
	fallen = length(p) * length(p) / 2
	end = append([]float64(nil), z...)
	for range c.leapfrog {
		for i := range p {
			p[i] += c.step / 2 * g[i] / c.temperature
			end[i] += c.step * p[i]
		}
		t.round.all(end)
		_, g = t.density(end)
		for i := range p {
			p[i] += c.step / 2 * g[i] / c.temperature
		}
		t.round.all(p)
	}
	return end, fallen - length(p)*length(p)/2
}

// metropolisStep moves z by a kernel with an accept step, and returns the probability with which it accepted.
func (t *Trainer) metropolisStep(z []float64, chain int, step uint64) (acceptance float64) {
	f, g := t.density(z)
	key := t.key(tensor.PurposeLangevin, chain, step)
	var to []float64
	ratio := 0.0
	if t.c.kernel == "hmc" {
		to, ratio = t.leapfrog(z, g, key)
	} else {
		there := t.propose(z, g, key)
		to = there.draw
		if _, g2 := t.density(to); t.c.kernel != "rwm" { // which is symmetric
			ratio = t.propose(to, g2, key).log(z) - there.log(to)
		}
	}
	f2, _ := t.density(to)
	acceptance = math.Exp(min(0, (f2-f)/t.c.temperature+ratio))
	uniforms := make([]float32, t.c.chains)
	t.key(tensor.PurposeAccept, 0, step).Uniforms(uniforms)
	if float64(uniforms[chain]) < acceptance {
		copy(z, to)
		t.net.forks = t.net.forks*3 + 1
	} else {
		t.net.forks = t.net.forks*3 + 2
	}
	return acceptance
}

// warmupStep numbers the first step of the warm-up.
const warmupStep = 1 << 40

// warmup tunes the step size by dual averaging (Hoffman and Gelman 2014, section 3.2.1, with μ the step that was given) on
// the first iteration's starts, which it leaves alone.
func (t *Trainer) warmup() {
	given := *t.c
	scale := func(log float64) {
		factor := math.Exp(log) // of time
		t.c.drift, t.c.noise = given.drift*factor, given.noise*math.Sqrt(factor)
		if t.c.step = given.step * factor; given.kernel == "hmc" {
			t.c.step = given.step * math.Sqrt(factor)
		}
	}
	const gamma, t0, kappa = 0.05, 10, 0.75
	target := 0.574
	switch given.kernel {
	case "hmc":
		target = 0.8
	case "rwm":
		target = 0.234
	}
	z, _ := t.starts(t.data())
	var h, average float64
	for k := range given.adapt {
		acceptance := 0.0
		for i, state := range z {
			acceptance += t.metropolisStep(state, i, warmupStep+uint64(k)) / float64(len(z))
		}
		m := float64(k + 1)
		h = (1-1/(m+t0))*h + (target-acceptance)/(m+t0)
		log := -math.Sqrt(m) / gamma * h
		average = math.Pow(m, -kappa)*log + (1-math.Pow(m, -kappa))*average
		scale(log)
	}
	scale(average)
}
