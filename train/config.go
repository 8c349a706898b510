package train

import (
	"cmp"
	"fmt"

	"anila/internal/field"
	"anila/langevin"
	"anila/nn"
)

// Config is what Algorithm 1 needs beside a network and a source of data. The zero value of a field means what its comment
// says; New refuses what cannot be.
type Config struct {
	Seed        uint64               // of chains and batches; the network's own parameters are as they come
	Sampler     langevin.Config      // kernel, its temperature T, and K, the steps of each chain in an iteration
	Start       langevin.StartConfig // Count 0: Batch; Bank 0: as many as the source has items, 10,000 where it has no end, at most 600 MiB
	ReferenceSD float64              // σ of a Gaussian reference N(0, σ²I) that multiplies the density; 0: none

	Levels Levels // coarse to fine; none by default

	// Shards are the equal parts that the data, the chains and their bank are cut into; 0 means 1. Each draws from its own part
	// of the bank, and its gradient is summed alone, before all are added in their order: the result depends on their number,
	// never on how many ranks compute them.
	Shards int

	Batch     int     // data items of an iteration
	DataNoise float64 // sd of the Gaussian noise on each of their values; with Levels on the averaged ones
	Alpha     float64 // weight of the energy penalty α·mean(f(z)² + f(x)²)/T²
	Clip      float64 // largest L2 norm of the parameter gradient; 0: no limit

	Optimizer nn.OptimizerConfig
	Rate      nn.Schedule // learning rate; where steps grow with the gradient (SGD, momentum) it is multiplied by T
	EMA       float64     // decay of the moving average of the parameters, warmed up (nn.EMA), in each level anew; 0: none
}

// endlessBank is the number of persistent states where the data have no end, as in ebm-anatomy.
const endlessBank = 10_000

// LargestBank is the most floats of a bank of which the size is not given: more than CIFAR-10 has, and less than a small machine.
const LargestBank = 600 << 18

// mostShards is more than anybody has machines.
const mostShards = 4096

// shards is the number of shards.
func (c Config) shards() int { return max(1, c.Shards) }

// Validate returns nil, or langevin.FieldErrors of all fields, Levels apart, which a network must be known for.
func (c Config) Validate() error {
	var errs langevin.FieldErrors
	if possible := c.Batch >= 1 && c.Batch <= 1<<31; possible {
		c.Start.Count = cmp.Or(c.Start.Count, c.Batch)
	}
	errs.Check(c.Shards >= 0 && c.Shards <= mostShards, "Shards", c.Shards, fmt.Sprintf("an integer from 1 to %d", mostShards))
	if of := c.shards(); c.Shards >= 0 {
		for _, part := range []struct {
			name string
			n    int
		}{{"Batch", c.Batch}, {"Start.Count", c.Start.Count}, {"Start.Bank", c.Start.Rows()}} {
			errs.Check(part.n%of == 0, "Shards", c.Shards, fmt.Sprintf("a divisor of %s = %d", part.name, part.n))
		}
		for _, batch := range c.Levels.Batch {
			errs.Check(batch%of == 0, "Shards", c.Shards, fmt.Sprintf("a divisor of each Levels.Batch, of %d", batch))
		}
	}
	errs.Part("Sampler", c.Sampler.Validate())
	errs.Check(c.Sampler.Steps >= 1, "Sampler.Steps", c.Sampler.Steps, "an integer ≥ 1")
	errs.Part("Start", c.Start.Validate())
	errs.Check(c.Start.Kind != "data" || c.Start.Count <= c.Batch, "Start.Count", c.Start.Count,
		fmt.Sprintf("at most Batch = %d (chains start from data)", c.Batch))
	errs.Check(field.AtLeast0(c.ReferenceSD), "ReferenceSD", c.ReferenceSD, "a number > 0, or 0 for no reference")
	errs.Check(c.Batch >= 1 && c.Batch <= 1<<31, "Batch", c.Batch, "an integer from 1 to 2³¹ (items have numbers of 32 bits)")
	errs.Check(field.AtLeast0(c.DataNoise), "DataNoise", c.DataNoise, "a number ≥ 0")
	errs.Check(field.AtLeast0(c.Alpha), "Alpha", c.Alpha, "a number ≥ 0")
	errs.Check(field.AtLeast0(c.Clip), "Clip", c.Clip, "a number > 0, or 0 for no limit")
	errs.Part("Optimizer", c.Optimizer.Validate())
	errs.Part("Rate", c.Rate.Validate())
	errs.Check(c.EMA >= 0 && c.EMA < 1, "EMA", c.EMA, "a number in [0, 1)")
	return errs.Err()
}

// resolved fills in what follows from other fields and from the number and the size of the source's items.
func (c Config) resolved(items, dim int) (Config, error) {
	if err := c.Validate(); err != nil {
		return c, err
	}
	c.Sampler, _ = c.Sampler.Resolve()
	c.Start.Count = cmp.Or(c.Start.Count, c.Batch)
	if c.Start.Bank == 0 {
		c.Start.Bank = endlessBank
		if items > 0 {
			c.Start.Bank = max(min(items, LargestBank/dim), c.Start.Count)
		}
		c.Start.Bank -= c.Start.Bank % c.shards()
	}
	return c, nil
}

// LogDensity is f of a network with the Gaussian reference where the configuration has one: the density is exp(f/T).
func (c Config) LogDensity(network *nn.Network) langevin.LogDensity {
	d := langevin.FromNetwork(network)
	if c.ReferenceSD > 0 {
		d = langevin.WithReference(d, c.Sampler.Temperature, c.ReferenceSD)
	}
	return d
}
