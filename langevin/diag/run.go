package diag

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"anila/asm/reduce"
	"anila/langevin"
	"anila/tensor"
)

// Config describes a set of long chains.
type Config struct {
	Sampler  langevin.Config // Steps is not used; Adapt steps of warm-up come first
	Chains   int
	Steps    int // of each chain, after the warm-up
	Discard  int // the first of Steps that quantities leave out
	Seed     uint64
	Capacity int   // draws kept of each chain and quantity; 0 means 4096
	Capture  []int // numbers of steps after which the states are kept
	// Weighted takes means weighted by a(z) = min(1, b/|∇f|) too: chains of kernel
	// anila in scope sample that are not corrected have the law p/a as their step goes
	// to 0, so that these means are those of p. Other samplers are refused.
	Weighted bool
}

// Quantity is a number that is followed along the chains.
type Quantity struct {
	Name string
	// Value is a function of a state x [dim] and of f(x)/T. It is called from
	// several goroutines.
	Value func(x []float32, f float64) float64
}

// Capture is the chains' states at one step.
type Capture struct {
	Step   int       `json:"step"`
	States []float32 `json:"-"` // [chains, dim]
}

// Runner takes chains through Config.Steps steps, in as many parts as wanted,
// in memory that doesn't depend on the number of steps:
// chains·(quantities + 3)·Capacity·16 bytes, half as much again with Weighted, and
// the states.
type Runner struct {
	config     Config
	density    langevin.LogDensity
	pool       *langevin.Pool
	quantities []Quantity
	dim        int
	progress
}

// progress is what a stopped run is taken up from.
type progress struct {
	Sampler    langevin.Config // tuned
	Done       int
	Seconds    float64
	States     []float32
	Memory     langevin.Memory
	Start      []float32
	Traces     [][]*Trace // [quantity][chain], after Discard
	Products   [][]*Trace // the same of a·quantity, and behind them of a, with Config.Weighted
	Paths      [paths][]*Trace
	Jumps      []float64 // Σ |x₍ₜ₊₁₎ − x₍ₜ₎|² of each chain after Discard
	Acceptance []float64 // Σ of each chain after Discard
	Captures   []Capture

	previous []float32
}

// The paths are followed from the first step on.
const (
	pathF = iota
	pathGradient
	pathAcceptance
	paths
)

// NewRunner prepares chains that start from z [chains, dim]; z is copied. With
// Sampler.Adapt the warm-up runs here. Starts where the density is not finite are
// a *langevin.StartError.
func NewRunner(d langevin.LogDensity, c Config, quantities []Quantity, workers *tensor.Workers, z []float32) (*Runner, error) {
	r, err := newRunner(d, c, quantities)
	if err != nil {
		return nil, err
	}
	c = r.config
	if len(z) != c.Chains*r.dim {
		return nil, fmt.Errorf("diag: %d floats for %d chains of %d", len(z), c.Chains, r.dim)
	}
	trace := func() []*Trace {
		all := make([]*Trace, c.Chains)
		for i := range all {
			all[i] = NewTrace(c.Capacity)
		}
		return all
	}
	r.States, r.Start = slices.Clone(z), slices.Clone(z)
	r.Jumps, r.Acceptance = make([]float64, c.Chains), make([]float64, c.Chains)
	for range quantities {
		r.Traces = append(r.Traces, trace())
	}
	for range r.products() {
		r.Products = append(r.Products, trace())
	}
	for i := range r.Paths {
		r.Paths[i] = trace()
	}
	if err := r.start(c.Sampler, workers); err != nil {
		return nil, err
	}
	begin := time.Now()
	if err := r.pool.Warmup(r.States, c.Seed, firstStep); err != nil {
		return nil, err
	}
	r.Seconds = time.Since(begin).Seconds()
	r.Sampler = r.pool.Config()
	copy(r.previous, r.States)
	r.capture()
	return r, nil
}

func newRunner(d langevin.LogDensity, c Config, quantities []Quantity) (*Runner, error) {
	if c.Capacity == 0 {
		c.Capacity = 4096
	}
	switch {
	case c.Chains < 1:
		return nil, fmt.Errorf("diag: %d chains", c.Chains)
	case c.Steps < 1 || c.Discard < 0 || c.Discard >= c.Steps:
		return nil, fmt.Errorf("diag: %d steps of which %d are discarded", c.Steps, c.Discard)
	case c.Capacity < 8 || c.Capacity%2 != 0:
		return nil, fmt.Errorf("diag: capacity %d, not an even number from 8 on", c.Capacity)
	}
	if c.Weighted {
		if err := weighable(c.Sampler); err != nil {
			return nil, err
		}
	}
	return &Runner{config: c, density: d, quantities: quantities, dim: d.Dim()}, nil
}

// firstStep numbers the steps of long chains from where neither training's nor those
// of samples come, so that chains with training's seed repeat none of its noise.
const firstStep = 3 << 54

// products is the number of traces that Config.Weighted adds.
func (r *Runner) products() int {
	if !r.config.Weighted {
		return 0
	}
	return len(r.quantities) + 1
}

// weighable says what stands against means weighted by a.
func weighable(c langevin.Config) error {
	c, err := c.Resolve()
	if err != nil {
		return err
	}
	t := c.Noise * c.Noise / (2 * c.Drift)
	for _, is := range []struct {
		ok   bool
		want string
	}{
		{c.Kernel == "anila", "kernel anila, not " + c.Kernel},
		{c.Scope == "sample", "scope sample, not " + c.Scope + ": elsewhere the law is not p/a"},
		{!c.Correct, "chains that are not corrected: those have the law p themselves"},
		{c.NoiseForm == "sqrt", "noise_form sqrt, not " + c.NoiseForm},
		{c.DriftForm == "scaled", "drift_form scaled, not " + c.DriftForm},
		{math.Abs(c.Temperature-t) <= 1e-6*t, fmt.Sprintf("temperature noise²/(2·drift) = %v, not %v", t, c.Temperature)},
	} {
		if !is.ok {
			return fmt.Errorf("diag: means weighted by a need %s", is.want)
		}
	}
	return nil
}

// start makes the pool.
func (r *Runner) start(c langevin.Config, workers *tensor.Workers) error {
	pool, err := langevin.NewPool(r.density, c, workers, r.config.Chains)
	if err != nil {
		return err
	}
	r.pool = pool
	r.previous = slices.Clone(r.States)
	return nil
}

// Done is the number of steps taken.
func (r *Runner) Done() int { return r.progress.Done }

// chunk is the number of steps between two looks at the context.
const chunk = 256

// Advance takes up to the given number of further steps, and no more than
// Config.Steps in all. It returns the context's error when that is done first.
func (r *Runner) Advance(ctx context.Context, steps int) error {
	end := min(r.progress.Done+steps, r.config.Steps)
	for r.progress.Done < end {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(chunk, end-r.progress.Done)
		for _, step := range r.config.Capture {
			if step > r.progress.Done {
				n = min(n, step-r.progress.Done)
			}
		}
		begin := time.Now()
		r.pool.Advance(n, r.observe)
		r.Seconds += time.Since(begin).Seconds()
		r.progress.Done += n
		r.capture()
	}
	return nil
}

func (r *Runner) capture() {
	if slices.Contains(r.config.Capture, r.progress.Done) {
		r.Captures = append(r.Captures, Capture{r.progress.Done, slices.Clone(r.States)})
	}
}

func (r *Runner) observe(first int, step uint64, s *langevin.State, info langevin.Info) {
	kept := step-firstStep >= uint64(r.config.Sampler.Adapt+r.config.Discard)
	temperature, bound := r.Sampler.Temperature, r.Sampler.Bound()
	for i := range s.Len() {
		chain := first + i
		x, f := s.Row(i), s.F[i]/temperature
		r.Paths[pathF][chain].Add(f)
		gradient := math.Sqrt(reduce.SumSquares(s.Grad[i*r.dim : (i+1)*r.dim]))
		r.Paths[pathGradient][chain].Add(gradient / temperature)
		acceptance := math.NaN()
		if info.Acceptance != nil {
			acceptance = float64(info.Acceptance[i])
		}
		r.Paths[pathAcceptance][chain].Add(acceptance)
		previous := r.previous[chain*r.dim : (chain+1)*r.dim]
		if kept {
			a := 1 / max(1, gradient/bound)
			for q := range r.quantities {
				v := r.quantities[q].Value(x, f)
				r.Traces[q][chain].Add(v)
				if r.config.Weighted {
					r.Products[q][chain].Add(a * v)
				}
			}
			if r.config.Weighted {
				r.Products[len(r.quantities)][chain].Add(a)
			}
			r.Acceptance[chain] += acceptance
			jump := 0.0
			for j, v := range x {
				d := float64(v) - float64(previous[j])
				jump += d * d
			}
			r.Jumps[chain] += jump
		}
		copy(previous, x)
	}
}

// Quantities are what is followed where nothing else is asked for: the
// coordinates x1, x2, … (eight of them, evenly spread, where there are more than
// twenty), |x| and f (which is f/T).
func Quantities(dim int) []Quantity {
	var all []Quantity
	count := dim
	if dim > 20 {
		count = 8
	}
	for k := range count {
		i := k * dim / count
		all = append(all, Quantity{fmt.Sprintf("x%d", i+1), func(x []float32, _ float64) float64 { return float64(x[i]) }})
	}
	return append(all,
		Quantity{"|x|", func(x []float32, _ float64) float64 { return math.Sqrt(reduce.SumSquares(x)) }},
		Quantity{"f", func(_ []float32, f float64) float64 { return f }})
}

// Rings are the occupancies of rings in the plane: "ring1" is 1 while a state is
// nearer to the first radius than to the others. Radii ascend.
func Rings(radii []float64) []Quantity {
	var all []Quantity
	for k := range radii {
		low, high := 0.0, math.Inf(1)
		if k > 0 {
			low = (radii[k-1] + radii[k]) / 2
		}
		if k+1 < len(radii) {
			high = (radii[k] + radii[k+1]) / 2
		}
		all = append(all, Quantity{fmt.Sprintf("ring%d", k+1), func(x []float32, _ float64) float64 {
			if r := math.Sqrt(reduce.SumSquares(x)); r >= low && r < high {
				return 1
			}
			return 0
		}})
	}
	return all
}

var errOther = errors.New("diag: the stored run is of other settings")
