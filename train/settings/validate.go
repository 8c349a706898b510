package settings

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"anila/langevin"
	"anila/nn"
	"anila/train/data"
)

// Validate returns nil, or one *KeyError for every key whose value cannot be, joined.
func (c *Config) Validate() error {
	v := validator{c: c}
	finite := func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
	positive := func(x float64) bool { return finite(x) && x > 0 }
	atLeast0 := func(x float64) bool { return finite(x) && x >= 0 }

	v.oneOf("model.net", append(nn.Nets(), Own))
	v.check("model.n", c.Network.Net == "toy" || c.Network.N >= 1 && c.Network.N <= 4096, "an integer from 1 to 4096")
	v.check("model.leak", positive(c.Network.Leak) && c.Network.Leak < 1, "a number in (0, 1)")
	v.check("model.temperature", atLeast0(c.Train.Sampler.Temperature), "a number > 0, or 0 for noise²/(2·drift)")
	v.check("model.reference_sd", atLeast0(c.Train.ReferenceSD), "a number > 0, or 0 for no reference")

	v.check("data.name", c.Data.Name == Own || data.Known(c.Data.Name), fmt.Sprintf("one of %s, or a path that ends in .npy (nearest: %s)",
		strings.Join(data.Names(), ", "), nearest(c.Data.Name, data.Names())))
	v.check("data.size", c.Data.Size >= 0 && c.Data.Size <= 4096, "an integer from 1 to 4096, or 0 for the size that the data have")
	v.check("data.noise", atLeast0(c.Data.Noise), "a number ≥ 0")

	s := &c.Train.Sampler
	v.oneOf("sampler.kernel", langevin.Kernels())
	v.check("sampler.steps", s.Steps >= 1, "an integer ≥ 1")
	v.check("sampler.step", atLeast0(s.Step), "a number > 0, or drift and noise instead")
	if s.TakesStep() {
		v.check("sampler.step", s.Step != 0, "a number > 0 (kernel "+s.Kernel+" takes it in place of drift and noise)")
	} else if s.Step == 0 {
		v.check("sampler.drift", positive(s.Drift), "a number > 0 (or sampler.step)")
		v.check("sampler.noise", atLeast0(s.Noise), "a number ≥ 0")
		v.check("sampler.noise", s.Noise > 0 || s.Kernel == "gd", "a number > 0 for kernel "+s.Kernel+" (gd is the one without noise)")
	}
	v.check("sampler.b", s.B > 0, "a number > 0, or inf")
	v.oneOf("sampler.scope", langevin.Scopes())
	v.oneOf("sampler.noise_form", langevin.NoiseForms())
	v.oneOf("sampler.drift_form", langevin.DriftForms())
	v.check("sampler.drift_form", s.DriftForm != "full" || !s.Metropolis(), "scaled: kernel "+s.Kernel+" has an accept step, which this would break")
	for _, name := range []string{"sampler.drift_fall", "sampler.noise_fall"} {
		fall := v.value(name).(float64)
		v.check(name, finite(fall) && fall <= 1, "a number ≤ 1")
		v.check(name, fall == 0 || !s.Metropolis(), "0: kernel "+s.Kernel+" has an accept step, which this would break")
		v.check("model.temperature", fall == 0 || s.Temperature > 0, "a number > 0: it cannot be taken from a drift and a noise that change along the chain")
	}
	v.check("sampler.leapfrog", s.Leapfrog >= 1 || s.Kernel != "hmc", "an integer ≥ 1")
	v.check("sampler.adapt", s.Adapt >= 0, "an integer ≥ 0")
	v.check("sampler.adapt", s.Adapt == 0 || s.Metropolis(), "0: kernel "+s.Kernel+" has no acceptance to tune by")
	if len(v.errs) == 0 {
		v.check("model.temperature", positive(c.resolved().Train.Sampler.Temperature),
			"a number > 0: kernel "+s.Kernel+" has no noise that T could be derived from")
	}

	h := &c.Train.Start
	v.oneOf("chains.start", langevin.StartKinds())
	v.check("chains.count", h.Count >= 0, "an integer ≥ 1, or 0 for train.batch")
	v.check("chains.count", h.Kind != "data" || h.Count <= c.Train.Batch, fmt.Sprintf("at most train.batch = %d (chains start from data)", c.Train.Batch))
	v.check("chains.bank", h.Bank >= 0, "an integer ≥ 1, or 0 for the number of training items")
	if h.Bank > 0 && (h.Kind == "persistent" || h.Kind == "replay") {
		v.check("chains.bank", h.Bank >= c.resolved().Train.Start.Count,
			fmt.Sprintf("at least chains.count = %d (a batch is drawn without replacement)", c.resolved().Train.Start.Count))
	}
	v.check("chains.restart", h.Restart >= 0 && h.Restart <= 1, "a probability in [0, 1]")
	v.oneOf("chains.noise", langevin.StartNoises())
	v.check("chains.scale", positive(h.Scale), "a number > 0")

	v.check("chains.clamp", atLeast0(s.Clamp), "a number > 0, or 0 for none")
	v.check("chains.clamp", s.Clamp == 0 || !s.Metropolis(), "0: kernel "+s.Kernel+" has an accept step, which this would break")
	if l := &c.Train.Levels; len(l.Pictures) > 0 {
		size := c.Data.Size
		if size == 0 {
			size = 1 << 20 // the data's own, which train.New looks at
		}
		if err := l.Validate(nn.Spec{Net: c.Network.Net, H: size}, *h); err != nil {
			v.check("levels.pictures", false, "levels that fit ("+err.Error()+")")
		}
	}
	v.check("train.iterations", c.Iterations >= 1, "an integer ≥ 1")
	v.check("train.iterations", float64(c.Iterations)*float64(s.Steps) < 1<<39, "fewer than 2³⁹ steps of each chain in all")
	v.check("train.batch", c.Train.Batch >= 1, "an integer ≥ 1")
	v.check("train.alpha", atLeast0(c.Train.Alpha), "a number ≥ 0")
	v.check("train.clip", atLeast0(c.Train.Clip), "a number > 0, or 0 for no limit")

	o := &c.Train.Rate
	p := &c.Train.Optimizer
	v.oneOf("optim.name", nn.Optimizers())
	v.check("optim.rate", positive(o.Rate), "a number > 0")
	v.check("optim.rate_min", atLeast0(o.Min) && o.Min <= o.Rate, "a number from 0 to optim.rate")
	v.check("optim.decay", positive(o.Decay) && o.Decay <= 1, "a factor in (0, 1]")
	v.check("optim.weight_decay", atLeast0(p.Decay), "a number ≥ 0")
	v.check("optim.beta1", p.Beta1 >= 0 && p.Beta1 < 1, "a number in [0, 1)")
	v.check("optim.beta2", p.Beta2 > 0 && p.Beta2 < 1, "a number in (0, 1)")
	v.check("optim.weight_decay", p.Decay == 0 || p.Name == "adamw", "0, or optim.name = \"adamw\"")
	v.check("ema.decay", atLeast0(c.Train.EMA) && c.Train.EMA < 1, "a number in [0, 1)")

	g := &c.Guard
	v.oneOf("guard.policy", []string{"rollback", "stop", "ignore"})
	v.check("guard.gap", g.Gap >= 0, "a number > 0, or 0 for no limit")
	v.check("guard.state", g.State >= 0, "a number > 0, or 0 for no limit")
	v.check("guard.gradient", atLeast0(g.Gradient), "a number ≥ 0")
	v.check("guard.rollbacks", g.Rollbacks >= 0, "an integer ≥ 0")
	v.check("guard.lower", positive(g.Lower) && g.Lower <= 1, "a factor in (0, 1]")

	k := &c.Checkpoint
	v.check("checkpoint.every", k.Every >= 0, "an integer ≥ 0")
	v.check("checkpoint.minutes", atLeast0(k.Minutes), "a number ≥ 0")
	v.check("checkpoint.keep", k.Keep >= 0, "an integer ≥ 0")
	v.check("checkpoint.keep_every", k.KeepEvery >= 0, "an integer ≥ 0")
	v.check("checkpoint.max_bytes", k.MaxBytes >= 0, "an integer ≥ 0")
	v.oneOf("log.pictures", []string{"checkpoint", "end", "none"})
	v.check("log.every", c.Log.Every >= 1, "an integer ≥ 1")
	return errors.Join(v.errs...)
}

// validator collects one error a key.
type validator struct {
	c    *Config
	seen map[string]bool
	errs []error
}

func (v *validator) check(name string, ok bool, want string) {
	if ok || v.seen[name] {
		return
	}
	if v.seen == nil {
		v.seen = map[string]bool{}
	}
	v.seen[name] = true
	v.errs = append(v.errs, &KeyError{Key: name, Value: formatTOML(v.value(name)), Want: want})
}

func (v *validator) oneOf(name string, names []string) {
	s := v.value(name).(string)
	v.check(name, slices.Contains(names, s),
		fmt.Sprintf("one of %s (nearest: %s)", strings.Join(names, ", "), nearest(s, names)))
}

func (v *validator) value(name string) any {
	i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
	return keys[i].value(v.c).Interface()
}
