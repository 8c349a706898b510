package langevin

import (
	"anila/nn"
	"anila/tensor"
)

// Networks are what most chains here run on, and only this file knows of them: it
// spares each program its own adapter.

// FromNetwork is a network's f as a log-density, a TeamDensity. Parameters may
// change between runs, after which the network must be packed again.
func FromNetwork(n *nn.Network) LogDensity { return network{n} }

type network struct{ *nn.Network }

func (n network) NewEvaluator(batch int) Evaluator { return n.Network.NewEvaluator(batch) }

func (n network) NewTeamEvaluator(batch int, team *tensor.Workers) Evaluator {
	return n.Network.NewTeamEvaluator(batch, team)
}
