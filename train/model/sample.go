package model

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"anila/internal/room"
	"anila/langevin"
	"anila/tensor"
	"anila/train"
	"anila/train/comm"
	"anila/train/data"
)

// Sampling says how samples are drawn, beside the model's settings.
type Sampling struct {
	Seed     uint64
	Workers  int                   // 0 means 1; the samples do not depend on it
	Source   train.Source          // of chains that start from data; nil opens the data of the settings
	Steps    int                   // of each chain; 0 means those of the settings, where the bank is missing as many as its states would be old
	Progress func(done, total int) // told the steps of all chains done; may be nil
	// Comm shares the chains among ranks, which all call Sample alike and get all samples; nil: there is one. The first that
	// they do together is Comm.Agree: a rank that cannot come to call Sample calls that.
	Comm *comm.Comm
}

// Samples are the ends of chains.
type Samples struct {
	States  []float32       // [n, h, w, c]
	Sampler langevin.Config // that ran, with its steps
	Start   string          // where the chains started, in words
}

// Blocks of chains that run at once, and steps that they do between looks at the context.
const (
	sampleBatch  = 500
	stepsBetween = 10
	// coldFactor times the training's steps are run where chains of a persistent model start anew.
	coldFactor = 20
)

// cold is how many times the steps of an iteration chains from noise do in place of those from a bank: a state of replay is
// 1/Restart iterations old in the mean, though no older than the run; the states of persistent chains never end.
func cold(start langevin.StartConfig, iterations int) float64 {
	if start.Kind == "replay" && start.Restart > 0 {
		return min(1/start.Restart, float64(max(1, iterations)))
	}
	return coldFactor
}

// sampling numbers draws and steps of samples from where training's own numbers never come, so that a sample with training's
// seed repeats none of its chains. Block k of chains has the draw sampling + k and the 2³² steps from sampling + k·2³² on.
const sampling = 1 << 55

// Sample draws n samples with the sampler of the settings. Chains start as in training: from noise, from data, or from
// states of the run's bank where the run has enough of them, else from the noise that fills it. Cancelled, it returns ctx's
// error; chains that start where f is not finite give a *langevin.StartError, chains that end in
// NaN, infinity or beyond guard.state of the settings an *ExplodedError.
func (m *Model) Sample(ctx context.Context, n int, s Sampling) (*Samples, error) {
	dim, batch := m.Network.Dim(), min(n, sampleBatch)
	var starts *Starts
	_, err := room.CheckMemory(5 * float64(n) * float64(dim) * float64(s.Comm.Neighbours())) // and a byte each for who rounds them
	if err != nil {
		err = fmt.Errorf("model: %d samples: %w", n, err)
	} else {
		starts, err = m.Starts(ctx, n, batch, s)
	}
	if err := s.Comm.Agree(err); err != nil {
		return nil, err
	}
	sampler := m.Settings.Train.Sampler
	sampler.Steps = starts.Steps
	z := make([]float32, n*dim)
	workers := tensor.NewWorkers(max(1, s.Workers))
	defer workers.Close()
	total, done := (n+batch-1)/batch*sampler.Steps, 0
	for k := 0; k*batch < n; k++ {
		all := z[k*batch*dim : min((k+1)*batch, n)*dim]
		starts.Fill(all, k)
		parts := split(all, dim, s.Comm)
		block, together := parts[0], gathering{ctx: ctx}
		if len(parts) > 1 {
			block, together.comm = parts[s.Comm.Rank()], s.Comm
		}
		pool, err := langevin.NewPool(m.LogDensity(), sampler, workers, len(block)/dim)
		if err != nil {
			return nil, fmt.Errorf("model: %w", err)
		}
		together.number(pool, len(all)/dim)
		first := sampling | uint64(k)<<32
		if sampler.Adapt > 0 {
			if err := pool.Warmup(block, s.Seed, first|1<<31); err != nil {
				return nil, err
			}
		}
		if err := pool.Start(block, s.Seed, first); err != nil {
			return nil, err
		}
		for step := 0; step < sampler.Steps; {
			if err := together.err(); err != nil {
				return nil, err
			}
			next := min(stepsBetween, sampler.Steps-step)
			pool.Advance(next, nil)
			step += next
			done += next
			if s.Progress != nil {
				s.Progress(done, total)
			}
		}
		if together.comm != nil {
			comm.AllGatherInto(s.Comm, parts)
		}
	}
	bound := m.Settings.Guard.State
	if bound == 0 {
		bound = math.MaxFloat32
	}
	exploded := 0
	for i := range n {
		if slices.ContainsFunc(z[i*dim:(i+1)*dim], func(v float32) bool { return !(math.Abs(float64(v)) <= bound) }) {
			exploded++
		}
	}
	if exploded > 0 {
		return nil, &ExplodedError{exploded, n, bound}
	}
	return &Samples{z, sampler, starts.Kind}, nil
}

// split cuts states [n, dim] into a part for each rank; there is one where ranks would have none.
func split(z []float32, dim int, c *comm.Comm) [][]float32 {
	n, size := len(z)/dim, c.Size()
	if n < size {
		return [][]float32{z}
	}
	parts := make([][]float32, size)
	for rank := range parts {
		parts[rank] = z[n*rank/size*dim : n*(rank+1)/size*dim]
	}
	return parts
}

// gathering brings together what the chains of all ranks tell, and that one of them is to stop.
type gathering struct {
	ctx     context.Context
	comm    *comm.Comm // nil: all chains are here
	stopped bool       // a rank was, when something was gathered last
}

// number gives the chains of a pool, of which there are n on all ranks, their numbers.
func (g *gathering) number(pool *langevin.Pool, n int) {
	if g.comm == nil {
		return
	}
	pool.Number(n*g.comm.Rank()/g.comm.Size(), func(own []float64) (all []float64) {
		stop := 0.0
		if g.ctx.Err() != nil {
			stop = 1
		}
		for _, numbers := range g.comm.AllGatherNumbers(append([]float64{stop}, own...)) {
			g.stopped = g.stopped || numbers[0] != 0
			all = append(all, numbers[1:]...)
		}
		return all
	})
}

// err is the error of a context that ended on any rank, the same on all.
func (g *gathering) err() error {
	if g.comm == nil {
		return g.ctx.Err()
	}
	if !g.stopped {
		return nil
	}
	return cmp.Or(g.ctx.Err(), context.Canceled)
}

// ExplodedError says that chains ended where no model has its mass: their ends are no samples.
type ExplodedError struct {
	Chains, Of int
	Bound      float64 // of |coordinate|: guard.state of the settings
}

func (e *ExplodedError) Error() string {
	return fmt.Sprintf("model: %d of %d chains exploded: they end in NaN, infinity, or beyond ±%.3g (guard.state) and are no samples. "+
		"Smaller steps may help, or an anisotropic kernel, or weights from before training diverged", e.Chains, e.Of, e.Bound)
}

// Starts are where chains start.
type Starts struct {
	Kind  string                   // in words
	Steps int                      // that chains from there need
	Fill  func(z []float32, k int) // fills z [at most batch, dim] with the starts of batch k
}

// Starts decides where n chains, of which batch run at a time, start: see Sample.
func (m *Model) Starts(ctx context.Context, n, batch int, s Sampling) (*Starts, error) {
	h, _, _ := m.Network.Shape()
	config, dim := m.Settings.Train.Level(max(1, m.Settings.Data.Size/h)), m.Network.Dim()
	start := config.Start.Cold()
	start.Count = batch
	starts := &Starts{Kind: start.Kind, Steps: config.Sampler.Steps}
	switch config.Start.Kind {
	case "data":
		source := s.Source
		if source == nil {
			opened, err := m.Settings.Source(ctx, nil)
			if err != nil {
				return nil, err
			}
			source = opened
		}
		full := make([]float32, batch*dim) // the last batch is the beginning of a whole one
		starts.Fill = func(z []float32, k int) {
			source.Batch(full, tensor.Key{Seed: s.Seed, Purpose: tensor.PurposeBatch, Step: sampling + uint64(k)})
			copy(z, full)
		}
	case "persistent", "replay":
		bank, err := m.Bank()
		if err != nil {
			return nil, err
		}
		if rows := len(bank) / dim; rows >= n {
			drawn := make([]int, n)
			data.Indices(drawn, rows, tensor.Key{Seed: s.Seed, Purpose: tensor.PurposeSample})
			starts.Kind = "states of the run's bank"
			starts.Fill = func(z []float32, k int) {
				for i := range len(z) / dim {
					j := drawn[k*batch+i]
					copy(z[i*dim:(i+1)*dim], bank[j*dim:(j+1)*dim])
				}
			}
			break
		}
		starts.Steps = int(math.Round(float64(starts.Steps) * cold(config.Start, m.Settings.Iterations)))
	}
	if starts.Fill == nil {
		noise, err := langevin.NewBank(start, dim, s.Seed)
		if err != nil {
			return nil, fmt.Errorf("model: %w", err)
		}
		full := make([]float32, batch*dim) // a bank draws whole batches
		starts.Fill = func(z []float32, k int) {
			noise.Draw(full, sampling+uint64(k), nil)
			copy(z, full)
		}
	}
	if s.Steps > 0 {
		starts.Steps = s.Steps
	}
	if starts.Steps > 1<<31 {
		return nil, fmt.Errorf("model: %d steps: at most 2³¹, so that blocks of chains have noise of their own", starts.Steps)
	}
	return starts, nil
}
