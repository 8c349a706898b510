package train

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"anila/langevin"
	"anila/nn"
	"anila/tensor"
	"anila/train/comm"
)

// Source is what training draws from. Package data has sources for images, arrays and toys.
type Source interface {
	// Shape gives height, width and channels of one item; a point of the plane is 1×1 with two channels.
	Shape() (h, w, c int)
	// Batch fills dst [n, h, w, c] with n draws that are a function of the key alone: the same key gives the same batch,
	// so that a resumed run sees the same data.
	Batch(dst []float32, key tensor.Key)
}

// Finite is what a Source with a number of items is too.
type Finite interface {
	Len() int // 0 for a source without end
}

// Trainer is Algorithm 1 in memory: one Iterate draws chains, draws data, and updates the parameters. All its random numbers
// are keyed by the seed and the iteration, so its state is what Snapshot returns and nothing else. The numbers it computes
// do not depend on the workers.
type Trainer struct {
	cfg     Config // resolved
	workers *tensor.Workers
	source  Source

	net       *nn.Network
	density   langevin.LogDensity
	gradient  *nn.Gradient
	optimizer nn.Optimizer
	ema       *nn.EMA // nil without one
	pool      *langevin.Pool
	bank      *langevin.Bank
	view      *BankView // of the bank, for the snapshot under way; nil without one
	growth    *growth   // through the levels; nil without them
	shards    langevin.Shards
	summed    []float32 // parameter gradient over the shards; nil for one
	ranks     *ranks    // nil for one

	iteration uint64
	factor    float64 // of the learning rate, lowered by roll-backs
	digest    string  // of the data, once computed
	z, x      []float32
	fz, fx    []float32
	before    []float32 // z before the iteration under way
}

// Metrics describes one iteration.
type Metrics struct {
	Gap                   float64 // (mean f(data) − mean f(chains))/T
	FData                 float64 // mean f(data)
	FChains               float64 // mean f of the chains' end states
	Loss                  float64 // (mean f(z) − mean f(x))/T + α·mean(f(z)² + f(x)²)/T²
	GradientNorm          float64 // |∇f(z)|, mean over chains and steps
	Displacement          float64 // |z_end − z_start|, mean over chains
	Limited               float64 // share of coordinates with a(z) < 1
	Acceptance            float64 // NaN for kernels without an accept step
	ParameterGradientNorm float64 // L2, before clipping
	Rate                  float64 // learning rate
	LargestState          float64 // largest |coordinate| of the chains' end states; NaN if one is

	Waited float64   // seconds that this rank waited for others, and for what they sent
	Busy   []float64 // seconds that each rank took for its chains; nil for one rank

	BadStart *langevin.StartError // chains that started where f or ∇f is not finite; nil without any
}

// New returns a trainer at iteration 0 of a network with its parameters as they are (network.Init draws them), which it
// then changes. The network takes the source's items. The workers may be shared with others who use them at other times.
// With levels the trainer makes networks of its own, and the one given only brings their first parameters.
func New(network *nn.Network, source Source, cfg Config, workers *tensor.Workers) (*Trainer, error) {
	return NewOver(nil, network, source, cfg, workers)
}

// NewOver is New on one of several ranks, of which each holds as many shards. All make their trainers alike, and call Iterate,
// Restore and Snapshot together.
func NewOver(c *comm.Comm, network *nn.Network, source Source, cfg Config, workers *tensor.Workers) (*Trainer, error) {
	if h, w, c := source.Shape(); [3]int{h, w, c} != shapeOf(network) {
		return nil, fmt.Errorf("train: the data are %d×%d×%d; the network takes %v", h, w, c, shapeOf(network))
	}
	if n := c.Size(); cfg.shards()%n != 0 {
		return nil, fmt.Errorf("train: %d shards cannot be shared by %d ranks: their number must divide that of the shards", cfg.shards(), n)
	}
	t := &Trainer{workers: workers, factor: 1, ranks: newRanks(c)}
	if len(cfg.Levels.Pictures) > 0 {
		return t, newGrowth(t, network, source, cfg)
	}
	return t, t.build(network, source, cfg)
}

// build fills in what depends on the network.
func (t *Trainer) build(network *nn.Network, source Source, cfg Config) error {
	cfg, err := cfg.resolved(items(source), network.Dim())
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	dim, workers := network.Dim(), t.workers
	t.cfg, t.source, t.net, t.density = cfg, withNoise(source, cfg.DataNoise), network, cfg.LogDensity(network)
	t.shards = t.ranks.shards(cfg)
	t.gradient = network.NewGradient(workers, cfg.gradientChunk(dim))
	if cfg.EMA > 0 {
		t.ema = nn.NewEMA(network.Params(), cfg.EMA)
	}
	var errs [3]error
	t.optimizer, errs[0] = nn.NewOptimizer(cfg.Optimizer)
	t.bank, errs[1] = langevin.NewShardedBank(cfg.Start, dim, cfg.Seed, t.shards)
	t.pool, errs[2] = t.newPool(cfg.Sampler)
	if err := errors.Join(errs[:]...); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	t.bank.Use(workers)
	_, chains := t.shards.Part(cfg.Start.Count)
	_, batch := t.shards.Part(cfg.Batch)
	t.z, t.fz = make([]float32, chains*dim), make([]float32, chains)
	t.x, t.fx = make([]float32, batch*dim), make([]float32, batch)
	t.summed = nil
	return nil
}

// newPool makes the pool of the chains that are here.
func (t *Trainer) newPool(sampler langevin.Config) (*langevin.Pool, error) {
	first, chains := t.shards.Part(t.cfg.Start.Count)
	pool, err := langevin.NewPool(t.density, sampler, t.workers, chains)
	if err == nil && t.ranks != nil {
		pool.Number(first, t.ranks.gather)
	}
	return pool, err
}

// items is the number of a source's items, 0 where it has no end.
func items(source Source) int {
	if set, ok := source.(Finite); ok {
		return set.Len()
	}
	return 0
}

func shapeOf(n *nn.Network) [3]int {
	h, w, c := n.Shape()
	return [3]int{h, w, c}
}

// Iteration returns the number of parameter updates done.
func (t *Trainer) Iteration() uint64 { return t.iteration }

// Network returns the network that is trained; it changes with every Iterate.
func (t *Trainer) Network() *nn.Network { return t.net }

// Config returns the configuration, of the level that training is on, with all that follows from it filled in.
func (t *Trainer) Config() Config { return t.cfg }

// Averaged calls do while the network has the moving average in place of its parameters, and puts these back; without an
// average it only calls do.
func (t *Trainer) Averaged(do func() error) error {
	if t.ema == nil {
		return do()
	}
	own := copyTensors(t.net.Tensors())
	if err := t.net.SetTensors(t.ema.Tensors()); err != nil {
		return fmt.Errorf("train: average: %w", err)
	}
	return errors.Join(do(), t.net.SetTensors(own))
}

// Average returns the moving average of the parameters, which changes with every Iterate; nil without one.
func (t *Trainer) Average() *nn.EMA { return t.ema }

// Chains returns the end states of the last iteration's chains [chains, dim]; they change with every Iterate.
func (t *Trainer) Chains() []float32 { return t.z }

// warmup tunes the step size of a Metropolis kernel on the first chains.
func (t *Trainer) warmup() {
	if t.cfg.Sampler.Adapt == 0 {
		return
	}
	t.drawBatch()
	t.bank.Draw(t.z, 0, t.x)
	_ = t.pool.Warmup(t.z, t.cfg.Seed, warmupStep) // starts that are not finite are told by the run that follows
}

// warmupStep numbers the steps before the first iteration; training's own numbers never come that far.
const warmupStep = 1 << 40

func (t *Trainer) batchKey() tensor.Key {
	return tensor.Key{Seed: t.cfg.Seed, Purpose: tensor.PurposeBatch, Step: t.iteration}
}

// Iterate does one parameter update.
func (t *Trainer) Iterate() Metrics {
	m, _ := t.IterateUntil(nil)
	return m
}

// IterateUntil is Iterate that gives up at the chains' next step once stop is set, and returns false: the trainer is then as
// it was before, its chains are thrown away. Training with levels finishes the iteration in any case, since it may have begun
// the next level with it. stop may be nil.
func (t *Trainer) IterateUntil(stop *atomic.Bool) (Metrics, bool) {
	if t.growth != nil {
		stop = nil
	}
	if stop != nil {
		t.before, t.z = t.z, slices.Grow(t.before[:0], len(t.z))[:len(t.z)]
	}
	t.ranks.begin(stop)
	untuned := t.pool.Config()
	if t.iteration == 0 {
		t.warmup()
	}
	updates, firstStep := t.iteration, t.iteration*uint64(t.cfg.Sampler.Steps) // updates done, in this level
	if g := t.growth; g != nil {
		g.advance(t)
		updates, firstStep = t.iteration-g.began, t.iteration*2*g.walk
	}
	T := t.cfg.Sampler.Temperature
	if t.cfg.Start.Kind == "data" {
		t.drawBatch()
	} else {
		t.pool.Beside(t.drawBatch)
	}
	t.bank.Draw(t.z, t.iteration, t.x)
	if t.growth != nil {
		t.growth.start(t, firstStep+t.growth.walk)
	}
	stats := t.pool.RunUntil(t.z, t.cfg.Seed, firstStep, stop)
	if t.ranks.stopped(stop) {
		t.z, t.before = t.before, t.z
		if err := t.restoreStep(State{Drift: untuned.Drift, Noise: untuned.Noise, Step: untuned.Step}); err != nil {
			panic("train: " + err.Error()) // it was in force before
		}
		return Metrics{}, false
	}
	if t.view != nil {
		t.view.preserve(t.bank.Drawn())
	}
	t.bank.WriteBack(t.z)

	m := Metrics{Displacement: stats.Displacement, Limited: stats.Limited, Acceptance: stats.Acceptance, GradientNorm: mean(stats.GradientNorm),
		BadStart: stats.BadStart}
	t.accumulate()
	fz, fx, reached := t.sum()
	var squareZ, squareX float64
	m.FChains, squareZ = moments(fz)
	m.FData, squareX = moments(fx)
	m.Gap = (m.FData - m.FChains) / T
	m.Loss = -m.Gap + t.cfg.Alpha*(squareZ+squareX)/(T*T)
	m.LargestState = reached
	m.Waited, m.Busy = t.ranks.times()

	params := t.net.Params()
	m.ParameterGradientNorm = nn.ClipGradient(params, t.cfg.Clip, t.workers)
	m.Rate = t.cfg.Rate.At(updates) * t.factor
	rate := m.Rate
	if _, scaleFree := t.optimizer.(*nn.Adam); !scaleFree {
		rate *= T
	}
	t.optimizer.Step(params, rate, t.workers)
	if t.ema != nil {
		t.ema.Update(params, updates, t.workers)
	}
	t.net.Pack(t.workers)
	t.iteration++
	return m, true
}

// moments returns the means of v and of v².
func moments(v []float32) (mean, square float64) {
	for _, x := range v {
		mean += float64(x)
		square += float64(x) * float64(x)
	}
	return mean / float64(len(v)), square / float64(len(v))
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// largest returns the largest |coordinate| of the chains, NaN if one is NaN.
func (t *Trainer) largest() float64 {
	parts := make([]float64, len(t.fz))
	dim := t.net.Dim()
	t.workers.Run(len(parts), func(_, i int) { parts[i] = largest(t.z[i*dim : (i+1)*dim]) })
	m := 0.0
	for _, v := range parts {
		m = max(m, v) // NaN if one is
	}
	return m
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
