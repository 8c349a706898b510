package settings

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"anila/internal/field"
	"anila/nn"
	"anila/train/data"
	"anila/train/eval/features"
)

// Validate returns nil, or one *KeyError for every key whose value cannot be, joined.
func (c *Config) Validate() error {
	v := validator{c: c}
	for _, k := range keys { // a run's config.toml could not say it
		if s, ok := k.value(c).Interface().(string); ok {
			v.check(k.name, utf8.ValidString(s), "text in UTF-8 (a link with another name helps where a path is none)")
		}
	}
	if c.Network.Net != Own {
		v.part("Network.", c.Network.Validate())
	}
	v.check("data.name", c.Data.Name == Own || data.Known(c.Data.Name), fmt.Sprintf("one of %s, or the path of a file (nearest: %s)",
		strings.Join(data.Names(), ", "), nearest(c.Data.Name, data.Names())))
	v.check("data.layout", slices.Contains([]string{"", "nhwc", "nchw"}, c.Data.Layout), "nhwc or nchw")
	v.check("data.missing", slices.Contains([]string{"", "refuse", "drop"}, c.Data.Missing), "refuse or drop")
	v.check("data.held_out", c.Data.HeldOut >= 0 && c.Data.HeldOut < 1, "a share in [0, 1)")
	v.check("data.scale", c.Data.Scale == "" || slices.Contains(data.Scalings(), c.Data.Scale), "one of "+strings.Join(data.Scalings(), ", "))
	v.check("data.unit", len(c.Data.Unit) == len(c.Data.Shift) && c.Data.Scaling.Validate(len(c.Data.Unit)) == nil, "as many numbers > 0 as data.shift has")
	v.check("data.size", c.Data.Size >= 0 && c.Data.Size <= 4096, "an integer from 1 to 4096, or 0 for the size that the data have")
	v.check("train.shards", c.Train.Shards != 0, "an integer ≥ 1")
	v.part("Train.", c.Train.Validate())
	v.check("optim.weight_decay", c.Train.Optimizer.Decay == 0 || c.Train.Optimizer.Name == "adamw", "0, or optim.name = \"adamw\"")
	if l := &c.Train.Levels; len(l.Pictures) > 0 {
		size := cmp.Or(c.Data.Size, 1<<20) // the data's own, which train.New looks at
		if err := l.Validate(nn.Spec{Net: c.Network.Net, H: size}, c.Train.Start); err != nil {
			v.check("levels.pictures", false, "levels that fit ("+err.Error()+")")
		}
	}
	v.check("train.iterations", c.Iterations >= 1, "an integer ≥ 1")
	v.check("train.iterations", float64(c.Iterations)*float64(c.Train.Sampler.Steps) < 1<<39, "fewer than 2³⁹ steps of each chain in all")
	g := &c.Guard
	v.oneOf("guard.policy", "rollback", "stop", "ignore")
	v.check("guard.gap", g.Gap >= 0, "a number > 0, or 0 for no limit")
	v.check("guard.state", g.State >= 0, "a number > 0, or 0 for no limit")
	v.check("guard.gradient", field.AtLeast0(g.Gradient), "a number ≥ 0")
	v.check("guard.rollbacks", g.Rollbacks >= 0, "an integer ≥ 0")
	v.check("guard.lower", field.Positive(g.Lower) && g.Lower <= 1, "a factor in (0, 1]")

	e := &c.Eval
	v.check("eval.every", e.Every >= 0, "an integer ≥ 0")
	v.check("eval.samples", e.Samples >= 2, "an integer ≥ 2")
	v.oneOf("eval.features", features.Names()...)
	v.check("eval.weights", e.Every == 0 || e.Features != "inception" || e.Weights != "", "the file pt_inception-2015-12-05-6726825d.pth")

	k := &c.Checkpoint
	v.check("checkpoint.best", !k.Best || e.Every > 0, "false, or eval.every above 0: nothing is measured")
	v.check("checkpoint.every", k.Every >= 0, "an integer ≥ 0")
	v.check("checkpoint.minutes", field.AtLeast0(k.Minutes), "a number ≥ 0")
	v.check("checkpoint.keep", k.Keep >= 0, "an integer ≥ 0")
	v.check("checkpoint.keep_every", k.KeepEvery >= 0, "an integer ≥ 0")
	v.check("checkpoint.max_bytes", k.MaxBytes >= 0, "an integer ≥ 0")
	v.oneOf("log.pictures", "checkpoint", "end", "none")
	v.check("log.every", c.Log.Every >= 1, "an integer ≥ 1")
	return errors.Join(v.errs...)
}

// validator collects one error a key.
type validator struct {
	c    *Config
	errs []error
}

func (v *validator) check(name string, ok bool, want string) {
	said := func(err error) bool { return err.(*KeyError).Key == name }
	if !ok && !slices.ContainsFunc(v.errs, said) {
		v.errs = append(v.errs, &KeyError{Key: name, Value: formatTOML(v.value(name)), Want: want})
	}
}

func (v *validator) oneOf(name string, names ...string) {
	s := v.value(name).(string)
	v.check(name, slices.Contains(names, s), fmt.Sprintf("one of %s (nearest: %s)", strings.Join(names, ", "), nearest(s, names)))
}

// part says by its key what is wrong with a field of a part of the configuration.
func (v *validator) part(prefix string, err error) {
	wrong, _ := err.(field.Errors)
	for _, e := range wrong {
		at := prefix + e.Field
		want := fieldName.ReplaceAllStringFunc(e.Want, func(word string) string {
			for part := at; part != ""; { // a field beside it, or around it
				part = part[:max(0, strings.LastIndexByte(part, '.'))]
				if key := keyOf(part + "." + word); key != "" {
					return key
				}
			}
			return word
		})
		if names := e.Names(); names != nil {
			want += " (nearest: " + nearest(fmt.Sprint(e.Value), names) + ")"
		}
		v.check(keyOf(at), false, want)
	}
}

var fieldName = regexp.MustCompile(`\b[A-Z]\w*(\.[A-Z]\w*)*`)

// keyOf is the key of a field of Config, "" where it has none.
func keyOf(path string) string {
	for _, k := range keys {
		if k.field == path {
			return k.name
		}
	}
	return ""
}

func (v *validator) value(name string) any {
	i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
	return keys[i].value(v.c).Interface()
}
