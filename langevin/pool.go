package langevin

import (
	"fmt"
	"sync/atomic"

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
	dim     int

	// What the kernel may also do; nil where it does not.
	mover   mover
	limiter limiter

	evaluators []Evaluator  // for blocks without one of their own
	places     []int        // by worker: of its evaluator in this run, −1 before it has one
	taken      atomic.Int32 // evaluators of this run
	beside     func()       // what the next run does beside the chains, or nil
	blocks     []*block

	first      int    // number of the first chain
	gather     Gather // nil: all chains are here
	seed, next uint64 // of the chains that are bound: the number of the next step
	run        run
	stats      Stats
	f          []float64   // [chains]
	start      []float32   // [chains, dim]
	norms      []float64   // [steps, chains]
	chains     []chainStat // by chain
	task       func(worker, block int)
}

// mover is a kernel that can step without f at the end, which a Run's last step
// has no use for.
type mover interface {
	move(key tensor.Key, s *State)
}

// limiter is a kernel with a bound on the gradient: limited counts for each
// chain the coordinates in which it acts, grad [chains, dim].
type limiter interface {
	limited(chains []chainStat, grad []float32)
}

// run is what the workers are to do.
type run struct {
	steps      int
	initialise bool // f and ∇f are not known yet
	ending     bool // the last step only moves
	observe    Observer
	stop       *atomic.Bool // nil: nobody ends the run early
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

	// of the run that is under way
	accepts bool // the kernel told an acceptance
}

// Observer is called after every step of every block, at the same time for
// different blocks: first is the number of the block's first chain, step the
// number of the step.
type Observer func(first int, step uint64, s *State, info Info)

// NewPool makes a pool of chains on d. The workers may be shared with others
// who use them at other times. The error wraps the FieldErrors of c.
func NewPool(d LogDensity, c Config, workers *tensor.Workers, chains int) (*Pool, error) {
	c, err := c.Resolve()
	if err != nil {
		return nil, err
	}
	return newPool(d, c, c.kernel(d), workers, chains)
}

// NewKernelPool makes a pool of chains that a kernel of one's own moves, so many
// steps in a Run. Its Config has these steps and nothing else.
func NewKernelPool(d LogDensity, k Kernel, steps int, workers *tensor.Workers, chains int) (*Pool, error) {
	if steps < 0 {
		return nil, fmt.Errorf("langevin: runs of %d steps", steps)
	}
	return newPool(d, Config{Steps: steps}, k, workers, chains)
}

func newPool(d LogDensity, c Config, k Kernel, workers *tensor.Workers, chains int) (*Pool, error) {
	if chains < 1 {
		return nil, fmt.Errorf("langevin: a pool of %d chains", chains)
	}
	p := &Pool{density: d, workers: workers, dim: d.Dim(), chains: make([]chainStat, chains)}
	p.configure(c, k)
	p.f = make([]float64, chains)
	p.start = make([]float32, chains*p.dim)
	teams := 0
	if c.Block == 0 {
		teams = teamCount(d, chains, workers.Count())
	}
	if teams > 0 {
		for i, team := range workers.Teams(teams) {
			b := p.newBlock(chains*i/teams, chains*(i+1)/teams)
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
		p.places = make([]int, workers.Count())
	}
	p.task = p.runBlock
	return p, nil
}

// newBlock adds a block of chains [first, last).
func (p *Pool) newBlock(first, last int) *block {
	b := &block{State: p.kernel.NewState(last-first, p.dim), pool: p, first: first}
	b.F = p.f[first:last]
	b.look = b.lookAt
	p.blocks = append(p.blocks, b)
	return b
}

// configure puts a resolved configuration and its kernel in force.
func (p *Pool) configure(c Config, k Kernel) {
	p.config, p.kernel = c, k
	p.mover, _ = k.(mover)
	p.limiter, _ = k.(limiter)
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

// Gather brings what chains tell together where others are elsewhere: it is given
// that of the pool's own, and returns that of all, in the order of the chains,
// which is the same everywhere. Each chain has as many numbers.
type Gather func(own []float64) (all []float64)

// Number makes the pool's chains those from number first on of all that there
// are, of which others are elsewhere. Each run then ends in a call of gather, and
// its Stats are those of all chains, but for F.
func (p *Pool) Number(first int, gather Gather) { p.first, p.gather = first, gather }

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
	return p.RunUntil(z, seed, firstStep, nil)
}

// RunUntil is Run that ends early once stop is set: each block of chains after
// the step it is at, which leaves them at different steps. Neither z nor what it
// returns is then of any use. stop may be nil.
func (p *Pool) RunUntil(z []float32, seed, firstStep uint64, stop *atomic.Bool) *Stats {
	p.bind(z, seed, firstStep)
	stats := p.advance(run{steps: p.config.Steps, initialise: true, ending: p.mover != nil, stop: stop})
	if p.mover != nil {
		stats.F = nil
	}
	return stats
}

// Start binds the chains z [chains, dim] to the pool and evaluates f and ∇f:
// Advance moves them in place, in steps that are numbered from firstStep. A
// *StartError tells of starts where f or ∇f is not finite; the chains are bound
// all the same.
func (p *Pool) Start(z []float32, seed, firstStep uint64) error {
	p.bind(z, seed, firstStep)
	if bad := p.advance(run{initialise: true}).BadStart; bad != nil {
		return bad
	}
	return nil
}

// Advance takes the chains given to Start or Warmup through the next steps, and
// calls observe (which may be nil) after each. Neither the states nor f must
// have changed since.
func (p *Pool) Advance(steps int, observe Observer) *Stats {
	return p.advance(run{steps: steps, observe: observe})
}

// Memory returns what the kernel knows of the chains' way since Start, to be
// stored with their positions.
func (p *Pool) Memory() (m Memory) {
	for _, b := range p.blocks {
		m.Taken = b.memory.Taken
		m.Root, m.Noise = append(m.Root, b.memory.Root...), append(m.Noise, b.memory.Noise...)
	}
	return m
}

// Remember gives chains that have been started again where Memory was taken what
// it returned. The pools must have the same Config and number of chains.
func (p *Pool) Remember(m Memory) {
	for _, b := range p.blocks {
		b.memory.Taken = m.Taken
		m.Root, m.Noise = m.Root[copy(b.memory.Root, m.Root):], m.Noise[copy(b.memory.Noise, m.Noise):]
	}
}

// evaluatorOf gives a worker one that it keeps for the run. There are as many as workers
// that carry blocks at a time.
func (p *Pool) evaluatorOf(worker int) Evaluator {
	if p.places[worker] < 0 {
		p.places[worker] = int(p.taken.Add(1)) - 1
	}
	return p.evaluators[p.places[worker]]
}

func (p *Pool) bind(z []float32, seed, firstStep uint64) {
	if len(z) != len(p.chains)*p.dim {
		panic(fmt.Sprintf("langevin: %d floats for %d chains of %d", len(z), len(p.chains), p.dim))
	}
	for _, b := range p.blocks {
		b.Z = z[b.first*p.dim:][:b.Len()*p.dim]
	}
	p.seed, p.next = seed, firstStep
}

func (p *Pool) advance(r run) *Stats {
	p.run = r
	if len(p.norms) < r.steps*len(p.chains) {
		p.norms = make([]float64, r.steps*len(p.chains))
	}
	clear(p.chains)
	for _, b := range p.blocks {
		b.accepts = false
	}
	p.taken.Store(0)
	for i := range p.places {
		p.places[i] = -1
	}
	tasks := len(p.blocks)
	if p.beside != nil {
		tasks++
	}
	p.workers.Run(tasks, p.task)
	p.beside = nil
	p.next += uint64(r.steps)
	p.reduce()
	return &p.stats
}

// Beside lets the next run do f too, on one of the workers and while the others carry
// chains. It comes last, so that with and without it each block has the same worker.
func (p *Pool) Beside(f func()) { p.beside = f }

func (p *Pool) runBlock(worker, task int) {
	if task == len(p.blocks) {
		p.beside()
		return
	}
	b := p.blocks[task]
	ev := b.evaluator
	if ev == nil {
		ev = p.evaluatorOf(worker)
	}
	copy(p.start[b.first*p.dim:], b.Z)
	if p.run.initialise {
		p.kernel.Init(ev, b.State)
		b.noteStarts()
	}
	for b.k = range p.run.steps {
		if p.run.stop != nil && p.run.stop.Load() {
			break
		}
		if b.team != nil && p.mover != nil { // whose steps begin with the team's update
			b.team.before = b.look
		} else {
			b.workers.Run(teamParts(b.workers, b.Len()), b.look)
		}
		step := p.next + uint64(b.k)
		key := tensor.Key{Seed: p.seed, Chain: uint32(p.first + b.first), Step: step}
		if p.run.ending && b.k == p.run.steps-1 {
			p.mover.move(key, b.State)
			break
		}
		info := p.kernel.Step(key, ev, b.State)
		b.noteStep(info)
		if p.run.observe != nil {
			p.run.observe(b.first, step, b.State, info)
		}
	}
	b.noteEnds()
}
