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
	return newPlan(m.program, batch, true, false, team).bytes(batch)
}

// Helper is the memory that each worker of a set holds for all evaluators of its teams.
func (m *Memory) Helper(batch int, team *tensor.Workers) int64 {
	return newPlan(m.program, min(batch, m.program.blockSize()), true, false, team).workerBytes()
}

// Gradient is the memory of a Gradient over workers.
func (m *Memory) Gradient(workers *tensor.Workers, chunk int) int64 {
	pl, machines, capacity := m.program.gradientPlan(workers, chunk)
	scratch := 0
	for _, s := range m.program.steps {
		if c, ok := s.op.(*conv); ok {
			scratch = max(scratch, c.plan.WeightScratch(workers))
		}
	}
	helpers := int64(pl.team.Count()-1) * pl.workerBytes()
	return int64(machines)*pl.bytes(capacity) + helpers + 4*(int64(pl.kept)*int64(chunk)+int64(scratch))
}

// bytes is the memory of a machine of the plan with one worker.
func (pl *plan) bytes(capacity int) int64 {
	return 4*int64(pl.arena+max(0, pl.sharedScratch-pl.scratch)) + pl.workerBytes() + int64(pl.signBytes)*int64(capacity)
}

// workerBytes is the memory of a worker.
func (pl *plan) workerBytes() int64 { return 4 * int64(pl.owned+pl.scratch+pl.sum) }
