package train

import (
	"fmt"

	"anila/langevin"
	"anila/nn"
)

// Config is what Algorithm 1 needs beside a network and a source of data. The zero value of a field means what its comment
// says; New refuses what cannot be.
type Config struct {
	Seed        uint64               // of chains and batches; the network's own parameters are as they come
	Sampler     langevin.Config      // kernel, its temperature T, and K, the steps of each chain in an iteration
	Start       langevin.StartConfig // Count 0: Batch; Bank 0: as many as the source has items, 10,000 where it has no end
	ReferenceSD float64              // σ of a Gaussian reference N(0, σ²I) that multiplies the density; 0: none

	Levels Levels // coarse to fine; none by default

	Batch int     // data items of an iteration
	Alpha float64 // weight of the energy penalty α·mean(f(z)² + f(x)²)/T²
	Clip  float64 // largest L2 norm of the parameter gradient; 0: no limit

	Optimizer nn.OptimizerConfig
	Rate      nn.Schedule // learning rate; where steps grow with the gradient (SGD, momentum) it is multiplied by T
	EMA       float64     // decay of the moving average of the parameters; 0: none
}

// endlessBank is the number of persistent states where the data have no end, as in ebm-anatomy.
const endlessBank = 10_000

// resolved fills in what follows from other fields and from the number of the source's items.
func (c Config) resolved(items int) (Config, error) {
	var err error
	if c.Sampler, err = c.Sampler.Resolve(); err != nil {
		return c, err
	}
	if c.Start.Count == 0 {
		c.Start.Count = c.Batch
	}
	if c.Start.Bank == 0 {
		c.Start.Bank = endlessBank
		if items > 0 {
			c.Start.Bank = max(items, c.Start.Count)
		}
	}
	switch {
	case c.Batch < 1:
		return c, fmt.Errorf("batch of %d items", c.Batch)
	case c.Start.Kind == "data" && c.Start.Count > c.Batch:
		return c, fmt.Errorf("%d chains start from a batch of %d data items", c.Start.Count, c.Batch)
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
