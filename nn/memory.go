package nn

import "anila/tensor"

// Memory tells what a network takes before any of it is taken. All sizes are in
// bytes.
type Memory struct {
	program *program
	dim     int
	params  int
}

// Memory is what the network that s names would take.
func (s Spec) Memory() (*Memory, error) {
	s, g, f, err := s.graph()
	if err != nil {
		return nil, err
	}
	p := compile(g, f)
	return &Memory{p, g.Input().Len(), count(p.params(g))}, nil
}

// Memory is what the network takes.
func (n *Network) Memory() *Memory { return &Memory{n.program, n.Dim(), n.ParamCount()} }

func count(params []*Param) int {
	total := 0
	for _, p := range params {
		total += p.Len()
	}
	return total
}

// Dim is the number of floats of an image.
func (m *Memory) Dim() int { return m.dim }

// TeamBlock is Network's.
func (m *Memory) TeamBlock() int { return m.program.teamBlock() }

// Parameters is the memory of one copy of the parameters: their values, their
// gradient, a moment of an optimizer, an average.
func (m *Memory) Parameters() int64 { return 4 * int64(m.params) }

// Packed is the memory of the parameters in the form that kernels read.
func (m *Memory) Packed() int64 {
	floats := 0
	for _, s := range m.program.steps {
		if c, ok := s.op.(*conv); ok {
			floats += c.plan.WeightsSize()
			if c.pooled != nil {
				floats += 2 * c.plan.WeightSize()
			}
			if c.normalised {
				out, rest := c.weight.Shape[0], c.weight.Len()/c.weight.Shape[0]
				floats += 2*c.weight.Len() + lanczosSize(min(out, rest), max(out, rest)) // Ŵ, its gradient
			}
		}
	}
	return 4 * int64(floats)
}

// Evaluator is the memory of an evaluator for up to batch images; with a team, without
// that of the workers who help its leader.
func (m *Memory) Evaluator(batch int, team *tensor.Workers) int64 {
	batch = min(batch, m.program.blockSize())
	pl := newPlan(m.program, batch, true, false, team)
	return pl.bytes(batch) + pl.workerBytes(true)
}

// Helper is the memory that each worker of a set holds for all evaluators of its teams.
func (m *Memory) Helper(batch int, team *tensor.Workers) int64 {
	return newPlan(m.program, min(batch, m.program.blockSize()), true, false, team).workerBytes(false)
}

// Gradient is the memory of a Gradient over workers.
func (m *Memory) Gradient(workers *tensor.Workers, chunk int) int64 {
	pl, machines, capacity := m.program.gradientPlan(workers, chunk)
	convs := m.program.keptConvs()
	layers, teams := layerTeams(convs, workers)
	floats, most, count := pl.kept*chunk, int(pl.workerBytes(false)/4), workers.Count()
	for i, team := range teams {
		scratch, memory := layerMemory(convs, layers[i], team)
		floats, most = floats+scratch, max(most, memory)
	}
	if len(teams) > 1 {
		floats += len(teams) * most // of the leaders
	}
	floats += count * most
	own := int64(count) * pl.workerBytes(true)
	switch {
	case pl.team != nil && len(machines) > 1:
		own = int64(len(machines)) * pl.workerBytes(true) // of the leaders
	case pl.team != nil:
		own = max(0, pl.workerBytes(true)-4*int64(most))
	}
	return int64(len(machines))*pl.bytes(capacity) + own + 4*int64(floats)
}

// bytes is the memory of a machine of the plan, without its workers.
func (pl *plan) bytes(capacity int) int64 {
	return 4*int64(pl.arena) + int64(pl.signBytes)*int64(capacity)
}

// workerBytes is the memory of a worker, of the first one with the scratch of what a
// team shares.
func (pl *plan) workerBytes(first bool) int64 {
	scratch := pl.scratch
	if first {
		scratch = max(scratch, pl.sharedScratch)
	}
	return 4 * int64(pl.owned+scratch+pl.sum)
}
