package langevin

import (
	"anila/asm/chain"
	"anila/tensor"
)

// TeamDensity is what a LogDensity may also be: one whose parameters are large, a
// network. Where states are few, reading the parameters dominates, and several
// workers that share one evaluator read them once instead of once each.
type TeamDensity interface {
	LogDensity
	// TeamBlock is the number of states below which that is so; 0 means never.
	TeamBlock() int
	// NewTeamEvaluator is NewEvaluator for a team: worker 0 calls the evaluator,
	// which runs its work on all. The bits must be those of NewEvaluator.
	NewTeamEvaluator(batch int, team *tensor.Workers) Evaluator
}

// teamCount is the number of teams that the workers form for so many chains; 0 means
// that every worker carries blocks alone.
func teamCount(d LogDensity, chains, workers int) int {
	t, ok := d.(TeamDensity)
	if !ok {
		return 0
	}
	return teamsFor(t.TeamBlock(), chains, workers)
}

const (
	// teamBlocks is how many times the TeamBlock of a density the chains of a team should
	// be: matrix products of fewer rows take longer, and more teams read the parameters
	// more often.
	teamBlocks = 3
	// leastBlocks is what they may be for there to be two teams, or one for each crowd:
	// while a team has nothing to do for a moment its workers help another one, and the
	// more they are the more of them wait where there is none.
	leastBlocks = 2
	crowd       = 20
)

// teamsFor is teamCount for the TeamBlock of a density.
func teamsFor(block, chains, workers int) int {
	if workers == 1 || chains >= workers*block {
		return 0
	}
	teams := max(chains/(teamBlocks*block), min(chains/(leastBlocks*block), max(2, workers/crowd)))
	return max(1, min(teams, workers))
}

// TeamBlock is that of d.
func (d reference) TeamBlock() int {
	if t, ok := d.LogDensity.(TeamDensity); ok {
		return t.TeamBlock()
	}
	return 0
}

// NewTeamEvaluator is that of d, with the reference added by worker 0.
func (d reference) NewTeamEvaluator(batch int, team *tensor.Workers) Evaluator {
	return d.around(d.LogDensity.(TeamDensity).NewTeamEvaluator(batch, team))
}

// teamParts is the number of parts in which a team shares so many chains.
func teamParts(team *tensor.Workers, chains int) int {
	if team.Count() == 1 {
		return 1
	}
	return min(chains, 4*team.Share())
}

// teamUpdate is one langevin whose chains are shared by a team.
type teamUpdate struct {
	team   *tensor.Workers
	z, g   []float32
	memory chain.Memory
	dim    int
	update chain.Update
	before func(worker, part int) // of the next run, with each part; or nil
	task   func(worker, part int)
}

func newTeamUpdate(team *tensor.Workers) *teamUpdate {
	t := &teamUpdate{team: team}
	t.task = t.part
	return t
}

func (t *teamUpdate) run(z, g []float32, m chain.Memory, dim int, u *chain.Update) {
	t.z, t.g, t.memory, t.dim, t.update = z, g, m, dim, *u
	t.team.Run(teamParts(t.team, len(z)/dim), t.task)
	t.before = nil
}

func (t *teamUpdate) part(worker, part int) {
	if t.before != nil {
		t.before(worker, part)
	}
	chains := len(t.z) / t.dim
	parts := teamParts(t.team, chains)
	from, to := chains*part/parts, chains*(part+1)/parts
	u := t.update
	u.Random.Chain += uint32(from)
	from, to = from*t.dim, to*t.dim
	langevin(t.z[from:to], t.g[from:to], t.memory.Part(from, to), t.dim, &u)
}
