// Package reference is Algorithm 1 once more, for tests: slow, in float64, written from the mathematics alone (the step,
// the model p ∝ exp(f/T)·N(x; 0, σ²I), the loss, PyTorch's optimizers and networks), with the streams of random numbers that
// training draws from. It shares with what it checks only the generator (package tensor), the items of the data set, and the
// meaning of the configuration's keys.
package reference

import (
	"math"

	"anila/tensor"
	"anila/train/data"
)

// Trainer does the iterations of one configuration.
type Trainer struct {
	c      *config
	source data.Source
	net    *network
	t      uint64 // iterations done
	round  *Rounding

	moments map[string][2][]float64
	ema     map[string][]float64
	bank    [][]float64
	chains  [][]float64
}

// Metrics is what an iteration reports.
type Metrics struct {
	Gap, FData, FChains, Loss, GradientNorm, Displacement float64
	Limited, Acceptance, ParameterGradientNorm            float64
	Rate, LargestState                                    float64
}

// New returns the trainer of settings "key=value", of which every key that acts on an iteration must be given; later ones
// win. It panics on anything that it does not know.
func New(settings []string, source data.Source, round *Rounding) *Trainer {
	c := parse(settings)
	h, w, channels := source.Shape()
	t := &Trainer{c: c, source: source, round: round, moments: map[string][2][]float64{}}
	t.net = newNetwork(c, h, w, channels, round)
	t.roundParams()
	if c.emaDecay > 0 {
		t.ema = map[string][]float64{}
		for _, p := range t.net.params {
			t.ema[p.name] = append([]float64(nil), p.data...)
		}
	}
	if c.start == "persistent" || c.start == "replay" {
		n := c.bank
		if set, ok := source.(data.Set); ok && n == 0 {
			n = set.Len()
		} else if n == 0 {
			n = 10_000
		}
		for i := range n {
			t.bank = append(t.bank, t.fresh(i, 0))
		}
	}
	return t
}

func (t *Trainer) roundParams() {
	for _, p := range t.net.params {
		t.round.all(p.data)
	}
	t.net.pack()
}

func (t *Trainer) dim() int { return t.net.h * t.net.w * t.net.c }

func (t *Trainer) key(purpose tensor.Purpose, chain int, step uint64) tensor.Key {
	return tensor.Key{Seed: t.c.seed, Purpose: purpose, Chain: uint32(chain), Step: step}
}

func (t *Trainer) normals(key tensor.Key) []float64 {
	draw := make([]float32, t.dim())
	key.Normals(draw)
	return widen(draw)
}

func widen(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// shuffled is the beginning of a shuffle of 0 … n−1 (Fisher and Yates).
func shuffled(n, first int, key tensor.Key) []int {
	r, order := key.Rand(), make([]int, n)
	for i := range order {
		order[i] = i
	}
	for i := range first {
		j := i + r.IntN(n-i)
		order[i], order[j] = order[j], order[i]
	}
	return order[:first]
}

// mirrored is an item with left and right exchanged.
func (t *Trainer) mirrored(x []float64) []float64 {
	out, width, channels := make([]float64, len(x)), t.net.w, t.net.c
	for i := range x {
		pixel := i / channels
		out[i] = x[(pixel+width-1-2*(pixel%width))*channels+i%channels]
	}
	return out
}

// data draws the iteration's batch: items without replacement, mirrored or not, each with noise of its own; float32, as all
// data are.
func (t *Trainer) data() [][]float64 {
	key, dim := t.key(tensor.PurposeBatch, 0, t.t), t.dim()
	flat := make([]float32, t.c.batch*dim)
	if set, ok := t.source.(data.Set); ok {
		set.Items(flat, shuffled(set.Len(), t.c.batch, key))
	} else {
		t.source.Batch(flat, key)
	}
	coins := make([]float32, t.c.batch)
	t.key(tensor.PurposeFlip, 0, t.t).Uniforms(coins)
	var x [][]float64
	for i := range t.c.batch {
		item := widen(flat[i*dim : (i+1)*dim])
		if t.c.flip && coins[i] < 0.5 {
			item = t.mirrored(item)
		}
		for j, e := range t.normals(t.key(tensor.PurposeDataNoise, i, t.t)) {
			item[j] = float64(float32(item[j] + t.c.dataNoise*e))
		}
		x = append(x, item)
	}
	return x
}

// fresh is a start from noise: of the bank's i-th state at time 0, of the i-th chain of iteration time − 1.
func (t *Trainer) fresh(i int, time uint64) []float64 {
	key := t.key(tensor.PurposeStart, i, time)
	if t.c.start == "noise-gaussian" || t.c.start != "noise-uniform" && t.c.gaussian {
		z := t.normals(key)
		for j := range z {
			z[j] *= t.c.scale
		}
		return z
	}
	draw := make([]float32, t.dim())
	key.Uniforms(draw)
	z := widen(draw)
	for j, u := range z {
		z[j] = t.c.scale * (2*u - 1)
	}
	return z
}

// starts returns the chains' first states, and which states of the bank their ends replace. Each shard draws from its own part.
func (t *Trainer) starts(x [][]float64) (z [][]float64, drawn []int) {
	chains, items, states := t.c.chains/t.c.shards, t.c.batch/t.c.shards, len(t.bank)/t.c.shards
	for shard := range t.c.shards {
		restarts := make([]float32, chains)
		t.key(tensor.PurposeRestart, shard, t.t).Uniforms(restarts)
		if t.bank != nil {
			for _, k := range shuffled(states, chains, t.key(tensor.PurposeChain, shard, t.t)) {
				drawn = append(drawn, shard*states+k)
			}
		}
		for i := range chains {
			switch number := shard*chains + i; {
			case t.c.start == "data":
				z = append(z, append([]float64(nil), x[shard*items+i]...))
			case t.bank == nil, t.c.start == "replay" && float64(restarts[i]) < t.c.restart:
				z = append(z, t.fresh(number, t.t+1))
			default:
				z = append(z, append([]float64(nil), t.bank[drawn[number]]...))
			}
		}
	}
	return z, drawn
}

// density is f(z) − T·|z|²/(2σ²) and its gradient.
func (t *Trainer) density(z []float64) (f float64, g []float64) {
	f, g = t.net.evaluate(z, nil)
	if sd := t.c.referenceSD; sd > 0 {
		for i, v := range z {
			f -= t.c.temperature * v * v / (2 * sd * sd)
			g[i] -= t.c.temperature * v / (sd * sd)
		}
	}
	t.round.all(g)
	return f, g
}

// shrink returns a = min(1, b/|g|) of each coordinate, and in how many it is below 1.
func (t *Trainer) shrink(g []float64) (a []float64, limited int) {
	b := t.c.b
	if t.c.perNoise {
		b *= t.c.noise / t.c.drift
	}
	group := map[string]int{"coord": 1, "pixel": t.net.c, "sample": len(g)}[t.c.scope]
	switch t.c.kernel {
	case "langevin", "mala", "hmc", "rwm":
		b = math.Inf(1)
	case "amala":
		b, group = b*t.c.temperature, len(g)
	}
	for i := 0; i < len(g); i += group {
		size := length(g[i : i+group])
		for range group {
			if size > b {
				a, limited = append(a, b/size), limited+1
			} else {
				a = append(a, 1)
			}
		}
	}
	return a, limited
}

// late is the last step's part of a corrected one: √a and noise·ξ of each coordinate.
type late struct{ root, noise []float64 }

// step is z ← z + drift·a·g + noise·√a·ξ, the k-th of a chain's steps in this iteration; corrected, with noise·ξ of the step
// before times the change of √a since.
func (t *Trainer) step(z []float64, chain, k int, before late) (now late) {
	_, g := t.density(z)
	a, _ := t.shrink(g)
	xi := t.normals(t.key(tensor.PurposeLangevin, chain, t.number(k)))
	part := 0.0 // of the way from the first step to the last
	if t.c.steps > 1 {
		part = float64(k) / float64(t.c.steps-1)
	}
	for i := range z {
		drift, noise := t.c.drift*(1-part*t.c.driftFall), t.c.noise*(1-part*t.c.noiseFall)
		if !t.c.fullDrift {
			drift *= a[i]
		}
		now.root, now.noise = append(now.root, math.Sqrt(a[i])), append(now.noise, noise*xi[i])
		if t.c.form == "linear" {
			noise *= a[i]
		} else {
			noise *= math.Sqrt(a[i])
		}
		t.round.add(&z[i], drift*g[i])
		t.round.add(&z[i], noise*xi[i])
		if t.c.correct && k > 0 {
			t.round.add(&z[i], (now.root[i]-before.root[i])*before.noise[i])
		}
		if c := t.c.clamp; c > 0 {
			z[i] = max(-c, min(c, z[i]))
		}
	}
	return now
}

// number is that of the k-th step of this iteration.
func (t *Trainer) number(k int) uint64 { return t.t*uint64(t.c.steps) + uint64(k) }

func length(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	return math.Sqrt(sum)
}

// Iterate does one iteration.
func (t *Trainer) Iterate() (m Metrics) {
	c := t.c
	if t.t == 0 && c.adapt > 0 && c.accepts() {
		t.warmup()
	}
	x := t.data()
	z, drawn := t.starts(x)
	n, limited := float64(c.chains), 0
	for i, state := range z {
		start := append([]float64(nil), state...)
		var last late
		for k := range c.steps {
			_, g := t.density(state)
			_, beyond := t.shrink(g)
			m.GradientNorm += length(g) / (n * float64(c.steps))
			limited += beyond
			if c.accepts() {
				m.Acceptance += t.metropolisStep(state, i, t.number(k)) / (n * float64(c.steps))
			} else {
				last = t.step(state, i, k, last)
			}
		}
		for j, v := range state {
			start[j] -= v
			m.LargestState = max(m.LargestState, math.Abs(v))
		}
		m.Displacement += length(start) / n
	}
	if !c.accepts() {
		m.Acceptance = math.NaN()
	}
	if c.kernel == "rwm" { // which knows no gradient
		m.GradientNorm = math.NaN()
	}
	m.Limited = float64(limited) / float64(c.chains*c.steps*t.dim())
	t.chains = z
	for i, k := range drawn {
		t.bank[k] = append([]float64(nil), z[i]...)
	}

	// L = (mean f(z) − mean f(x))/T + α·mean(f(z)² + f(x)²)/T²
	for _, p := range t.net.params {
		clear(p.grad)
	}
	loss := func(states [][]float64, sign float64) (mean, square float64) {
		n := float64(len(states))
		for _, s := range states {
			f, _ := t.net.evaluate(s, func(f float64) float64 {
				return (sign/c.temperature + 2*c.alpha*f/(c.temperature*c.temperature)) / n
			})
			mean += f / n
			square += f * f / n
		}
		return mean, square
	}
	var squareZ, squareX float64
	m.FChains, squareZ = loss(z, 1)
	m.FData, squareX = loss(x, -1)
	t.net.pullWeights()
	m.Gap = (m.FData - m.FChains) / c.temperature
	m.Loss = -m.Gap + c.alpha*(squareZ+squareX)/(c.temperature*c.temperature)

	m.Rate = max(c.minimum, c.rate*math.Pow(c.rateDecay, float64(t.t)))
	m.ParameterGradientNorm = t.update(m.Rate)
	t.t++
	return m
}

// update moves θ and its average, and returns the norm of the gradient before clipping.
func (t *Trainer) update(rate float64) (norm float64) {
	c := t.c
	for _, p := range t.net.params {
		t.round.all(p.grad)
		norm += length(p.grad) * length(p.grad)
	}
	norm = math.Sqrt(norm)
	scale := 1.0
	if c.clip > 0 {
		scale = min(1, c.clip/(norm+1e-6))
	}
	steps := float64(t.t + 1)
	for _, p := range t.net.params {
		if _, ok := t.moments[p.name]; !ok {
			t.moments[p.name] = [2][]float64{make([]float64, len(p.data)), make([]float64, len(p.data))}
		}
		m, v := t.moments[p.name][0], t.moments[p.name][1]
		for i, g := range p.grad {
			g *= scale
			switch c.optimizer {
			case "sgd":
				p.data[i] -= rate * c.temperature * g
			case "momentum":
				m[i] = 0.9*m[i] + g
				p.data[i] -= rate * c.temperature * m[i]
			case "adam", "adamw":
				p.data[i] -= rate * c.weightDecay * p.data[i]
				m[i] = c.beta1*m[i] + (1-c.beta1)*g
				v[i] = c.beta2*v[i] + (1-c.beta2)*g*g
				t.round.all(m[i : i+1])
				t.round.all(v[i : i+1])
				p.data[i] -= rate * m[i] / (1 - math.Pow(c.beta1, steps)) / (math.Sqrt(v[i]/(1-math.Pow(c.beta2, steps))) + 1e-8)
			default:
				panic("reference: no optimizer " + c.optimizer)
			}
		}
	}
	t.roundParams()
	decay := min(c.emaDecay, float64(1+t.t)/float64(10+t.t))
	for _, p := range t.net.params {
		for i, mean := range t.ema[p.name] {
			t.ema[p.name][i] = decay*mean + (1-decay)*p.data[i]
		}
		t.round.all(t.ema[p.name])
	}
	return norm
}
