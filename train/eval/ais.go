package eval

import (
	"context"
	"fmt"
	"math"

	"anila/internal/field"
	"anila/langevin"
	"anila/tensor"
)

// Annealing is annealed importance sampling (Neal, 2001): chains go from N(0, SD²I), of which
// log Z is known, to exp(f/T) through the densities N^(1−β)·exp(βf/T), with a step of Hamiltonian Monte Carlo at each β.
type Annealing struct {
	SD           float64 // of the Gaussian; 0: 1
	Chains       int     // 0: 512
	Temperatures int     // values of β = (k/Temperatures)², 0: 2000
	Leapfrog     int     // steps of each trajectory; 0: 8
	Seed         uint64
	Workers      *tensor.Workers // nil for the calling goroutine alone; no number depends on it
	Progress     func(done, total int)
}

// LogZ is an estimate of log ∫ exp(f/T).
type LogZ struct {
	Value float64 // nats; the estimate of Z, not that of its logarithm, is without bias
	Error float64 // standard error, by the spread of the weights
	ESS   float64 // (Σw)²/Σw² of the chains: below some tens the estimate is not to be trusted
}

// annealed chains are taken together by a worker, and share a step size.
const annealedBlock = 64

// LogZ estimates log ∫ exp(f/T) of d. Cancelled, it returns ctx's error.
func (a Annealing) LogZ(ctx context.Context, d langevin.LogDensity, temperature float64) (LogZ, error) {
	for _, f := range []struct {
		value    *int
		standard int
	}{{&a.Chains, 512}, {&a.Temperatures, 2000}, {&a.Leapfrog, 8}} {
		if *f.value == 0 {
			*f.value = f.standard
		}
		if *f.value < 1 {
			return LogZ{}, fmt.Errorf("eval: annealing with %d chains, temperatures or leapfrog steps", *f.value)
		}
	}
	if a.SD == 0 {
		a.SD = 1
	}
	if !field.Positive(a.SD) || !field.Positive(temperature) {
		return LogZ{}, fmt.Errorf("eval: annealing from a standard deviation of %v at a temperature of %v", a.SD, temperature)
	}
	weights := make([]float64, a.Chains)
	blocks := (a.Chains + annealedBlock - 1) / annealedBlock
	a.Workers.Run(blocks, func(_, block int) {
		first := block * annealedBlock
		p := &annealed{Annealing: a, dim: d.Dim(), temperature: temperature, first: first, logWeight: weights[first:min(first+annealedBlock, a.Chains)]}
		p.run(ctx, d.NewEvaluator(len(p.logWeight)), blocks)
	})
	if err := ctx.Err(); err != nil {
		return LogZ{}, err
	}
	highest := math.Inf(-1)
	for _, w := range weights {
		highest = math.Max(highest, w)
	}
	var sum, square float64
	for _, w := range weights {
		w = math.Exp(w - highest)
		sum += w
		square += w * w
	}
	n := float64(a.Chains)
	mean := sum / n
	return LogZ{highest + math.Log(mean), math.Sqrt(math.Max(0, square/n-mean*mean)/n) / mean, sum * sum / square}, nil
}

// annealed is a block of chains on their way.
type annealed struct {
	Annealing
	dim         int
	temperature float64
	first       int // number of the block's first chain
	logWeight   []float64
}

// run takes the chains to β = 1.
func (a *annealed) run(ctx context.Context, evaluator langevin.Evaluator, blocks int) {
	n, dim := len(a.logWeight), a.dim
	z, g, f := make([]float32, n*dim), make([]float32, n*dim), make([]float32, n)
	to, h, e := make([]float32, n*dim), make([]float32, n*dim), make([]float32, n)
	momentum, before := make([]float32, n*dim), make([]float64, n)
	for i := range n {
		a.key(i, 0).Normals(z[i*dim : (i+1)*dim])
	}
	for i := range z {
		z[i] *= float32(a.SD)
	}
	evaluator.LogDensityAndGradient(f, g, z)
	step, last := 0.3*a.SD/math.Pow(float64(dim), 0.25), 0.0
	uniforms := make([]float32, 1)
	for k := 1; k <= a.Temperatures; k++ {
		if ctx.Err() != nil {
			return
		}
		beta := math.Pow(float64(k)/float64(a.Temperatures), 2)
		for i := range n {
			a.logWeight[i] += (beta - last) * (float64(f[i])/a.temperature - a.gaussian(z[i*dim:(i+1)*dim]))
		}
		last = beta
		for i := range n {
			p := momentum[i*dim : (i+1)*dim]
			a.key(i, k).Normals(p)
			before[i] = a.density(beta, f[i], z[i*dim:(i+1)*dim]) - kinetic(p)
		}
		copy(to, z)
		copy(h, g)
		a.push(momentum, to, h, beta, step/2)
		for l := range a.Leapfrog {
			for i, p := range momentum {
				to[i] += float32(step) * p
			}
			evaluator.LogDensityAndGradient(e, h, to)
			if l+1 < a.Leapfrog {
				a.push(momentum, to, h, beta, step)
			}
		}
		a.push(momentum, to, h, beta, step/2)
		accepted := 0.0
		for i := range n {
			at := func(x []float32) []float32 { return x[i*dim : (i+1)*dim] }
			key := a.key(i, k)
			key.Purpose = tensor.PurposeAccept
			key.Uniforms(uniforms)
			ratio := a.density(beta, e[i], at(to)) - kinetic(at(momentum)) - before[i]
			if ratio == ratio { // a trajectory that leaves the floats is refused
				accepted += math.Min(1, math.Exp(ratio))
			}
			if math.Log(float64(uniforms[0])) < ratio {
				copy(at(z), at(to))
				copy(at(g), at(h))
				f[i] = e[i]
			}
		}
		step *= math.Exp(0.2 * (accepted/float64(n) - 0.8))
		if a.Progress != nil && a.first == 0 && k%50 == 0 {
			a.Progress(k*blocks, a.Temperatures*blocks)
		}
	}
}

// key is that of chain i of the block at temperature k.
func (a *annealed) key(i, k int) tensor.Key {
	return tensor.Key{Seed: a.Seed, Purpose: tensor.PurposeEval, Chain: uint32(a.first + i), Step: uint64(k)}
}

// gaussian is log N(z; 0, SD²I).
func (a *annealed) gaussian(z []float32) float64 {
	sum := 0.0
	for _, v := range z {
		sum += float64(v) * float64(v)
	}
	return -sum/(2*a.SD*a.SD) - float64(len(z))*math.Log(a.SD*math.Sqrt(2*math.Pi))
}

func (a *annealed) density(beta float64, f float32, z []float32) float64 {
	return (1-beta)*a.gaussian(z) + beta*float64(f)/a.temperature
}

// push adds step·∇log density to momentum.
func (a *annealed) push(momentum, z, g []float32, beta, step float64) {
	own, other := float32(step*beta/a.temperature), float32(step*(1-beta)/(a.SD*a.SD))
	for i := range momentum {
		momentum[i] += own*g[i] - other*z[i]
	}
}

func kinetic(p []float32) float64 {
	sum := 0.0
	for _, v := range p {
		sum += float64(v) * float64(v)
	}
	return sum / 2
}
