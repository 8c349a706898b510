package langevin

import (
	"fmt"
	"math"

	"anila/asm/chain"
	"anila/asm/reduce"
	"anila/tensor"
)

// Pool carries a fixed number of chains. Blocks of chains are the unit of work:
// a worker takes one through all steps of a run alone, with no barrier between
// steps; or where chains are few and the density is a TeamDensity, a team of
// workers takes one together. The bits of a chain do not depend on the block
// size, on the workers or on their teams. After the first run of a given number
// of steps it allocates nothing.
type Pool struct {
	config  Config
	kernel  Kernel
	density LogDensity
	workers *tensor.Workers
	update  chain.Update // of the anisotropic kernels, for the share of a < 1
	dim     int

	evaluators []Evaluator // by worker, for blocks without one of their own
	blocks     []*block

	// of the run that is under way
	seed, step uint64
	steps      int
	initialise bool
	ending     bool // the last step only moves
	observe    Observer
	stats      Stats
	f          []float32   // [chains]
	start      []float32   // [chains, dim]
	norms      []float64   // [steps, chains]
	chains     []chainStat // by chain
	task       func(worker, block int)
}

// block is a part of the chains that goes through all steps of a run together.
type block struct {
	*State
	pool      *Pool
	first     int             // number of its first chain
	k         int             // step of the run that is under way
	workers   *tensor.Workers // nil: whichever worker takes the block carries it alone
	evaluator Evaluator       // of the team
	look      func(worker, part int)
}

type chainStat struct {
	acceptance, displacement float64
	limited                  int
}

// Observer is called after every step of every block, at the same time for
// different blocks: first is the number of the block's first chain, step the
// number of the step.
type Observer func(first int, step uint64, s *State, info Info)

// Stats describes one run.
type Stats struct {
	// F is f of the end states [chains], overwritten by the next run. It is nil
	// after Run of a kernel without an accept step, which ends in a move and
	// spares the evaluation.
	F []float32
	// GradientNorm is |∇f| at the states from which the steps were taken, mean
	// over the chains, for each step (NaN for rwm). It is overwritten as F is.
	GradientNorm []float64
	// Displacement is |z_end − z_start|, mean over the chains.
	Displacement float64
	// Limited is the share of coordinates in which a < 1, over all steps; 0 for
	// kernels without a bound. amala's bound is the chain's, so it counts chains.
	Limited float64
	// Acceptance is the mean probability of acceptance over chains and steps,
	// NaN for kernels without an accept step.
	Acceptance float64
}

// NewPool makes a pool of chains on d. The workers may be shared with others
// who use them at other times.
func NewPool(d LogDensity, c Config, workers *tensor.Workers, chains int) (*Pool, error) {
	c, err := c.Resolve()
	if err != nil {
		return nil, fmt.Errorf("langevin: %w", err)
	}
	if chains < 1 {
		return nil, fmt.Errorf("langevin: a pool of %d chains", chains)
	}
	p := &Pool{density: d, workers: workers, dim: d.Dim(), chains: make([]chainStat, chains)}
	p.configure(c)
	p.f = make([]float32, chains)
	p.start = make([]float32, chains*p.dim)
	teams := 0
	if c.Block == 0 {
		teams = teamCount(d, chains, workers.Count())
	}
	if teams > 0 {
		first, members := 0, 0
		for _, team := range workers.Teams(teams) {
			members += team.Count()
			last := chains * members / workers.Count()
			b := p.newBlock(first, last)
			first = last
			b.workers, b.team = team, newTeamUpdate(team)
			b.evaluator = d.(TeamDensity).NewTeamEvaluator(b.Len(), team)
		}
	} else {
		size := c.Block
		if size == 0 {
			size = blockSize(chains, workers.Count(), p.dim)
		}
		for first := 0; first < chains; first += size {
			p.newBlock(first, min(first+size, chains))
		}
		for range min(workers.Count(), len(p.blocks)) {
			p.evaluators = append(p.evaluators, d.NewEvaluator(min(size, chains)))
		}
	}
	p.task = p.runBlock
	return p, nil
}

// newBlock adds a block of chains [first, last).
func (p *Pool) newBlock(first, last int) *block {
	b := &block{State: NewState(p.kernel, last-first, p.dim), pool: p, first: first}
	b.F = p.f[first:last]
	b.look = b.lookAt
	p.blocks = append(p.blocks, b)
	return b
}

// configure puts a resolved configuration in force.
func (p *Pool) configure(c Config) {
	kernel, err := New(c, p.density)
	if err != nil {
		panic(err)
	}
	_, _, channels := p.density.Shape()
	p.config, p.kernel, p.update = c, kernel, c.update(channels)
}

// blockSize is an equal share of at most 64 chains (256 where states are small,
// so that the cost of a call vanishes), as many blocks for each worker.
func blockSize(chains, workers, dim int) int {
	most := 64
	if dim <= 64 {
		most = 256
	}
	rounds := (chains + workers*most - 1) / (workers * most)
	return max(1, (chains+workers*rounds-1)/(workers*rounds))
}

// Config returns the resolved configuration in force, after Warmup the tuned
// one.
func (p *Pool) Config() Config { return p.config }

// Chains is the number of chains.
func (p *Pool) Chains() int { return len(p.chains) }

// Run takes the chains z [chains, dim], in place, through Config.Steps steps
// from where they are; the steps' numbers start at firstStep (in training
// iteration·K, so that no two steps share their noise). It costs one gradient
// of f a step, with an accept step one more at the start. What it returns is
// overwritten by the next run.
func (p *Pool) Run(z []float32, seed, firstStep uint64) *Stats {
	p.bind(z)
	_, p.ending = p.kernel.(unadjusted)
	stats := p.advance(seed, firstStep, p.config.Steps, true, nil)
	if p.ending {
		p.ending, stats.F = false, nil
	}
	return stats
}

// Start binds the chains z [chains, dim] to the pool and evaluates f and ∇f:
// Advance moves them in place.
func (p *Pool) Start(z []float32) {
	p.bind(z)
	p.advance(0, 0, 0, true, nil)
}

// Advance takes the chains given to Start through more steps, numbered from
// firstStep, and calls observe (which may be nil) after each. Neither the
// states nor f must have changed since.
func (p *Pool) Advance(seed, firstStep uint64, steps int, observe Observer) *Stats {
	return p.advance(seed, firstStep, steps, false, observe)
}

func (p *Pool) bind(z []float32) {
	if len(z) != len(p.chains)*p.dim {
		panic(fmt.Sprintf("langevin: %d floats for %d chains of %d", len(z), len(p.chains), p.dim))
	}
	for _, b := range p.blocks {
		b.Z = z[b.first*p.dim:][:b.Len()*p.dim]
	}
}

func (p *Pool) advance(seed, firstStep uint64, steps int, initialise bool, observe Observer) *Stats {
	p.seed, p.step, p.steps, p.initialise, p.observe = seed, firstStep, steps, initialise, observe
	if len(p.norms) < steps*len(p.chains) {
		p.norms = make([]float64, steps*len(p.chains))
	}
	clear(p.chains)
	p.stats.F = p.f
	p.workers.Run(len(p.blocks), p.task)
	p.reduce()
	return &p.stats
}

func (p *Pool) runBlock(worker, task int) {
	b := p.blocks[task]
	ev := b.evaluator
	if ev == nil {
		ev = p.evaluators[worker]
	}
	copy(p.start[b.first*p.dim:], b.Z)
	if p.initialise {
		p.kernel.Init(ev, b.State)
	}
	for b.k = range p.steps {
		b.workers.Run(teamParts(b.workers, b.Len()), b.look)
		step := p.step + uint64(b.k)
		key := tensor.Key{Seed: p.seed, Chain: uint32(b.first), Step: step}
		if p.ending && b.k == p.steps-1 {
			p.kernel.(unadjusted).move(key, b.State)
			break
		}
		info := p.kernel.Step(key, ev, b.State)
		for i, a := range info.Acceptance {
			p.chains[b.first+i].acceptance += float64(a)
		}
		if p.observe != nil {
			p.observe(b.first, step, b.State, info)
		}
	}
	for i := range b.F {
		p.chains[b.first+i].displacement = math.Sqrt(squaredDistance(b.Row(i), p.start[(b.first+i)*p.dim:][:p.dim]))
	}
}

// lookAt notes what the statistics want to know of some chains' gradients before
// a step.
func (b *block) lookAt(_, part int) {
	p := b.pool
	parts := teamParts(b.workers, b.Len())
	for i := b.Len() * part / parts; i < b.Len()*(part+1)/parts; i++ {
		g := b.gradient(i)
		p.norms[b.k*len(p.chains)+b.first+i] = math.Sqrt(sumSquares(g))
		p.chains[b.first+i].limited += p.limited(g)
	}
}

// reduce adds up what the blocks found, in the order of the chains.
func (p *Pool) reduce() {
	n := len(p.chains)
	var acceptance, displacement float64
	limited := 0
	for _, c := range p.chains {
		acceptance += c.acceptance
		displacement += c.displacement
		limited += c.limited
	}
	p.stats.Displacement = displacement / float64(n)
	p.stats.Limited, p.stats.Acceptance = 0, math.NaN()
	if p.steps > 0 {
		each := p.dim
		if p.config.Kernel == "amala" {
			each = 1
		}
		p.stats.Limited = float64(limited) / (float64(n) * float64(p.steps) * float64(each))
		if p.config.Metropolis() {
			p.stats.Acceptance = acceptance / (float64(n) * float64(p.steps))
		}
	}
	p.stats.GradientNorm = p.stats.GradientNorm[:0]
	for k := range p.steps {
		sum := 0.0
		for _, norm := range p.norms[k*n : (k+1)*n] {
			sum += norm
		}
		if p.config.Kernel == "rwm" {
			sum = math.NaN()
		}
		p.stats.GradientNorm = append(p.stats.GradientNorm, sum/float64(n))
	}
}

// limited counts the coordinates of a chain in which a < 1 (for amala: the
// chain).
func (p *Pool) limited(g []float32) int {
	b := p.update.B
	count := 0
	switch p.update.Scope {
	case chain.Coord:
		if len(g) >= shortState {
			return reduce.CountBeyond(g, b)
		}
		for _, v := range g {
			if v > b || v < -b {
				count++
			}
		}
	case chain.Pixel, chain.Sample:
		group := len(g)
		if p.update.Scope == chain.Pixel {
			group = p.update.Channels
		}
		for ; len(g) > 0; g = g[group:] {
			if sumSquares(g[:group]) > float64(b)*float64(b) {
				count += group
			}
		}
	default:
		if p.config.Kernel == "amala" && math.Sqrt(sumSquares(g)) > p.config.B*p.config.Temperature {
			count = 1
		}
	}
	return count
}

// shortState is the number of coordinates below which plain loops are quicker
// than calls of vector kernels.
const shortState = 64

func sumSquares(g []float32) float64 {
	if len(g) >= shortState {
		return reduce.SumSquares(g)
	}
	sum := 0.0
	for _, v := range g {
		sum += float64(float64(v) * float64(v))
	}
	return sum
}

func squaredDistance(a, b []float32) float64 {
	if len(a) >= shortState {
		return reduce.SquaredDistance(a, b)
	}
	sum := 0.0
	for i, v := range a {
		d := float64(v) - float64(b[i])
		sum += float64(d * d)
	}
	return sum
}
