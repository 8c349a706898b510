package run

import (
	"fmt"
	"math"
	"strings"

	"anila/langevin"
	"anila/nn"
	"anila/train"
)

// share is a mean of Metrics.Limited over the iterations of a run. A checkpoint keeps it.
type share struct {
	Sum Float `json:"sum"`
	N   int   `json:"n"`
}

// add takes in an iteration. Of chains that are NaN nothing is limited, and nothing is known.
func (s *share) add(m train.Metrics) {
	s.Sum += Float(m.Limited) + 0*Float(m.GradientNorm)
	s.N++
}

// of is the share for chains of a sampler, NaN where there is none.
func (s share) of(c langevin.Config) float64 {
	if !c.Anisotropic() || s.N == 0 {
		return math.NaN()
	}
	return float64(s.Sum) / float64(s.N)
}

// IdleBound is the share of limited steps below which a bound has next to nothing to do.
const IdleBound = 0.001

// idleBound says when a bound had next to nothing to do.
func idleBound(c langevin.Config, limited float64) string {
	if !(limited < IdleBound) {
		return ""
	}
	how := "no step"
	if limited > 0 {
		how = fmt.Sprintf("%.2g %% of the steps", 100*limited)
	}
	return fmt.Sprintf("sampler.b = %v shortened %s: the chains of %s were those of a kernel without a bound, or nearly", c.B, how, c.Kernel)
}

// outOfReach says when chains that start from noise are bounded so closely that they cannot leave it.
func outOfReach(c train.Config, network *nn.Network) string {
	if !strings.HasPrefix(c.Start.Kind, "noise-") {
		return ""
	}
	_, _, channels := network.Shape()
	group := map[string]int{"coord": 1, "pixel": channels, "sample": network.Dim()}[c.Sampler.Scope]
	reach, start := c.Sampler.Reach(), c.Start.Scale*math.Sqrt(float64(group))
	if !(reach < start) {
		return ""
	}
	return fmt.Sprintf("chains can hardly leave their start: %d steps move a %s by at most %d·drift·b = %.3g, and starts lie %.3g apart from 0; "+
		"a larger sampler.b, more sampler.steps, or chains.start = persistent would help", c.Sampler.Steps,
		c.Sampler.Limits(), c.Sampler.Steps, reach, start)
}
