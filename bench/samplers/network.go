package main

import (
	"fmt"
	"math"

	"anila/langevin"
	"anila/langevin/diag"
	"anila/langevin/target"
	"anila/nn"
	"anila/tensor"
)

// subject is what kernels are compared on: a known target or the network.
type subject interface {
	langevin.LogDensity
	Name() string
	Sample(dst []float32, key tensor.Key)
}

// network is the toy network (10,593 parameters, as initialised) times N(0, I):
// a target whose gradient is the work of an energy-based model.
type network struct {
	langevin.LogDensity
	net *nn.Network
}

func newNetwork() (network, error) {
	net, err := nn.New(nn.Spec{Net: "toy", N: 32, Leak: 0.05, H: 1, W: 1, C: 2})
	if err != nil {
		return network{}, err
	}
	net.Init(seed)
	for _, p := range net.Params() { // so that f is not flat
		for i := range p.Data {
			p.Data[i] *= 3
		}
	}
	net.Pack(nil)
	return network{langevin.WithReference(langevin.FromNetwork(net), 1, 1), net}, nil
}

func (network) Name() string { return "network" }

// Sample draws from the reference; the chains have a warm-up of 500 steps.
func (network) Sample(dst []float32, key tensor.Key) { key.Normals(dst) }

// layers are the weights [out][in] and biases, layer by layer.
func (n network) layers() (weights [][][]float64, biases [][]float64) {
	for _, p := range n.net.Params() {
		if len(p.Shape) == 1 {
			biases = append(biases, widen(p.Data))
			continue
		}
		in := len(p.Data) / p.Shape[0]
		var rows [][]float64
		for o := range p.Shape[0] {
			rows = append(rows, widen(p.Data[o*in:(o+1)*in]))
		}
		weights = append(weights, rows)
	}
	return weights, biases
}

func widen(x []float32) []float64 {
	w := make([]float64, len(x))
	for i, v := range x {
		w[i] = float64(v)
	}
	return w
}

// sampler returns a kernel's settings on a subject.
func sampler(s subject, kernel string) (langevin.Config, error) {
	if t, ok := s.(target.Target); ok {
		c, err := diag.TargetConfig(t, kernel)
		return c.Sampler, err
	}
	steps := map[string]float64{"langevin": 0.1, "anila": 0.1, "mala": 0.4, "anila-mala": 0.4, "amala": 0.3, "hmc": 0.4, "rwm": 1.5}
	return langevin.Config{Kernel: kernel, Step: steps[kernel], B: 2, Leapfrog: 10, Temperature: 1}, nil
}

// subjects are the known targets and the network, or the one that is named.
func subjects(only string) ([]subject, error) {
	var all []subject
	for _, name := range target.Names() {
		if only == "" || only == name {
			t, err := target.ByName(name)
			if err != nil {
				return nil, err
			}
			all = append(all, t)
		}
	}
	if only == "" || only == "network" {
		n, err := newNetwork()
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

// norm is |x|.
func norm(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum)
}

// vanilla times mala on the convolutional network of the paper (n = 32, images
// of 32×32×3), where the gradient is all of the work.
func vanilla(chains, steps int) error {
	net, err := nn.New(nn.Spec{Net: "vanilla", N: 32, Leak: 0.05, H: 32, W: 32, C: 3})
	if err != nil {
		return err
	}
	net.Init(seed)
	net.Pack(nil)
	d := langevin.WithReference(langevin.FromNetwork(net), 1, 1)
	workers := tensor.NewWorkers(1)
	defer workers.Close()
	pool, err := langevin.NewPool(d, langevin.Config{Kernel: "mala", Step: 0.05}, workers, chains)
	if err != nil {
		return err
	}
	z := make([]float32, chains*d.Dim())
	tensor.Key{Seed: seed, Purpose: tensor.PurposeStart}.Normals(z)
	if err := pool.Start(z, seed, 0); err != nil {
		return err
	}
	best := math.Inf(1)
	for attempt := range 4 {
		begin := cpuTime()
		stats := pool.Advance(steps, nil)
		if seconds := (cpuTime() - begin).Seconds(); attempt > 0 && seconds < best {
			best = seconds
			fmt.Printf("vanilla, mala, %d chains: %.0f µs a chain-step, acceptance %.2f\n",
				chains, seconds/float64(chains*steps)*1e6, stats.Acceptance)
		}
	}
	return nil
}
