package train

import (
	"fmt"

	"anila/langevin"
	"anila/nn"
	"anila/tensor"
)

// Memory is what a trainer takes, in bytes.
type Memory struct {
	Network  int64 // parameters, their gradient, packed weights, optimizer, moving average, and what their gradient keeps
	Chains   int64 // and the batch
	Bank     int64
	Snapshot int64 // a snapshot's tensors, the bank's included: what a checkpoint takes on the disk
	Copies   int64 // of the snapshot, what is copied while it is written
}

// Memory tells what New takes, and then a snapshot, for a network and a source of so many items (0: without end), before any
// of it is taken. Of levels it is what the finest takes.
func (c Config) Memory(network *nn.Memory, items int, workers *tensor.Workers) (m Memory, err error) {
	if c, err = c.resolved(items, network.Dim()); err != nil {
		return m, fmt.Errorf("train: %w", err)
	}
	optimizer, err := nn.NewOptimizer(c.Optimizer)
	if err != nil {
		return m, fmt.Errorf("train: %w", err)
	}
	dim := int64(network.Dim())
	kept := int64(1 + optimizer.Moments()) // copies of the parameters that a snapshot has
	if c.EMA > 0 {
		kept++
	}
	m.Network = network.Packed() + (kept+1)*network.Parameters() + network.Gradient(workers, c.gradientChunk(int(dim)))
	if c.shards() > 1 {
		m.Network += network.Parameters()
	}
	m.Chains = 4*dim*int64(c.Start.Count+c.Batch) + langevin.PoolMemory(c.Sampler, network, c.Start.Count, workers)
	m.Bank = 4 * dim * int64(c.Start.Rows())
	m.Copies = kept*network.Parameters() + 4*dim*int64(c.Start.Count)
	m.Snapshot = m.Copies + m.Bank
	return m, nil
}
