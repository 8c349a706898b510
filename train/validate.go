package train

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// The names that configuration values may take.
var (
	Nets       = []string{"toy", "vanilla", "nonlocal", "resnet", "pyramid"}
	DataSets   = []string{"rings", "gmm", "cifar10", "mnist", "flowers", "folder"}
	Kernels    = []string{"langevin", "anila", "gd", "mala", "anila-mala", "amala", "hmc", "rwm"}
	Scopes     = []string{"coord", "pixel", "sample"}
	Forms      = []string{"sqrt", "linear"}
	Starts     = []string{"noise-uniform", "noise-gaussian", "data", "persistent", "replay"}
	Optimizers = []string{"sgd", "momentum", "adam", "adamw"}
	Noises     = []string{"uniform", "gaussian"}
	Pictures   = []string{"checkpoint", "end", "none"}
	Policies   = []string{"rollback", "stop", "ignore"}
)

// isToy reports whether a data set is two-dimensional.
func isToy(name string) bool { return name == "rings" || name == "gmm" }

// Validate returns nil, or one *KeyError for every key whose value cannot be, joined.
func (c *Config) Validate() error {
	v := validator{c: c}
	finite := func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
	positive := func(x float64) bool { return finite(x) && x > 0 }
	atLeast0 := func(x float64) bool { return finite(x) && x >= 0 }

	v.oneOf("model.net", Nets)
	v.check("model.n", c.Model.Net == "toy" || c.Model.N >= 1 && c.Model.N <= 4096, "an integer from 1 to 4096")
	v.check("model.leak", positive(c.Model.Leak) && c.Model.Leak < 1, "a number in (0, 1)")
	v.check("model.temperature", atLeast0(c.Model.Temperature), "a number > 0, or 0 for noise²/(2·drift)")
	v.check("model.reference_sd", atLeast0(c.Model.ReferenceSD), "a number > 0, or 0 for no reference")

	v.oneOf("data.name", DataSets)
	if slices.Contains(Nets, c.Model.Net) && slices.Contains(DataSets, c.Data.Name) {
		want := "toy (" + c.Data.Name + " is two-dimensional)"
		if !isToy(c.Data.Name) {
			want = "vanilla, nonlocal, resnet or pyramid (" + c.Data.Name + " are images)"
		}
		v.check("model.net", (c.Model.Net == "toy") == isToy(c.Data.Name), want)
	}
	v.check("data.size", isToy(c.Data.Name) || c.Data.Size >= 1 && c.Data.Size <= 4096, "an integer from 1 to 4096")
	v.check("data.noise", atLeast0(c.Data.Noise), "a number ≥ 0")

	s := &c.Sampler
	v.oneOf("sampler.kernel", Kernels)
	v.check("sampler.steps", s.Steps >= 1, "an integer ≥ 1")
	v.check("sampler.step", atLeast0(s.Step), "a number > 0, or drift and noise instead")
	if s.takesStep() {
		v.check("sampler.step", s.Step != 0, "a number > 0 (kernel "+s.Kernel+" takes it in place of drift and noise)")
	} else if s.Step == 0 {
		v.check("sampler.drift", positive(s.Drift), "a number > 0 (or sampler.step)")
		v.check("sampler.noise", atLeast0(s.Noise), "a number ≥ 0")
		v.check("sampler.noise", s.Noise > 0 || s.Kernel == "gd", "a number > 0 for kernel "+s.Kernel+" (gd is the one without noise)")
	}
	v.check("sampler.b", s.B > 0, "a number > 0, or inf")
	v.oneOf("sampler.scope", Scopes)
	v.oneOf("sampler.noise_form", Forms)
	v.check("sampler.leapfrog", s.Leapfrog >= 1 || s.Kernel != "hmc", "an integer ≥ 1")
	metropolis := c.Langevin().Metropolis()
	v.check("sampler.adapt", s.Adapt >= 0, "an integer ≥ 0")
	v.check("sampler.adapt", s.Adapt == 0 || metropolis, "0: kernel "+s.Kernel+" has no acceptance to tune by")
	if len(v.errs) == 0 {
		v.check("model.temperature", positive(c.Temperature()),
			"a number > 0: kernel "+s.Kernel+" has no noise that T could be derived from")
	}

	h := &c.Chains
	v.oneOf("chains.start", Starts)
	v.check("chains.count", h.Count >= 0, "an integer ≥ 1, or 0 for train.batch")
	v.check("chains.bank", h.Bank >= 0, "an integer ≥ 1, or 0 for the number of training items")
	if h.Bank > 0 && (h.Start == "persistent" || h.Start == "replay") {
		v.check("chains.bank", h.Bank >= c.resolved().Chains.Count,
			fmt.Sprintf("at least chains.count = %d (a batch is drawn without replacement)", c.resolved().Chains.Count))
	}
	v.check("chains.restart", h.Restart >= 0 && h.Restart <= 1, "a probability in [0, 1]")
	v.oneOf("chains.noise", Noises)
	v.check("chains.scale", positive(h.Scale), "a number > 0")

	v.check("train.iterations", c.Train.Iterations >= 1, "an integer ≥ 1")
	v.check("train.batch", c.Train.Batch >= 1, "an integer ≥ 1")
	v.check("train.alpha", atLeast0(c.Train.Alpha), "a number ≥ 0")
	v.check("train.clip", atLeast0(c.Train.Clip), "a number > 0, or 0 for no limit")

	o := &c.Optim
	v.oneOf("optim.name", Optimizers)
	v.check("optim.rate", positive(o.Rate), "a number > 0")
	v.check("optim.rate_min", atLeast0(o.RateMin) && o.RateMin <= o.Rate, "a number from 0 to optim.rate")
	v.check("optim.decay", positive(o.Decay) && o.Decay <= 1, "a factor in (0, 1]")
	v.check("optim.weight_decay", atLeast0(o.Weight), "a number ≥ 0")
	v.check("optim.beta1", o.Beta1 >= 0 && o.Beta1 < 1, "a number in [0, 1)")
	v.check("optim.beta2", o.Beta2 > 0 && o.Beta2 < 1, "a number in (0, 1)")
	v.check("optim.weight_decay", o.Weight == 0 || o.Name == "adamw", "0, or optim.name = \"adamw\"")
	v.check("ema.decay", atLeast0(c.EMA.Decay) && c.EMA.Decay < 1, "a number in [0, 1)")

	g := &c.Guard
	v.oneOf("guard.policy", Policies)
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
	v.oneOf("log.pictures", Pictures)
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
