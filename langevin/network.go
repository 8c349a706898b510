package langevin

import "anila/nn"

// FromNetwork is a network's f as a log-density. Parameters may change between
// runs, after which the network must be packed again.
func FromNetwork(n *nn.Network) LogDensity { return network{n} }

type network struct{ *nn.Network }

func (n network) NewEvaluator(batch int) Evaluator { return n.Network.NewEvaluator(batch) }
