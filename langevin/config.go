package langevin

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"anila/asm/chain"
)

// Kernels lists the kernels that Config.Kernel may name.
func Kernels() []string {
	return []string{"langevin", "anila", "gd", "mala", "anila-mala", "amala", "hmc", "rwm"}
}

// Scopes lists the norms that Config.Scope may name.
func Scopes() []string { return []string{"coord", "pixel", "sample"} }

// NoiseForms lists what Config.NoiseForm may be.
func NoiseForms() []string { return []string{"sqrt", "linear"} }

// Config describes a sampler. Its zero values mean "not given"; Resolve says
// what follows from what is given.
type Config struct {
	Kernel string // one of Kernels
	Steps  int    // steps of one Run

	// Either Step, or Drift and Noise. Step s is short for Drift = s/(2T) and
	// Noise = √s; for hmc it is the leapfrog step and for rwm the variance of
	// a proposal, and the only way to give them.
	Drift, Noise, Step float64

	// B bounds the gradient in a = min(1, B/|g|): above 0, +Inf for none. For
	// amala it bounds |∇f/T|. 0 means +Inf.
	B float64
	// Temperature T of the density exp(f/T). 0 means Noise²/(2·Drift), or 1
	// where Step is given; gd must be given one.
	Temperature float64
	Scope       string // what |g| is, one of Scopes; "" is coord
	NoiseForm   string // noise·√a or noise·a, one of NoiseForms; "" is sqrt

	Leapfrog int // leapfrog steps of one hmc step

	// Adapt is the number of warm-up steps over which Pool.Warmup tunes the
	// step size of a Metropolis kernel; TargetAcceptance is the mean
	// acceptance that it aims at (0: 0.574, for hmc 0.8, for rwm 0.234).
	Adapt            int
	TargetAcceptance float64

	Block int // chains that a worker takes at once; 0 lets the pool choose
}

// Resolve returns the configuration with every default filled in, or an error
// that names the key and what would be right.
func (c Config) Resolve() (Config, error) {
	if !slices.Contains(Kernels(), c.Kernel) {
		return c, fmt.Errorf("sampler.kernel %q: one of %s", c.Kernel, strings.Join(Kernels(), ", "))
	}
	if c.Scope == "" {
		c.Scope = "coord"
	}
	if c.NoiseForm == "" {
		c.NoiseForm = "sqrt"
	}
	if c.B == 0 {
		c.B = math.Inf(1)
	}
	switch {
	case !slices.Contains(Scopes(), c.Scope):
		return c, fmt.Errorf("sampler.scope %q: one of %s", c.Scope, strings.Join(Scopes(), ", "))
	case !slices.Contains(NoiseForms(), c.NoiseForm):
		return c, fmt.Errorf("sampler.noise_form %q: one of %s", c.NoiseForm, strings.Join(NoiseForms(), ", "))
	case !(c.B > 0):
		return c, fmt.Errorf("sampler.b %v: above 0, or inf for plain Langevin", c.B)
	case c.Steps < 0:
		return c, fmt.Errorf("sampler.steps %d: at least 0", c.Steps)
	case c.Adapt < 0:
		return c, fmt.Errorf("sampler.adapt %d: at least 0", c.Adapt)
	case c.Adapt > 0 && !c.Metropolis():
		return c, fmt.Errorf("sampler.adapt: kernel %s has no accept step to adapt by", c.Kernel)
	case c.Block < 0:
		return c, fmt.Errorf("block of %d chains", c.Block)
	case !(c.TargetAcceptance >= 0 && c.TargetAcceptance < 1):
		return c, fmt.Errorf("target acceptance %v: between 0 and 1", c.TargetAcceptance)
	}
	if c.TargetAcceptance == 0 {
		c.TargetAcceptance = map[string]float64{"hmc": 0.8, "rwm": 0.234}[c.Kernel]
		if c.TargetAcceptance == 0 {
			c.TargetAcceptance = 0.574
		}
	}
	for _, key := range []struct {
		name  string
		value float64
	}{{"drift", c.Drift}, {"noise", c.Noise}, {"step", c.Step}, {"temperature", c.Temperature}} {
		if !(key.value >= 0) || math.IsInf(key.value, 1) {
			return c, fmt.Errorf("%s %v: finite and not negative", key.name, key.value)
		}
	}
	return c.resolveStep()
}

// resolveStep fills in drift, noise and temperature.
func (c Config) resolveStep() (Config, error) {
	if c.Kernel == "hmc" || c.Kernel == "rwm" {
		if c.Step == 0 {
			return c, fmt.Errorf("sampler.step: kernel %s needs one", c.Kernel)
		}
		if c.Drift != 0 || c.Noise != 0 {
			return c, fmt.Errorf("sampler.drift, sampler.noise: kernel %s takes sampler.step alone", c.Kernel)
		}
		if c.Leapfrog == 0 {
			c.Leapfrog = 10
		}
		if c.Leapfrog < 0 {
			return c, fmt.Errorf("sampler.leapfrog %d: at least 1", c.Leapfrog)
		}
		if c.Temperature == 0 {
			c.Temperature = 1
		}
		return c, nil
	}
	if c.Step != 0 {
		if c.Drift != 0 || c.Noise != 0 {
			return c, errors.New("sampler.step is short for sampler.drift and sampler.noise: give one or the others")
		}
		if c.Temperature == 0 {
			if c.Kernel == "gd" {
				return c, errors.New("model.temperature: kernel gd has no noise to take it from")
			}
			c.Temperature = 1
		}
		c.Drift, c.Noise, c.Step = c.Step/(2*c.Temperature), math.Sqrt(c.Step), 0
	}
	if c.Drift == 0 {
		return c, errors.New("sampler.drift: above 0 (or give sampler.step)")
	}
	if c.Kernel == "gd" {
		c.Noise = 0
	} else if c.Noise == 0 {
		return c, fmt.Errorf("sampler.noise: above 0 for kernel %s (gd is the one without noise)", c.Kernel)
	}
	if c.Temperature == 0 {
		if c.Kernel == "gd" {
			return c, errors.New("model.temperature: kernel gd has no noise to take it from")
		}
		c.Temperature = c.Noise * c.Noise / (2 * c.Drift)
	}
	return c, nil
}

// Metropolis tells whether the kernel has an accept step.
func (c Config) Metropolis() bool {
	switch c.Kernel {
	case "langevin", "anila", "gd":
		return false
	}
	return true
}

// Anisotropic tells whether the kernel's step depends on B.
func (c Config) Anisotropic() bool {
	switch c.Kernel {
	case "anila", "anila-mala", "gd", "amala":
		return true
	}
	return false
}

// Scaled is a resolved configuration with its step size (in time: drift and
// noise², hmc's step², rwm's variance) multiplied by factor.
func (c Config) Scaled(factor float64) Config {
	c.Drift *= factor
	c.Noise *= math.Sqrt(factor)
	if c.Kernel == "hmc" {
		factor = math.Sqrt(factor)
	}
	c.Step *= factor
	return c
}

// update is the fused update of a resolved configuration, on states of the
// given number of channels.
func (c Config) update(channels int) chain.Update {
	u := chain.Update{Drift: float32(c.Drift), Noise: float32(c.Noise), B: float32(math.Inf(1)), Channels: channels}
	if c.Kernel == "anila" || c.Kernel == "anila-mala" || c.Kernel == "gd" {
		u.B = float32(c.B)
		u.Linear = c.NoiseForm == "linear"
	}
	if !math.IsInf(float64(u.B), 1) {
		u.Scope = map[string]chain.Scope{"coord": chain.Coord, "pixel": chain.Pixel, "sample": chain.Sample}[c.Scope]
	}
	return u
}

// New returns the kernel of a configuration for states of d.
func New(c Config, d LogDensity) (Kernel, error) {
	c, err := c.Resolve()
	if err != nil {
		return nil, fmt.Errorf("langevin: %w", err)
	}
	_, _, channels := d.Shape()
	switch c.Kernel {
	case "langevin", "anila", "gd":
		return unadjusted{c.update(channels)}, nil
	case "mala", "anila-mala":
		return metropolis{langevinProposal{c.update(channels)}, c.Temperature}, nil
	case "amala":
		return metropolis{newRankOne(c), c.Temperature}, nil
	case "rwm":
		return metropolis{randomWalk{float32(math.Sqrt(c.Step))}, c.Temperature}, nil
	}
	return hmc{c.Step, c.Leapfrog, c.Temperature}, nil
}
