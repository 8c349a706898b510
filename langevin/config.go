package langevin

import (
	"fmt"
	"math"

	"anila/asm/chain"
	"anila/internal/field"
)

// Config describes a sampler. Its zero values mean "not given"; Resolve says
// what follows from what is given. The tags name and explain the fields to
// programs that read configurations.
type Config struct {
	Kernel string `toml:"kernel" doc:"langevin, anila, gd, mala, anila-mala, amala, hmc or rwm"` // one of Kernels
	Steps  int    `toml:"steps" doc:"K, transitions of each chain in an iteration"`              // steps of one Run

	// Either Step, or Drift and Noise. Step s is short for Drift = s/(2T) and
	// Noise = √s; for hmc it is the leapfrog step and for rwm the variance of
	// a proposal, and the only way to give them.
	Drift float64 `toml:"drift" doc:"factor of the gradient in z' = z + drift·a·∇f + noise·√a·ξ"`
	Noise float64 `toml:"noise" doc:"factor of the noise in the same formula; 0 is gradient ascent"`
	Step  float64 `toml:"step" doc:"s, short for drift = s/(2T), noise = √s, and excludes them; leapfrog step of hmc, variance of rwm"`

	// B bounds the gradient in a = min(1, B/|g|): above 0, +Inf for none. For
	// amala it bounds |∇f/T|. 0 means +Inf.
	B float64 `toml:"b" doc:"threshold of a(z) = min(1, b/|∇f|); inf is plain Langevin"`
	// BUnit is what B is measured in: as ∇f, or in Noise/Drift, so that the bound
	// goes away as the step gets smaller (and follows a step that is tuned).
	BUnit string `toml:"b_unit" doc:"unit of b: gradient, or noise/drift, in which the bound goes away with the step"` // one of BUnits; "" is gradient
	// Temperature T of the density exp(f/T). 0 means Noise²/(2·Drift), or 1
	// where Step is given; gd must be given one.
	Temperature float64
	Scope       string `toml:"scope" doc:"what |∇f| runs over: coord, pixel or sample"`                       // one of Scopes; "" is coord
	NoiseForm   string `toml:"noise_form" doc:"sqrt (noise·√a) or linear (noise·a)"`                          // one of NoiseForms; "" is sqrt
	DriftForm   string `toml:"drift_form" doc:"scaled (drift·a·∇f) or full (drift·∇f, a on the noise alone)"` // one of DriftForms; "" is scaled
	// Correct takes the size of the noise at the noise's end point, one step late:
	// z gains Noise·(√a − √a₋)·ξ₋, where ₋ marks the step before. The law then tends
	// to exp(f/T) as the step goes to 0, which without it anila's does not. For anila
	// with scaled drift and sqrt noise, at T = Noise²/(2·Drift). The last noise of a
	// Run is never corrected, which costs its law about 1/Steps of the bias.
	Correct  bool `toml:"correct" doc:"size the noise of anila at its end point, one step late, so that small steps sample exp(f/T)"`
	Leapfrog int  `toml:"leapfrog" doc:"leapfrog steps of hmc"` // of one step of the chain; 0 means 5

	// DriftFall and NoiseFall are the shares by which drift and noise fall from
	// the first of Steps steps to the last, linearly, below 0 to rise; later
	// steps are as the last. Temperature must then be given. For kernels without
	// an accept step.
	DriftFall float64 `toml:"drift_fall" doc:"share by which drift falls along a chain, linearly: 0 keeps it, 1 takes it to nothing, below 0 raises it"`
	NoiseFall float64 `toml:"noise_fall" doc:"share by which noise falls along a chain, in the same way"`

	// Clamp brings every coordinate into ±Clamp after each step; 0 does not. For
	// kernels without an accept step.
	Clamp float64

	// Adapt is the number of warm-up steps over which Pool.Warmup tunes the
	// step size of a Metropolis kernel; TargetAcceptance is the mean
	// acceptance that it aims at (0: 0.574, for hmc 0.8, for rwm 0.234).
	Adapt            int `toml:"adapt" doc:"steps before the first in which Metropolis kernels tune their step size"`
	TargetAcceptance float64

	Block int // chains that a worker takes at once; 0 lets the pool choose
}

// Validate returns nil, or FieldErrors with what is wrong and what would be
// right.
func (c Config) Validate() error {
	_, err := c.Resolve()
	return err
}

// Resolve returns the configuration with every default filled in: Step becomes
// Drift and Noise, T is taken from them. A configuration that is not valid comes
// back as far as it could be resolved, with the FieldErrors of Validate.
func (c Config) Resolve() (Config, error) {
	var errs FieldErrors
	r := c.row()
	errs.OneOf("Kernel", c.Kernel, Kernels())
	errs.Check(c.Steps >= 0, "Steps", c.Steps, "an integer ≥ 0")
	for _, f := range []struct {
		name  string
		value float64
	}{{"Drift", c.Drift}, {"Noise", c.Noise}, {"Step", c.Step}, {"Temperature", c.Temperature}} {
		errs.Check(field.AtLeast0(f.value), f.name, f.value, "a number ≥ 0")
	}
	if c.B == 0 {
		c.B = math.Inf(1)
	}
	errs.Check(c.B > 0, "B", c.B, "a number > 0, or inf for plain Langevin")
	if c.Scope == "" {
		c.Scope = scopes[0].name
	}
	errs.OneOf("Scope", c.Scope, Scopes())
	if c.BUnit == "" {
		c.BUnit = "gradient"
	}
	errs.OneOf("BUnit", c.BUnit, BUnits())
	if c.NoiseForm == "" {
		c.NoiseForm = "sqrt"
	}
	errs.OneOf("NoiseForm", c.NoiseForm, NoiseForms())
	if c.DriftForm == "" {
		c.DriftForm = "scaled"
	}
	errs.OneOf("DriftForm", c.DriftForm, DriftForms())
	if r.name != "" {
		c.checkUnadjusted(&errs)
	}
	errs.Check(c.Adapt >= 0, "Adapt", c.Adapt, "an integer ≥ 0")
	errs.Check(c.Adapt <= 0 || r.name == "" || c.Metropolis(), "Adapt", c.Adapt, "0: kernel "+c.Kernel+" has no acceptance to tune by")
	errs.Check(c.TargetAcceptance >= 0 && c.TargetAcceptance < 1, "TargetAcceptance", c.TargetAcceptance, "a number in [0, 1)")
	if c.TargetAcceptance == 0 {
		c.TargetAcceptance = r.acceptance
	}
	errs.Check(c.Block >= 0, "Block", c.Block, "an integer ≥ 0")
	if r.name != "" {
		c.resolveStep(r.size, &errs)
		errs.Check(c.BUnit != "noise/drift" || r.perNoise(), "BUnit", c.BUnit, "gradient: the bound of kernel "+c.Kernel+" is not in noise/drift")
		c.checkCorrect(&errs)
	}
	return c, errs.Err()
}

// checkUnadjusted checks what only kernels without an accept step have.
func (c Config) checkUnadjusted(errs *FieldErrors) {
	alone := ": kernel " + c.Kernel + " has an accept step, which this would break"
	unadjusted := !c.Metropolis()
	errs.Check(unadjusted || c.DriftForm != "full", "DriftForm", c.DriftForm, "scaled"+alone)
	errs.Check(field.AtLeast0(c.Clamp), "Clamp", c.Clamp, "a number > 0, or 0 for none")
	errs.Check(unadjusted || c.Clamp == 0, "Clamp", c.Clamp, "0"+alone)
	for _, f := range []struct {
		name string
		fall float64
	}{{"DriftFall", c.DriftFall}, {"NoiseFall", c.NoiseFall}} {
		errs.Check(field.Finite(f.fall) && f.fall <= 1, f.name, f.fall, "a number ≤ 1")
		errs.Check(unadjusted || f.fall == 0, f.name, f.fall, "0"+alone)
		errs.Check(f.fall == 0 || c.Temperature != 0, "Temperature", c.Temperature,
			"a number > 0: it cannot be taken from a drift and a noise that change along the chain")
	}
}

// Correctable tells whether the noise of a configuration with drift, noise and
// temperature can be corrected: [Config].Correct.
func (c Config) Correctable() bool {
	var errs FieldErrors
	c.Correct = true
	c.checkCorrect(&errs)
	return len(errs) == 0
}

// checkCorrect checks of a configuration with drift, noise and temperature that
// its noise can be corrected.
func (c Config) checkCorrect(errs *FieldErrors) {
	if !c.Correct {
		return
	}
	errs.Check(c.Kernel == "anila", "Correct", c.Correct, "false: only the noise of kernel anila can be corrected, not that of "+c.Kernel)
	errs.Check(c.NoiseForm != "linear", "NoiseForm", c.NoiseForm, "sqrt: corrected noise has it, another form another law than exp(f/T)")
	errs.Check(c.DriftForm != "full", "DriftForm", c.DriftForm, "scaled: with corrected noise, full has another law than exp(f/T)")
	if c.DriftFall == 0 && c.NoiseFall == 0 && c.Drift > 0 {
		t := c.Noise * c.Noise / (2 * c.Drift)
		errs.Check(math.Abs(c.Temperature-t) <= 1e-6*t, "Temperature", c.Temperature,
			fmt.Sprintf("%v = noise²/(2·drift), the only one that corrected chains sample", t))
	}
}

// resolveStep fills in drift, noise and temperature.
func (c *Config) resolveStep(size size, errs *FieldErrors) {
	if c.Step != 0 {
		alone := "0: it is given by Step"
		errs.Check(c.Drift == 0, "Drift", c.Drift, alone)
		errs.Check(c.Noise == 0, "Noise", c.Noise, alone)
	}
	if !size.short() {
		none := "0: kernel " + c.Kernel + " takes Step in place of Drift and Noise"
		errs.Check(c.Step != 0, "Step", c.Step, "a number > 0: kernel "+c.Kernel+" takes it in place of Drift and Noise")
		errs.Check(c.Drift == 0, "Drift", c.Drift, none)
		errs.Check(c.Noise == 0, "Noise", c.Noise, none)
		if size == leapfrogStep {
			if c.Leapfrog == 0 {
				c.Leapfrog = 5
			}
			errs.Check(c.Leapfrog >= 1, "Leapfrog", c.Leapfrog, "an integer ≥ 1")
		}
		if c.Temperature == 0 {
			c.Temperature = 1
		}
		return
	}
	if c.Step != 0 {
		if c.Temperature == 0 && size != driftAlone {
			c.Temperature = 1
		}
		if c.Temperature > 0 && c.Drift == 0 && c.Noise == 0 {
			c.Drift, c.Noise, c.Step = c.Step/(2*c.Temperature), math.Sqrt(c.Step), 0
		}
	} else {
		errs.Check(c.Drift > 0, "Drift", c.Drift, "a number > 0 (or Step)")
		errs.Check(c.Noise > 0 || size == driftAlone, "Noise", c.Noise,
			"a number > 0 for kernel "+c.Kernel+" (gd is the one without noise)")
	}
	if size == driftAlone {
		c.Noise = 0
		errs.Check(c.Temperature != 0, "Temperature", c.Temperature, "a number > 0: kernel "+c.Kernel+" has no noise to take it from")
	}
	if c.Temperature == 0 && c.Drift > 0 {
		c.Temperature = c.Noise * c.Noise / (2 * c.Drift)
	}
}

// Metropolis tells whether the kernel has an accept step.
func (c Config) Metropolis() bool { return c.row().acceptance > 0 }

// Anisotropic tells whether the kernel's step depends on B. Gradient ascent
// without a bound (gd, B = +Inf) is a kernel of its own, not one whose bound
// never binds.
func (c Config) Anisotropic() bool {
	return c.row().bounded && !(c.Kernel == "gd" && math.IsInf(c.B, 1))
}

// TakesStep tells whether the kernel has a step of its own and no drift and
// noise that Step could be short for.
func (c Config) TakesStep() bool { return !c.row().size.short() }

// Scaled is a resolved configuration with its step size (in time: drift and
// noise², hmc's step², rwm's variance) multiplied by factor.
func (c Config) Scaled(factor float64) Config {
	c.Drift *= factor
	c.Noise *= math.Sqrt(factor)
	if c.row().size == leapfrogStep {
		factor = math.Sqrt(factor)
	}
	c.Step *= factor
	return c
}

// Limits names what the bound takes the norm of ∇f over: coordinate, pixel or sample.
func (c Config) Limits() string {
	switch {
	case c.Kernel == "amala" || c.Scope == "sample":
		return "sample"
	case c.Scope == "pixel":
		return "pixel"
	}
	return "coordinate"
}

// Reach is how far the drift of one Run's steps can take a coordinate, pixel or
// sample (by Scope), at most: Steps·Drift·B of a resolved configuration, +Inf
// where nothing bounds a step.
func (c Config) Reach() float64 {
	if !c.Anisotropic() || c.DriftForm == "full" || c.Drift == 0 {
		return math.Inf(1)
	}
	return float64(c.Steps) * c.Drift * (1 - c.DriftFall/2) * c.Bound()
}

// Bound is B of a resolved configuration in units of ∇f (amala: of ∇f/T).
func (c Config) Bound() float64 {
	if c.BUnit == "noise/drift" {
		return c.B * c.Noise / c.Drift
	}
	return c.B
}

// update is the fused update of a resolved configuration, on states of the
// given number of channels.
func (c Config) update(channels int) chain.Update {
	u := chain.Update{Drift: float32(c.Drift), Noise: float32(c.Noise), B: float32(math.Inf(1)), Channels: channels}
	if c.Anisotropic() {
		u.B = float32(c.Bound())
		u.Linear = c.NoiseForm == "linear"
	}
	if !math.IsInf(float64(u.B), 1) {
		for _, s := range scopes {
			if s.name == c.Scope {
				u.Scope = s.scope
			}
		}
	}
	return u
}

// NewKernel returns the kernel of a configuration for states of d. The error is
// the FieldErrors of c.
func NewKernel(c Config, d LogDensity) (Kernel, error) {
	c, err := c.Resolve()
	if err != nil {
		return nil, err
	}
	return c.kernel(d), nil
}

// kernel is that of a resolved configuration.
func (c Config) kernel(d LogDensity) Kernel {
	_, _, channels := d.Shape()
	return c.row().build(c, c.update(channels))
}
