package train

import (
	"fmt"
	"math"
)

// Guard says which numbers of an iteration count as divergence; 0 means no limit. A number that is not finite always does.
type Guard struct {
	Gap      float64 // largest |energy gap|
	State    float64 // largest |coordinate| of a chain
	Gradient float64 // smallest mean |∇f| over the chains
}

// Check returns why an iteration counts as diverged, or "". It looks at numbers that the iteration has at hand anyway: a NaN
// or an infinity in f, in a gradient, in a weight or in a chain reaches at least one of them, at the latest one iteration on.
func (g Guard) Check(m Metrics) string {
	if m.BadStart != nil {
		return m.BadStart.Error()
	}
	for _, v := range []struct {
		name  string
		value float64
	}{
		{"f of the data", m.FData}, {"f of the chains", m.FChains}, {"the energy gap", m.Gap}, {"the loss", m.Loss},
		{"the parameter gradient", m.ParameterGradientNorm}, {"a chain's state", m.LargestState},
	} {
		if math.IsNaN(v.value) || math.IsInf(v.value, 0) {
			return fmt.Sprintf("%s is %v", v.name, v.value)
		}
	}
	switch {
	case g.Gap > 0 && math.Abs(m.Gap) > g.Gap:
		return fmt.Sprintf("energy gap %.4g is beyond guard.gap = %g", m.Gap, g.Gap)
	case g.State > 0 && m.LargestState > g.State:
		return fmt.Sprintf("a chain reached |x| = %.4g, beyond guard.state = %g", m.LargestState, g.State)
	case g.Gradient > 0 && m.GradientNorm < g.Gradient:
		return fmt.Sprintf("the chains' gradient norm %.4g collapsed below guard.gradient = %g", m.GradientNorm, g.Gradient)
	}
	return ""
}
