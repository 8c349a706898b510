package diag

import (
	"fmt"

	"anila/langevin"
	"anila/langevin/target"
	"anila/tensor"
)

// settings are sampler settings that mix well on one target: a step for each
// kernel, and bounds for the anisotropic ones (on ∇f) and for amala (on ∇f/T).
type settings struct {
	steps        map[string]float64
	bound, amala float64
	half         float64 // starts are uniform on [−half, half]
}

// The steps give acceptances between 0.2 and 0.9. On rings those of anila-mala,
// rwm and hmc are long enough to jump from ring to ring.
var tuned = map[string]settings{
	"gaussian":     {map[string]float64{"mala": 0.034, "anila-mala": 0.07, "amala": 0.03, "hmc": 0.15, "rwm": 0.2}, 3, 1, 3},
	"gaussian-20":  {map[string]float64{"mala": 0.023, "anila-mala": 0.015, "amala": 0.01, "hmc": 0.11, "rwm": 0.014}, 6, 1, 3},
	"gaussian-200": {map[string]float64{"mala": 0.011, "anila-mala": 0.001, "amala": 0.001, "hmc": 0.089, "rwm": 0.0014}, 6, 1, 3},
	"gmm":          {map[string]float64{"mala": 0.054, "anila-mala": 0.3, "amala": 0.04, "hmc": 0.168, "rwm": 0.5}, 1, 1, 2},
	"rings":        {map[string]float64{"mala": 0.1, "anila-mala": 1, "amala": 0.2, "hmc": 0.3, "rwm": 2}, 1, 1, 5},
	"banana":       {map[string]float64{"mala": 0.22, "anila-mala": 0.3, "amala": 0.2, "hmc": 0.26, "rwm": 1.5}, 3, 1, 2},
	"funnel":       {map[string]float64{"mala": 0.3, "anila-mala": 0.3, "amala": 0.2, "hmc": 0.25, "rwm": 0.3}, 3, 1, 2},
	"logistic":     {map[string]float64{"mala": 0.8, "anila-mala": 0.8, "amala": 0.5, "hmc": 0.7, "rwm": 2}, 3, 1, 5},
}

// TargetConfig is what diagnose runs on a known target unless told otherwise:
// 32 chains of 200,000 steps, of which a tenth is discarded.
func TargetConfig(t target.Target, kernel string) (Config, error) {
	s, ok := tuned[t.Name()]
	if !ok {
		return Config{}, fmt.Errorf("diag: no settings for target %q", t.Name())
	}
	c := Config{
		Sampler: langevin.Config{Kernel: kernel, Step: s.steps[kernel], Temperature: 1, B: s.bound, Leapfrog: 10},
		Chains:  32, Steps: 200_000, Discard: 20_000,
	}
	switch kernel {
	case "amala":
		c.Sampler.B = s.amala
	case "langevin", "anila", "gd":
		// A third of the corrected kernel's step keeps the bias small.
		c.Sampler.Step = s.steps["mala"] / 3
	}
	if _, err := c.Sampler.Resolve(); err != nil {
		return Config{}, fmt.Errorf("diag: %w", err)
	}
	return c, nil
}

// TargetQuantities are Quantities, and for rings the occupancies.
func TargetQuantities(t target.Target) []Quantity {
	all := Quantities(t.Dim())
	if r, ok := t.(*target.Rings); ok {
		all = append(all, Rings(r.Radii())...)
	}
	return all
}

// TargetStarts fills z [chains, dim] with the starts on a target: uniform on a
// box that reaches well beyond its mass, [−5, 5]² on rings. (mala stands still
// far out in the banana's quartic tails, so its box is smaller.)
func TargetStarts(z []float32, t target.Target, seed uint64) {
	dim, half := t.Dim(), float32(tuned[t.Name()].half)
	for c := 0; c*dim < len(z); c++ {
		row := z[c*dim : (c+1)*dim]
		tensor.Key{Seed: seed, Purpose: tensor.PurposeStart, Chain: uint32(c)}.Uniforms(row)
		for i, u := range row {
			row[i] = half * (float32(2*u) - 1)
		}
	}
}
