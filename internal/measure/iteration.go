package measure

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"anila/langevin"
	"anila/nn"
	"anila/tensor"
	"anila/train"
	"anila/train/data"
)

// Iteration is whole training iterations on image batches: chains, gradient, Adam.
type Iteration struct {
	trainer *train.Trainer
	workers *tensor.Workers
	steps   int
	batch   int
	shape   string
}

// NewIteration prepares training of a network of width n with so many chains, data items and Langevin steps. dir is the
// data folder with CIFAR-10; "" takes images of noise, on which an iteration costs the same.
func NewIteration(net string, n, batch, steps, threads int, dir string) (*Iteration, error) {
	return newIteration(Scaling{net, n, batch, steps}, tensor.NewWorkers(threads), dir, func(*train.Config) {})
}

// NewTraining prepares training with all that a run does between its chains: a bank of 1,000 persistent chains, noise on
// the data, an average of the parameters. Close ends the workers.
func NewTraining(s Scaling, workers *tensor.Workers) (*Iteration, error) {
	return newIteration(s, workers, "", func(c *train.Config) {
		c.Start = langevin.StartConfig{Kind: "persistent", Bank: max(1000, s.Batch)}
		c.DataNoise, c.EMA = 0.03, 0.999
	})
}

func newIteration(s Scaling, workers *tensor.Workers, dir string, change func(*train.Config)) (w *Iteration, err error) {
	defer func() {
		if err != nil {
			workers.Close()
		}
	}()
	network, err := nn.New(nn.Spec{Net: s.Net, N: s.N, Leak: 0.05})
	if err != nil {
		return nil, err
	}
	network.Init(123)
	var source data.Source
	if dir != "" {
		source, err = data.Open("cifar10", dir, 32)
	} else {
		const items = 1000
		pixels := make([]byte, items*32*32*3)
		for i, v := range filled(len(pixels), 31) {
			pixels[i] = data.ToByte(v / 2)
		}
		source, err = data.NewImages("noise", pixels, 32, 32, 3, nil)
	}
	if err != nil {
		return nil, err
	}
	config := train.Config{
		Seed:      123,
		Sampler:   langevin.Config{Kernel: "anila", Steps: s.Steps, Drift: 0.5, Noise: 0.01, B: 1e-4},
		Start:     langevin.StartConfig{Kind: "noise-uniform"},
		Batch:     s.Batch,
		Optimizer: nn.OptimizerConfig{Name: "adam"},
		Rate:      nn.Schedule{Rate: 1e-4},
	}
	change(&config)
	trainer, err := train.New(network, source, config, workers)
	if err != nil {
		return nil, err
	}
	return &Iteration{trainer, workers, s.Steps, s.Batch, StepShape(s.Net, s.N, s.Batch) + fmt.Sprintf("/steps=%d", s.Steps)}, nil
}

func (w *Iteration) iterate() { w.trainer.Iterate() }

// Close ends the workers.
func (w *Iteration) Close() { w.workers.Close() }

// Time returns the median over repeats, after one iteration of warm-up.
func (w *Iteration) Time(repeats int) Result {
	seconds := make([]float64, repeats)
	w.trainer.Iterate()
	for i := range seconds {
		start := time.Now()
		w.trainer.Iterate()
		seconds[i] = time.Since(start).Seconds()
	}
	// A step is a forward and an input gradient; the parameter gradient of data and chains a forward and both gradients.
	macs := float64(w.trainer.Network().MACs()) * float64(w.batch)
	c := Case{Name: "iteration", Shape: w.shape, Flops: 2 * macs * float64(2*w.steps+2*3)}
	return c.result(Median(seconds), repeats, w.workers.Count(), Limits{})
}

// Memory trains for a few iterations and returns the peak of the resident memory of this process.
func (w *Iteration) Memory() (Result, error) {
	for range 3 {
		w.trainer.Iterate()
	}
	peak, err := peakMemory()
	r := Case{Name: "memory", Shape: w.shape}.result(1, 0, w.workers.Count(), Limits{})
	r.Seconds, r.Bytes = 0, peak
	return r, err
}

// peakMemory reads the high-water mark of this process's resident memory.
func peakMemory() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, fmt.Errorf("measure: peak memory is known on Linux only: %w", err)
	}
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
			if fields := bytes.Fields(rest); len(fields) == 2 {
				kilobytes, err := strconv.ParseInt(string(fields[0]), 10, 64)
				return kilobytes << 10, err
			}
		}
	}
	return 0, errors.New("measure: no VmHWM in /proc/self/status")
}
