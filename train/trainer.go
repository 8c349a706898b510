package train

import (
	"fmt"
	"math"

	"anila/langevin"
	"anila/nn"
	"anila/tensor"
	"anila/train/data"
)

// Trainer is Algorithm 1 in memory: one Iterate draws chains, draws data, and updates the parameters. All its random numbers
// are keyed by the seed and the iteration, so its state is what snapshot returns and nothing else. The numbers it computes
// do not depend on the workers.
type Trainer struct {
	cfg     Config // resolved
	workers *tensor.Workers
	source  data.Source

	net       *nn.Network
	density   langevin.LogDensity
	gradient  *nn.Gradient
	optimizer nn.Optimizer
	schedule  nn.Schedule
	ema       *nn.EMA // nil without one
	pool      *langevin.Pool
	bank      *langevin.Bank
	view      *bankView // of the bank, for the checkpoint under way; nil without one

	iteration uint64
	factor    float64 // of the learning rate, lowered by roll-backs
	digest    string  // of the data, once computed
	z, x      []float32
	fz, fx    []float32
}

// Metrics describes one iteration.
type Metrics struct {
	Gap          float64 // (mean f(data) − mean f(chains))/T
	FData        float64 // mean f(data)
	FChains      float64 // mean f of the chains' end states
	Loss         float64 // (mean f(z) − mean f(x))/T + α·mean(f(z)² + f(x)²)/T²
	GradientNorm float64 // |∇f(z)|, mean over chains and steps
	Displacement float64 // |z_end − z_start|, mean over chains
	Limited      float64 // share of coordinates with a(z) < 1
	Acceptance   float64 // NaN for kernels without an accept step
	Parameters   float64 // L2 norm of the parameter gradient before clipping
	Rate         float64 // learning rate
	Largest      float64 // largest |coordinate| of the chains' end states; NaN if one is

	BadStart *langevin.StartError // chains that started where f or ∇f is not finite; nil without any
}

// NewTrainer returns a trainer at iteration 0, with the parameters and chains of the configuration's seed. The workers may
// be shared with others who use them at other times.
func NewTrainer(cfg Config, source data.Source, workers *tensor.Workers) (*Trainer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.resolved()
	h, w, c := source.Shape()
	net, err := nn.New(nn.Spec{Net: cfg.Model.Net, N: cfg.Model.N, Leak: cfg.Model.Leak, SpectralNorm: cfg.Model.SpectralNorm, H: h, W: w, C: c})
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	net.Init(cfg.Seed)
	t := &Trainer{cfg: cfg, workers: workers, source: data.WithNoise(source, cfg.Data.Noise), net: net, factor: 1}
	t.density = withReference(net, cfg)
	t.gradient = net.NewGradient(workers, min(cfg.Train.Batch, gradientChunk(net.Dim())))
	if t.optimizer, err = nn.NewOptimizer(nn.OptimizerConfig{Name: cfg.Optim.Name, Beta1: cfg.Optim.Beta1, Beta2: cfg.Optim.Beta2, Decay: cfg.Optim.Weight}); err != nil {
		return nil, fmt.Errorf("train: optim.name: %w", err)
	}
	t.schedule = nn.Schedule{Rate: cfg.Optim.Rate, Decay: cfg.Optim.Decay, Min: cfg.Optim.RateMin}
	if cfg.EMA.Decay > 0 {
		t.ema = nn.NewEMA(net.Params(), cfg.EMA.Decay)
	}
	chains, batch := cfg.Chains.Count, cfg.Train.Batch
	if cfg.Chains.Start == "data" && chains > batch {
		return nil, &KeyError{Key: "chains.count", Value: fmt.Sprint(chains), Want: fmt.Sprintf("at most train.batch = %d (chains start from data)", batch)}
	}
	if t.bank, err = langevin.NewBank(cfg.Starts(items(source)), net.Dim(), cfg.Seed); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	if t.pool, err = langevin.NewPool(t.density, cfg.Langevin(), workers, chains); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	t.z, t.fz = make([]float32, chains*net.Dim()), make([]float32, chains)
	t.x, t.fx = make([]float32, batch*net.Dim()), make([]float32, batch)
	return t, nil
}

// withReference is the network's log-density, with the Gaussian reference where the configuration has one.
func withReference(net *nn.Network, cfg Config) langevin.LogDensity {
	d := langevin.FromNetwork(net)
	if cfg.Model.ReferenceSD > 0 {
		d = langevin.WithReference(d, cfg.Temperature(), cfg.Model.ReferenceSD)
	}
	return d
}

// gradientChunk is the number of items whose activations are kept at a time. It orders the sums of the parameter gradient,
// so it must not depend on anything but the problem.
func gradientChunk(dim int) int {
	if dim <= 64 {
		return 256
	}
	return 128
}

// items is the size of a data set, 0 for a source without end.
func items(s data.Source) int {
	if set, ok := s.(data.Set); ok {
		return set.Len()
	}
	return 0
}

// Iteration returns the number of parameter updates done.
func (t *Trainer) Iteration() uint64 { return t.iteration }

// Network returns the network that is trained; it changes with every Iterate.
func (t *Trainer) Network() *nn.Network { return t.net }

// Chains returns the end states of the last iteration's chains [chains.count, dim]; they change with every Iterate.
func (t *Trainer) Chains() []float32 { return t.z }

// warmup tunes the step size of a Metropolis kernel on the first chains.
func (t *Trainer) warmup() {
	if t.cfg.Sampler.Adapt == 0 {
		return
	}
	t.source.Batch(t.x, t.batchKey())
	t.bank.Draw(t.z, 0, t.x[:min(len(t.x), len(t.z))])
	_ = t.pool.Warmup(t.z, t.cfg.Seed, warmupStep) // starts that are not finite are told by the run that follows
}

// restoreStep gives the sampler the step size that a warm-up found.
func (t *Trainer) restoreStep(s State) (err error) {
	c := t.pool.Config()
	if c.Drift == s.Drift && c.Noise == s.Noise && c.Step == s.Step {
		return nil
	}
	c = t.cfg.Langevin()
	c.Drift, c.Noise, c.Step = s.Drift, s.Noise, s.Step
	if t.pool, err = langevin.NewPool(t.density, c, t.workers, t.pool.Chains()); err != nil {
		return fmt.Errorf("train: sampler of the checkpoint: %w", err)
	}
	return nil
}

// warmupStep numbers the steps before the first iteration; training's own numbers never come that far.
const warmupStep = 1 << 40

func (t *Trainer) batchKey() tensor.Key {
	return tensor.Key{Seed: t.cfg.Seed, Purpose: tensor.PurposeBatch, Step: t.iteration}
}

// Iterate does one parameter update.
func (t *Trainer) Iterate() Metrics {
	if t.iteration == 0 {
		t.warmup()
	}
	T := t.cfg.Model.Temperature
	t.source.Batch(t.x, t.batchKey())
	t.bank.Draw(t.z, t.iteration, t.x[:min(len(t.x), len(t.z))])
	stats := t.pool.Run(t.z, t.cfg.Seed, t.iteration*uint64(t.cfg.Sampler.Steps))
	if t.view != nil {
		t.view.preserve(t.bank.Drawn())
	}
	t.bank.WriteBack(t.z)

	m := Metrics{Displacement: stats.Displacement, Limited: stats.Limited, Acceptance: stats.Acceptance, GradientNorm: mean64(stats.GradientNorm),
		BadStart: stats.BadStart}
	t.net.ZeroGrad()
	alpha := 2 * t.cfg.Train.Alpha / (T * T)
	seed := func(sign float64, n int) func(int, float32) float32 {
		return func(_ int, f float32) float32 { return float32((sign/T + alpha*float64(f)) / float64(n)) }
	}
	t.gradient.Accumulate(t.fz, t.z, seed(1, len(t.fz)))
	t.gradient.Accumulate(t.fx, t.x, seed(-1, len(t.fx)))
	var squareZ, squareX float64
	m.FChains, squareZ = moments(t.fz)
	m.FData, squareX = moments(t.fx)
	m.Gap = (m.FData - m.FChains) / T
	m.Loss = -m.Gap + t.cfg.Train.Alpha*(squareZ+squareX)/(T*T)
	m.Largest = largest(t.z)

	params := t.net.Params()
	m.Parameters = nn.ClipGradient(params, t.cfg.Train.Clip)
	m.Rate = t.schedule.At(t.iteration) * t.factor
	rate := m.Rate
	if t.cfg.Optim.Name == "sgd" || t.cfg.Optim.Name == "momentum" {
		rate *= T
	}
	t.optimizer.Step(params, rate)
	if t.ema != nil {
		t.ema.Update(params)
	}
	t.net.Pack(t.workers)
	t.iteration++
	return m
}

// moments returns the means of v and of v².
func moments(v []float32) (mean, square float64) {
	for _, x := range v {
		mean += float64(x)
		square += float64(x) * float64(x)
	}
	return mean / float64(len(v)), square / float64(len(v))
}

func mean64(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// largest returns the largest absolute value, NaN if one is NaN.
func largest(z []float32) float64 {
	var m float32
	for _, v := range z {
		if v != v {
			return math.NaN()
		}
		m = max(m, v, -v)
	}
	return float64(m)
}
