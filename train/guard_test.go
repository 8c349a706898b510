package train

import (
	"math"
	"strings"
	"testing"

	"anila/langevin"
)

// TestGuardChecks: each limit answers to its own number, and to nothing else.
func TestGuardChecks(t *testing.T) {
	g := Guard{Gap: 100, State: 10, Gradient: 1e-3}
	fine := Metrics{Gap: -99, FData: 1, FChains: 2, Loss: 99, GradientNorm: 0.01, ParameterGradientNorm: 1e6, LargestState: 9, Acceptance: math.NaN()}
	if why := g.Check(fine); why != "" {
		t.Errorf("fine: %s", why)
	}
	for want, change := range map[string]func(m *Metrics){
		"2 of 9 chains start where":      func(m *Metrics) { m.BadStart = &langevin.StartError{Count: 2, Chains: 9, F: math.Inf(-1)} },
		"f of the data is NaN":           func(m *Metrics) { m.FData = math.NaN() },
		"f of the chains is +Inf":        func(m *Metrics) { m.FChains = math.Inf(1) },
		"parameter gradient is NaN":      func(m *Metrics) { m.ParameterGradientNorm = math.NaN() },
		"state is NaN":                   func(m *Metrics) { m.LargestState = math.NaN() },
		"energy gap -101 is beyond":      func(m *Metrics) { m.Gap = -101 },
		"|x| = 11, beyond guard.state":   func(m *Metrics) { m.LargestState = 11 },
		"gradient norm 0.0001 collapsed": func(m *Metrics) { m.GradientNorm = 1e-4 },
	} {
		m := fine
		change(&m)
		if why := g.Check(m); !strings.Contains(why, want) {
			t.Errorf("%q does not say %q", why, want)
		}
	}
	if why := (Guard{}).Check(Metrics{Gap: 1e30, LargestState: 1e30}); why != "" {
		t.Errorf("no limits: %s", why)
	}
}
