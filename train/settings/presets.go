package settings

import (
	"fmt"
	"math"
	"slices"

	"anila/langevin"
	"anila/nn"
	"anila/train"
)

// DefaultPreset is what a bare "anila-cpu train" runs.
const DefaultPreset = "rings-small"

// Preset is a named configuration and where its numbers come from.
type Preset struct {
	Name    string
	Summary string
	Source  string
	set     func(c *Config)
}

// Sources of the presets. AniLA: Karimi, Xie, Li, "STANLEY / AniLA: Anisotropic Langevin Dynamics for training
// Energy-Based Models" (arXiv 2310.12667) and the authors' released code; where they differ the first published number
// stands, with the scope and noise form of the code. Anatomy: Nijkamp, Hill, Han, Zhu, Wu, "On the Anatomy of MCMC-Based
// Maximum Likelihood Learning of Energy-Based Models" (2019), configurations of its released code; there the density is
// exp(−2E/ε²), which is f = −E, T = ε²/2, drift 1, noise ε here.
const (
	sourcePaper   = "AniLA, arXiv 2310.12667"
	sourceAnatomy = "ebm-anatomy, arXiv 1903.12370"
	sourceLevels  = "coarse-to-fine expanding and sampling (Zhao, Xie, Li, ICLR 2021), at half the width, pictures per level for a few cores, with a Gaussian reference (Xie, Lu, Zhu, Wu, ICML 2016)"
	sourceReplay  = "tuned here: network of the published settings (vanilla, n = 32) with swish, replay buffer (Du, Mordatch 2019), Gaussian reference (Xie, Lu, Zhu, Wu, ICML 2016)"
	sourceReach   = "networks, batches and noise of the published settings (-literal); steps and bound chosen here, so that chains can leave the noise"
	sourceOwn     = "tuned here for a few cores"
)

var presets = []Preset{
	{"rings", "4 rings in the plane, AniLA as published", sourcePaper + ", toy experiment (script: b 0.05; configuration: 100,000 iterations, noise 0.01)", func(c *Config) {
		toy(c, "rings", 2)
		published(c, 0.1, 0.01, "sample", 100)
	}},
	{"gmm", "8 Gaussians on a circle, AniLA as published for the rings", sourcePaper + ", toy experiment's settings; scale of the start: " + sourceAnatomy, func(c *Config) {
		toy(c, "gmm", 1)
		published(c, 0.1, 0.01, "sample", 100)
	}},
	{"mnist", "MNIST at 32×32", sourceReach, func(c *Config) {
		images(c, "mnist", "vanilla", 32, 0.05)
		anilaFromNoise(c)
		blackAndWhite(c)
	}},
	{"mnist-langevin", "the same with plain Langevin chains", sourceReach, func(c *Config) {
		images(c, "mnist", "vanilla", 32, 0.05)
		langevinFromNoise(c)
		blackAndWhite(c)
	}},
	{"mnist-literal", "MNIST at 32×32, AniLA as published for Flowers", sourcePaper + ", Flowers settings (no MNIST experiment is published)", func(c *Config) {
		images(c, "mnist", "vanilla", 32, 0.05)
		published(c, 0.01, 1e-4, "pixel", 50)
		c.Train.Batch, c.Train.Rate.Rate = 100, 1e-3
	}},
	{"flowers", "Oxford Flowers at 32×32", sourceReach, func(c *Config) {
		images(c, "flowers", "vanilla", 32, 0.05)
		anilaFromNoise(c)
	}},
	{"flowers-langevin", "the same with plain Langevin chains", sourceReach, func(c *Config) {
		images(c, "flowers", "vanilla", 32, 0.05)
		langevinFromNoise(c)
	}},
	{"flowers-literal", "Oxford Flowers at 32×32, AniLA as published", sourcePaper + ", Flowers (b: first of its grid 1e-4 … 3e-4; configuration: K 150, rate 1e-4)", func(c *Config) {
		images(c, "flowers", "vanilla", 32, 0.05)
		published(c, 0.01, 1e-4, "pixel", 50)
		c.Train.Batch, c.Train.Rate.Rate = 100, 1e-3
	}},
	{"cifar10", "CIFAR-10", sourceReach, func(c *Config) {
		images(c, "cifar10", "vanilla", 64, 0.2)
		anilaFromNoise(c)
		c.Train.Batch = 64
	}},
	{"cifar10-langevin", "the same with plain Langevin chains", sourceReach, func(c *Config) {
		images(c, "cifar10", "vanilla", 64, 0.2)
		langevinFromNoise(c)
		c.Train.Batch = 64
	}},
	{"cifar10-literal", "CIFAR-10, AniLA as published", sourcePaper + ", CIFAR-10 (code: b 1e-4; text: ReLU)", func(c *Config) {
		images(c, "cifar10", "vanilla", 64, 0.2)
		published(c, 0.01, 2e-4, "pixel", 100)
		c.Train.Batch = 64
	}},

	{"rings-anatomy-convergent", "rings, persistent chains that converge", sourceAnatomy + ", rings convergent", func(c *Config) {
		toy(c, "rings", 2)
		anatomy(c, 0.125, 500, 200_000)
		c.Train.Start.Kind, c.Train.Start.Bank = "persistent", 10_000
		c.Train.Optimizer.Name, c.Train.Rate.Rate = "sgd", 0.1
	}},
	{"rings-anatomy-nonconvergent", "rings, short-run chains", sourceAnatomy + ", rings non-convergent", func(c *Config) {
		toy(c, "rings", 2)
		anatomy(c, 0.01, 100, 100_000)
	}},
	{"gmm-anatomy-convergent", "Gaussian mixture, persistent chains that converge", sourceAnatomy + ", gmm convergent", func(c *Config) {
		toy(c, "gmm", 1)
		anatomy(c, 0.125, 500, 200_000)
		c.Train.Start.Kind, c.Train.Start.Bank = "persistent", 10_000
		c.Train.Optimizer.Name, c.Train.Rate.Rate = "sgd", 0.1
	}},
	{"gmm-anatomy-nonconvergent", "Gaussian mixture, short-run chains", sourceAnatomy + ", gmm non-convergent", func(c *Config) {
		toy(c, "gmm", 1)
		anatomy(c, 0.01, 100, 100_000)
	}},
	{"mnist-anatomy-convergent", "MNIST, persistent chains that converge", sourceAnatomy + ", mnist convergent", func(c *Config) {
		images(c, "mnist", "nonlocal", 32, 0.05)
		anatomy(c, 0.0075, 500, 100_000)
		c.Train.Start.Kind, c.Train.DataNoise = "persistent", 0.015
		c.Train.Optimizer.Name, c.Train.Rate.Rate = "sgd", 0.01
	}},
	{"cifar10-anatomy-nonconvergent", "CIFAR-10, short-run chains", sourceAnatomy + ", cifar10 non-convergent", func(c *Config) {
		images(c, "cifar10", "vanilla", 32, 0.05)
		anatomy(c, 0.01, 150, 100_000)
	}},
	{"cifar10-anatomy-oscillating", "CIFAR-10, persistent chains whose energies oscillate", sourceAnatomy + ", cifar10 oscillating", func(c *Config) {
		images(c, "cifar10", "vanilla", 32, 0.05)
		anatomy(c, 0.01, 500, 100_000)
		c.Train.Start.Kind = "persistent"
	}},
	{"flowers-anatomy-convergent", "Oxford Flowers, persistent chains that converge", sourceAnatomy + ", flowers convergent", func(c *Config) {
		images(c, "flowers", "nonlocal", 32, 0.05)
		anatomy(c, 0.0075, 500, 200_000)
		c.Train.Start.Kind, c.Train.DataNoise = "persistent", 0.015
		c.Train.Optimizer.Name, c.Train.Rate.Rate, c.Train.Rate.Min, c.Train.Rate.Decay = "sgd", 0.1, 5e-4, 0.99995
	}},
	{"flowers-anatomy-nonconvergent", "Oxford Flowers, short-run chains", sourceAnatomy + ", flowers non-convergent", func(c *Config) {
		images(c, "flowers", "vanilla", 32, 0.05)
		anatomy(c, 0.01, 150, 100_000)
	}},

	{"mnist-pyramid", "MNIST at 32×32, coarse to fine, plain Langevin chains", sourceLevels, func(c *Config) {
		pyramid(c, "mnist", false)
		c.Network.N = 8
	}},
	{"flowers-pyramid", "Oxford Flowers at 32×32, coarse to fine, plain Langevin chains", sourceLevels, func(c *Config) {
		pyramid(c, "flowers", true)
	}},
	{"cifar10-pyramid", "CIFAR-10, coarse to fine, plain Langevin chains", sourceLevels, func(c *Config) {
		pyramid(c, "cifar10", true)
	}},

	{"mnist-replay", "MNIST at 32×32, chains that go on in a replay buffer", sourceReplay, func(c *Config) {
		replay(c, "mnist", false)
		blackAndWhite(c)
	}},
	{"flowers-replay", "Oxford Flowers at 32×32, chains that go on in a replay buffer", sourceReplay, func(c *Config) {
		replay(c, "flowers", true)
	}},
	{"cifar10-replay", "CIFAR-10, chains that go on in a replay buffer", sourceReplay, func(c *Config) {
		replay(c, "cifar10", true)
	}},

	{"rings-small", "4 rings, learned in under a minute on 2 cores", sourceOwn, func(c *Config) {
		toy(c, "rings", 4)
		smallToy(c)
	}},
	{"gmm-small", "8 Gaussians on a circle, learned in under a minute on 2 cores", sourceOwn, func(c *Config) {
		toy(c, "gmm", 2)
		smallToy(c)
	}},
	{"mnist-small", "MNIST at 32×32 on a few cores", sourceOwn, func(c *Config) {
		smallImages(c, "mnist")
		anilaFromNoise(c)
		blackAndWhite(c)
	}},
	{"mnist-small-langevin", "the same with plain Langevin chains", sourceOwn, func(c *Config) {
		smallImages(c, "mnist")
		langevinFromNoise(c)
		blackAndWhite(c)
	}},
	{"flowers-small", "Oxford Flowers at 32×32 on a few cores", sourceOwn, func(c *Config) {
		smallImages(c, "flowers")
		anilaFromNoise(c)
	}},
	{"flowers-small-langevin", "the same with plain Langevin chains", sourceOwn, func(c *Config) {
		smallImages(c, "flowers")
		langevinFromNoise(c)
	}},
	{"cifar10-small", "CIFAR-10 on a few cores", sourceOwn, func(c *Config) {
		smallImages(c, "cifar10")
		anilaFromNoise(c)
	}},
	{"cifar10-small-langevin", "the same with plain Langevin chains", sourceOwn, func(c *Config) {
		smallImages(c, "cifar10")
		langevinFromNoise(c)
	}},
}

// Presets lists all presets.
func Presets() []Preset { return append([]Preset(nil), presets...) }

// Known tells whether there is a preset of a name.
func Known(preset string) bool {
	return slices.ContainsFunc(presets, func(p Preset) bool { return p.Name == preset })
}

// NewConfig returns a preset's configuration.
func NewConfig(preset string) (Config, error) {
	names := make([]string, len(presets))
	for i, p := range presets {
		if names[i] = p.Name; p.Name == preset {
			c := defaults()
			c.Preset = p.Name
			p.set(&c)
			return c, nil
		}
	}
	return Config{}, fmt.Errorf("train: unknown preset %q; the nearest is %s (all: %v)", preset, nearest(preset, names), names)
}

// defaults holds the value of every key that neither preset nor file sets: short-run AniLA on CIFAR-10.
func defaults() Config {
	var c Config
	c.Train.Seed = 123
	c.Network = nn.Spec{Net: "vanilla", N: 32, Leak: 0.05}
	c.Data, c.Train.DataNoise = Data{Name: "cifar10", Size: 32}, 0.03
	c.Train.Sampler = langevin.Config{Kernel: "anila", Steps: 50, Drift: 1, Noise: 0.01, B: math.Inf(1), Scope: "coord", NoiseForm: "sqrt", DriftForm: "scaled", Leapfrog: 5}
	c.Train.Start = langevin.StartConfig{Kind: "noise-uniform", Noise: "uniform", Scale: 1, Restart: 0.05}
	c.Iterations, c.Train.Batch, c.Train.Shards = 100_000, 100, 1
	c.Train.Optimizer, c.Train.Rate = nn.OptimizerConfig{Name: "adam", Beta1: 0.9, Beta2: 0.999}, nn.Schedule{Rate: 1e-4, Decay: 1}
	c.Guard = Guard{"rollback", train.Guard{Gap: 1e8, State: 1e4, Gradient: 1e-9}, 5, 0.5}
	c.Eval = Eval{Samples: 2000, Features: "resnet56"}
	c.Checkpoint = Checkpoint{Every: 1000, Minutes: 5, Keep: 3}
	c.Log = Log{Every: 10, Pictures: "checkpoint"}
	return c
}

// toy sets up a two-dimensional problem with Gaussian starts.
func toy(c *Config, data string, scale float64) {
	c.Network = nn.Spec{Net: "toy", N: 32, Leak: 0.05}
	c.Data, c.Train.DataNoise = Data{Name: data}, 0
	c.Train.Start.Kind, c.Train.Start.Noise, c.Train.Start.Scale = "noise-gaussian", "gaussian", scale
	c.Iterations = 10_000
	c.Log.Every, c.Checkpoint.Every = 100, 10_000
}

// images sets up an image problem with uniform starts.
func images(c *Config, data, net string, n int, leak float64) {
	c.Network = nn.Spec{Net: net, N: n, Leak: leak}
	c.Data = Data{Name: data, Size: 32}
	c.Train.Start.Kind, c.Train.Start.Scale = "noise-uniform", 1
}

// published is AniLA's sampler as its code computes it: drift 1, noise ε, both multiplied by a = b/max(b, |g|).
func published(c *Config, noise, b float64, scope string, steps int) {
	c.Train.Sampler.Kernel, c.Train.Sampler.Steps = "anila", steps
	c.Train.Sampler.Drift, c.Train.Sampler.Noise, c.Train.Sampler.B = 1, noise, b
	c.Train.Sampler.Scope, c.Train.Sampler.NoiseForm = scope, "linear"
}

// anatomy is ebm-anatomy's plain Langevin sampler.
func anatomy(c *Config, noise float64, steps, iterations int) {
	c.Train.Sampler.Kernel, c.Train.Sampler.Steps = "langevin", steps
	c.Train.Sampler.Drift, c.Train.Sampler.Noise = 1, noise
	c.Iterations = iterations
}

// smallToy trains persistent chains whose temperature keeps the network's slopes moderate: f = T·log p has slopes of T/sd,
// about 0.13 here, which Adam reaches in a few hundred updates and a decaying rate then sharpens. The noise step 0.1 stays
// below the sd 0.15 of the targets, so that the unadjusted chain is nearly unbiased. What is hardest to get right is how much
// mass each mode has, because chains rarely cross between modes: a large batch and few steps an update do better there than
// the reverse. Chains start spread evenly over the square. Where a < 1 the unadjusted chain samples p/a rather than p, so b
// is large enough to bind only in the tails (0.1 % of the coordinates): with b = 0.2 (14 %) the rings end at KL 0.04 and
// ring 1 gets up to a third of the mass.
func smallToy(c *Config) {
	c.Train.Sampler.Temperature = 0.02
	c.Train.Sampler.Kernel, c.Train.Sampler.Steps = "anila", 15
	c.Train.Sampler.Drift, c.Train.Sampler.Noise, c.Train.Sampler.Step = 0, 0, 0.01
	c.Train.Sampler.B, c.Train.Sampler.Scope, c.Train.Sampler.Correct = 0.2, "coord", true
	c.Train.Start.Kind, c.Train.Start.Bank, c.Train.Start.Noise = "persistent", 10_000, "uniform"
	c.Iterations, c.Train.Batch = 8000, 512
	c.Train.Rate.Rate, c.Train.Rate.Min, c.Train.Rate.Decay = 3e-3, 1e-5, 0.9993
	c.Train.EMA = 0.999
	c.Checkpoint.Every = 2000
}

// anilaFromNoise and langevinFromNoise train short-run chains that get from noise to where the data lie, in thirty steps of drift
// 2. A bound on the drift takes the reach that this needs: b = 0.2 leaves it, and never binds; b = 0.07, which binds in a hundredth
// of the pixels, costs half of what a trained network can do. So b is on the noise alone (the later form of AniLA's code), at about
// the mean |∇f| of a pixel: it binds in a third of them.
func anilaFromNoise(c *Config) {
	langevinFromNoise(c)
	s := &c.Train.Sampler
	s.Kernel, s.B, s.Scope, s.DriftForm = "anila", 0.02, "pixel", "full"
}

func langevinFromNoise(c *Config) {
	s := &c.Train.Sampler
	s.Kernel, s.Steps, s.Drift, s.Noise = "langevin", 30, 2, 0.01
}

// blackAndWhite keeps chains within the data's range, where most pixels of digits lie at its ends. Without it, chains are pushed
// down to −4 within a hundred iterations.
func blackAndWhite(c *Config) { c.Train.Sampler.Clamp = 1 }

// smallImages has a narrow network. There is no moving average: what one gives here was not measured.
func smallImages(c *Config, data string) {
	images(c, data, "vanilla", 16, 0.05)
	c.Iterations = 10_000
	c.Checkpoint.Every = 100
}

// pyramid trains coarse to fine with plain Langevin chains from noise: drift 4, noise 0.005, forty steps, states clamped a
// little beyond the data. Without a limit on a step chains reach pictures from noise in that many steps. A Gaussian reference takes
// drift·T/σ² = 0.2 off a state in each step: the noise that a chain starts from goes by itself, and f need not be steep to take it
// away (docs/experiments.md has what that brings). The published recipe has drift 2, thirty steps and no reference.
func pyramid(c *Config, data string, flip bool) {
	inReference(c, data, flip, 40)
	c.Network = nn.Spec{Net: "pyramid", N: 16, Leak: 0.05, SpectralNorm: true}
	c.Train.Levels = train.Levels{Pictures: []int{250_000, 250_000, 250_000}, Rate: []float64{1e-3, 1e-3, 1e-3}, Fade: 0.5}
	c.Train.Rate.Rate, c.Train.EMA = 1e-3, 0.99
}

// inReference is what pyramid and replay share: plain Langevin chains in a Gaussian reference, and how their f is trained.
func inReference(c *Config, data string, flip bool, steps int) {
	c.Data, c.Train.DataNoise = Data{Name: data, Size: 32, Flip: flip}, 0
	c.Train.Start.Kind, c.Train.Start.Scale = "noise-uniform", 1
	s := &c.Train.Sampler
	s.Kernel, s.Steps, s.Drift, s.Noise, s.Clamp = "langevin", steps, 4, 0.005, 1.1
	c.Train.ReferenceSD = 0.0079
	c.Train.Batch, c.Train.Optimizer.Beta1 = 64, 0
	c.Checkpoint.Every = 500
}

// replay trains chains that go on, ten steps an iteration, in a Gaussian reference which takes drift·T/σ² = 0.2 off a state in each
// step, as in pyramid. Chains that need not come from noise within an iteration cost a third of it and swing less, so that the rate
// can be ten times that of langevinFromNoise. The network is vanilla with swish: with its leaky ReLU chains from noise stay caught
// (docs/experiments.md). A state is eighty iterations old in the mean, 800 steps: what chains from noise take to pictures.
func replay(c *Config, data string, flip bool) {
	inReference(c, data, flip, 10)
	c.Network = nn.Spec{Net: "layers", N: 32, Leak: 0.05, Layers: halving(32, 32, 32)}
	c.Train.Start.Kind, c.Train.Start.Bank, c.Train.Start.Restart = "replay", 2000, 0.0125
	c.Iterations = 15_000
	c.Train.Rate.Rate, c.Train.Rate.Decay, c.Train.EMA = 1e-3, 0.9998, 0.998
}
