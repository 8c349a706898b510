package langevin

import (
	"anila/nn"
	"anila/tensor"
)

// PoolMemory is the memory in bytes that NewPool takes for so many chains on a
// network, the configuration resolved.
func PoolMemory(c Config, m *nn.Memory, chains int, workers *tensor.Workers) int64 {
	floats := 3 // start, position, gradient
	if c.Metropolis() {
		floats += 2 // those of the proposal
	}
	if c.Kernel == "hmc" {
		floats++
	}
	if c.Correct {
		floats += 2
	}
	total := 4 * int64(floats) * int64(chains) * int64(m.Dim())
	teams := 0
	if c.Block == 0 {
		teams = teamsFor(m.TeamBlock(), chains, workers.Count())
	}
	if teams > 0 {
		most, team := (chains+teams-1)/teams, workers.Teams(teams)[0]
		return total + int64(teams)*m.Evaluator(most, team) + int64(workers.Count())*m.Helper(most, team)
	}
	size := c.Block
	if size == 0 {
		size = blockSize(chains, workers.Count(), m.Dim())
	}
	return total + int64(min(workers.Count(), (chains+size-1)/size))*m.Evaluator(min(size, chains), nil)
}
