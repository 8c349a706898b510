package langevin_test

import (
	"math"
	"slices"
	"testing"

	"anila/langevin"
	"anila/langevin/target"
	"anila/nn"
	"anila/tensor"
)

// all kernels, with steps that suit gmm, and all their forms
func configs() []langevin.Config {
	all := []langevin.Config{
		{Kernel: "langevin", Drift: 0.004, Noise: 0.08},
		{Kernel: "langevin", Drift: 0.004, Noise: 0.08, Temperature: 0.8, Steps: 3, DriftFall: 0.5, NoiseFall: 1, Clamp: 1.5},
		{Kernel: "anila", Drift: 0.004, Noise: 0.08, B: 2, DriftForm: "full"},
		{Kernel: "gd", Drift: 0.004, Temperature: 1, B: 2},
		{Kernel: "mala", Step: 0.02},
		{Kernel: "amala", Step: 0.02, B: 5},
		{Kernel: "hmc", Step: 0.1, Leapfrog: 3},
		{Kernel: "rwm", Step: 0.03},
	}
	for _, scope := range langevin.Scopes() {
		all = append(all,
			langevin.Config{Kernel: "anila", Drift: 0.006, Noise: 0.1, B: 0.05, Scope: scope, Correct: true},
			langevin.Config{Kernel: "anila", Drift: 0.006, Noise: 0.1, B: 0.005, BUnit: "noise/drift", Scope: scope, Correct: true,
				Temperature: 0.8, Steps: 5, NoiseFall: 0.75, Clamp: 1.5})
		for _, form := range langevin.NoiseForms() {
			all = append(all,
				langevin.Config{Kernel: "anila", Drift: 0.006, Noise: 0.1, B: 3, Scope: scope, NoiseForm: form},
				langevin.Config{Kernel: "anila-mala", Step: 0.03, B: 3, Scope: scope, NoiseForm: form})
		}
	}
	return all
}

func label(c langevin.Config) string { return c.Kernel + " " + c.Scope + " " + c.NoiseForm }

// image is a small network on images of 4×4 pixels with 3 channels.
func image(t *testing.T) langevin.LogDensity { return langevin.FromNetwork(imageNetwork()) }

func imageNetwork() *nn.Network {
	g := nn.NewGraph(4, 4, 3)
	v := g.LeakyReLU(g.Conv("a", g.Input(), 8, 3, 1, 1, true), 0.05)
	v = g.Conv("b", v, 1, 4, 1, 0, true)
	network := nn.NewNetwork(g, v)
	network.Init(7)
	network.Pack(nil)
	return network
}

// teamed is the same network that asks for teams of workers, whatever the number of
// chains.
type teamed struct{ *nn.Network }

func (d teamed) NewEvaluator(batch int) langevin.Evaluator { return d.Network.NewEvaluator(batch) }
func (d teamed) TeamBlock() int                            { return 1000 }
func (d teamed) NewTeamEvaluator(batch int, team *tensor.Workers) langevin.Evaluator {
	return d.Network.NewTeamEvaluator(batch, team)
}

func starts(d langevin.LogDensity, chains int) []float32 {
	z := make([]float32, chains*d.Dim())
	tensor.Key{Seed: 99, Purpose: tensor.PurposeStart}.Normals(z)
	return z
}

func pool(t *testing.T, d langevin.LogDensity, c langevin.Config, workers, chains int) *langevin.Pool {
	t.Helper()
	w := tensor.NewWorkers(workers)
	t.Cleanup(w.Close)
	p, err := langevin.NewPool(d, c, w, chains)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func gmm() target.Target { return target.GaussianRing() }

func sameBits(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}

func mustStart(t *testing.T, p *langevin.Pool, z []float32, seed, firstStep uint64) {
	t.Helper()
	if err := p.Start(z, seed, firstStep); err != nil {
		t.Fatal(err)
	}
}

func widen(x []float32) []float64 {
	w := make([]float64, len(x))
	for i, v := range x {
		w[i] = float64(v)
	}
	return w
}
