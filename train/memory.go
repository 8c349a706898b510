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
	Snapshot int64 // the tensors of all ranks' snapshots, the bank's included: what a checkpoint takes on the disk
	Copies   int64 // of the snapshot, what is copied while it is written
}

// Memory tells what New takes, and then a snapshot, for a network and a source of so many items (0: without end), before any
// of it is taken, on each of so many ranks. Of levels it is what the finest takes.
func (c Config) Memory(network *nn.Memory, items int, workers *tensor.Workers, ranks int) (m Memory, err error) {
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
	chains := c.Start.Count / ranks
	m.Chains = 4*dim*int64(chains+c.Batch/ranks) + langevin.PoolMemory(c.Sampler, network, chains, workers)
	if ranks > 1 { // gradients of the shards, what others send of theirs, their sum; and the whole batch
		m.Network += (2*int64(c.shards()/ranks) + 1) * network.Parameters()
		m.Chains += 4 * dim * int64(c.Batch)
	}
	m.Bank = 4 * dim * int64(c.Start.Rows()/ranks)
	m.Copies = kept*network.Parameters() + 4*dim*int64(chains)
	m.Snapshot = kept*network.Parameters() + int64(ranks)*(4*dim*int64(chains)+m.Bank)
	return m, nil
}
