package measure

import (
	"fmt"
	"math"
	"slices"
	"time"

	"anila/asm/isa"
	"anila/langevin"
	"anila/nn"
	"anila/tensor"
)

// Sampler is the sampler of the timed steps: AniLA with a step size for each coordinate, at the settings of the
// published image experiments.
func Sampler(steps int) langevin.Config {
	return langevin.Config{Kernel: "anila", Steps: steps, Drift: 0.5, Noise: 0.01, B: 1e-4, Scope: "coord", NoiseForm: "sqrt"}
}

// Step is the Langevin step that training runs: a network, a pool of workers and its chains.
type Step struct {
	Network *nn.Network
	workers *tensor.Workers
	pool    *langevin.Pool
	z       []float32
	shape   string
}

const stepSeed = 1

// StepNetwork returns the network of the timed steps: its initial weights, and in place of weights that start at zero
// (of nonlocal's attention) drawn ones, so that every op has a part in f and ∇f.
func StepNetwork(s nn.Spec) (*nn.Network, error) {
	network, err := nn.New(s)
	if err != nil {
		return nil, err
	}
	network.Init(stepSeed)
	for i, p := range network.Params() {
		if !slices.ContainsFunc(p.Data, func(v float32) bool { return v != 0 }) {
			tensor.Key{Seed: stepSeed, Purpose: tensor.PurposeEval, Chain: uint32(i)}.Uniforms(p.Data)
			for j, u := range p.Data {
				p.Data[j] = (2*u - 1) / 4
			}
		}
	}
	network.Pack(nil)
	return network, nil
}

// StepStart returns where the chains of the timed steps start, uniform in [−1, 1].
func StepStart(chains, dim int) []float32 {
	z := make([]float32, chains*dim)
	for c := range chains {
		state := z[c*dim : (c+1)*dim]
		tensor.Key{Seed: stepSeed, Purpose: tensor.PurposeStart, Chain: uint32(c)}.Uniforms(state)
		for i, u := range state {
			state[i] = 2*u - 1
		}
	}
	return z
}

// NewStep starts chains on a network.
func NewStep(s nn.Spec, chains, threads int) (*Step, error) {
	network, err := StepNetwork(s)
	if err != nil {
		return nil, err
	}
	workers := tensor.NewWorkers(threads)
	pool, err := langevin.NewPool(langevin.FromNetwork(network), Sampler(1), workers, chains)
	if err != nil {
		workers.Close()
		return nil, err
	}
	z := StepStart(chains, network.Dim())
	if err := pool.Start(z, stepSeed, 0); err != nil {
		workers.Close()
		return nil, err
	}
	spec := network.Spec()
	return &Step{network, workers, pool, z, StepShape(spec.Net, spec.N, chains)}, nil
}

// Close ends the workers.
func (s *Step) Close() { s.workers.Close() }

// Advance takes all chains through so many steps.
func (s *Step) Advance(steps int) { s.pool.Advance(steps, nil) }

// inARow is the least number of steps of a timed sample: as in training, where they are fifty and more, workers go through
// them without waiting for each other.
const inARow = 4

// Time returns the median seconds of a step over repeats samples.
func (s *Step) Time(repeats int) Result {
	s.Advance(2)
	start := time.Now()
	s.Advance(1)
	group := max(inARow, int(sample/max(time.Since(start), time.Microsecond)))
	s.Advance(group) // sizes the pool's memory for that many steps
	seconds := make([]float64, repeats)
	for i := range seconds {
		start := time.Now()
		s.Advance(group)
		seconds[i] = time.Since(start).Seconds() / float64(group)
	}
	// Forward and input gradient are as many multiply-adds each.
	c := Case{Name: "step", Shape: s.shape, Flops: 2 * 2 * float64(s.Network.MACs()) * float64(s.pool.Chains())}
	return c.result(Median(seconds), repeats, s.workers.Count(), Limits{})
}

// Check takes one more step from where the chains stand, on the tier in force and, for the first few chains, on the Go
// reference kernels, and compares states, f and ∇f. It is an error when half of the chains differ by more than rounding
// (noise has the same bits on every tier, and a step is short), or one of them by more than a pre-activation explains that
// rounding carried over the kink of its leaky ReLU: that moves ∇f by a percent or two, in about one chain of twenty at n = 64.
func (s *Step) Check() error {
	dim := s.Network.Dim()
	before := slices.Clone(s.z)
	ours := s.observed(s.pool)
	chains := len(ours.f)

	tier := isa.Current()
	if err := isa.Select(isa.Generic.String()); err != nil {
		return err
	}
	defer isa.Select(tier.String())
	network, err := nn.NewFromTensors(s.Network.Spec(), s.Network.Tensors())
	if err != nil {
		return err
	}
	workers := tensor.NewWorkers(1)
	defer workers.Close()
	pool, err := langevin.NewPool(langevin.FromNetwork(network), Sampler(1), workers, chains)
	if err != nil {
		return err
	}
	if err := pool.Start(before[:chains*dim], stepSeed, ours.step); err != nil {
		return err
	}
	reference := s.observed(pool)
	if e := distance(ours.f, reference.f); !(e <= 1e-4) { // together: one f alone may be near 0
		return fmt.Errorf("measure: after a step on %s, f is off from the reference kernels by %.2g of its norm (at most 1e-4)", tier, e)
	}
	for _, c := range []struct {
		name       string
		got, want  []float32
		limit, one float64
	}{{"state", ours.z, reference.z, 1e-5, 1e-3}, {"∇f", ours.grad, reference.grad, 1e-3, 0.1}} {
		var off []float64
		for i := range chains {
			from, to := i*dim, (i+1)*dim
			off = append(off, distance(c.got[from:to], c.want[from:to]))
		}
		slices.Sort(off)
		if half, worst := off[(chains-1)/2], off[chains-1]; !(half <= c.limit && worst <= c.one) {
			return fmt.Errorf("measure: after a step on %s, %s is off from the reference kernels by %.2g of its norm in half of %d chains "+
				"(at most %g), by %.2g in the worst (at most %g)", tier, c.name, half, chains, c.limit, worst, c.one)
		}
	}
	return nil
}

type snapshot struct {
	step    uint64
	f       []float64
	z, grad []float32
}

// observed takes one step and returns what the first chains (at most four) of the first block came to.
func (s *Step) observed(pool *langevin.Pool) snapshot {
	var seen snapshot
	dim := s.Network.Dim()
	pool.Advance(1, func(first int, step uint64, state *langevin.State, _ langevin.Info) {
		if first == 0 {
			n := min(4, len(state.F))
			seen = snapshot{step, slices.Clone(state.F[:n]), slices.Clone(state.Z[:n*dim]), slices.Clone(state.Grad[:n*dim])}
		}
	})
	return seen
}

// distance is ‖got − want‖₂/‖want‖₂.
func distance[T float32 | float64](got, want []T) float64 {
	var d, n float64
	for i, w := range want {
		d += (float64(got[i]) - float64(w)) * (float64(got[i]) - float64(w))
		n += float64(w) * float64(w)
	}
	return math.Sqrt(d / n)
}
