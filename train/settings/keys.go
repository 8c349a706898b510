package settings

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"anila/langevin"
	"anila/nn"
)

// Key is one configuration key: its TOML path, its type ("integer", "number", "boolean", "string", "integers", "numbers",
// "tables") and what it means.
type Key struct {
	Name, Type, Doc string
}

// Keys lists every configuration key in the order of the resolved file.
func Keys() []Key {
	out := make([]Key, len(keys))
	for i, k := range keys {
		out[i] = Key{k.name, typeName(k.value(new(Config)).Type()), k.doc}
	}
	return out
}

// key is a field of Config and its name for users.
type key struct{ name, field, doc string }

func (k key) value(c *Config) reflect.Value {
	v := reflect.ValueOf(c).Elem()
	for part := range strings.SplitSeq(k.field, ".") {
		v = v.FieldByName(part)
	}
	return v
}

// keys is the table behind Keys, in the order of the resolved file. The sampler's and the chains' keys are those that package
// langevin names.
var keys = slices.Concat([]key{
	{"seed", "Train.Seed", "seed of every random number: weights, chains, batches"},
	{"model.net", "Network.Net", "network: toy, vanilla, nonlocal, resnet, pyramid, mlp, or layers"},
	{"model.n", "Network.N", "width of the first layer (toy, vanilla, nonlocal, resnet, pyramid)"},
	{"model.widths", "Network.Widths", "widths of mlp's layers but the last; none: 128, 128"},
	{"model.layers", "Network.Layers", "the layers of net layers, in order: tables of a type and its fields"},
	{"model.leak", "Network.Leak", "slope of the leaky ReLU below zero"},
	{"model.temperature", "Train.Sampler.Temperature", "T of p ∝ exp(f/T); 0 means noise²/(2·drift) of the training sampler"},
	{"model.reference_sd", "Train.ReferenceSD", "σ of a Gaussian reference N(0, σ²I) that multiplies the density; 0 means none"},
	{"model.init", "Init", "weights that training starts from: a run, a file, or the name of a model that the program carries; none: drawn by the seed"},
	{"model.spectral_norm", "Network.SpectralNorm", "divide each weight by its largest singular value"},
	{"data.name", "Data.Name", "data: rings, gmm, a set by name, folder, or the path of an array or a table"},
	{"data.dir", "Data.Dir", "folder that holds the data sets (default: the environment variable ANILA_DATA); for folder, the images"},
	{"data.size", "Data.Size", "height and width that images are brought to"},
	{"data.noise", "Train.DataNoise", "sd of the Gaussian noise added to each data item, in units of [−1, 1]; at each level to its averaged items"},
	{"data.flip", "Data.Flip", "mirror each item of a batch left to right with probability ½"},
	{"data.array", "Data.Array", "array of an .npz archive; none: its only one"},
	{"data.layout", "Data.Layout", "layout of images in arrays: nhwc or nchw"},
	{"data.missing", "Data.Missing", "rows of arrays and tables that lack values: refuse or drop"},
	{"data.label", "Data.Label", "column of a table that is the items' label, and not trained on"},
	{"data.drop", "Data.Drop", "columns of a table that are not trained on"},
	{"data.columns", "Data.Columns", "columns of a table that are trained on, in order; none: all the others"},
	{"data.held_out", "Data.HeldOut", "share of the items that is not trained on, chosen by the seed"},
	{"data.scale", "Data.Scale", "what shift and unit are where none are given: none, standard (mean, sd) or range (to [−1, 1])"},
	{"data.shift", "Data.Shift", "the network sees (x − shift)/unit: one number for all channels, or one for each"},
	{"data.unit", "Data.Unit", "as shift"},
}, named[langevin.Config]("sampler.", "Train.Sampler."), named[langevin.StartConfig]("chains.", "Train.Start."), []key{
	{"chains.clamp", "Train.Sampler.Clamp", "bound of |coordinate| after each step of a chain; 0 means none"},
	{"levels.pictures", "Train.Levels.Pictures", "data items of each level of coarse-to-fine training, the coarsest first (net pyramid); none: no levels"},
	{"levels.batch", "Train.Levels.Batch", "train.batch of each level; none: the same in all"},
	{"levels.steps", "Train.Levels.Steps", "sampler.steps of each level; none: the same in all"},
	{"levels.rate", "Train.Levels.Rate", "optim.rate of each level, which decays anew in each; none: the same in all"},
	{"levels.fade", "Train.Levels.Fade", "share of a level's pictures over which its new block is faded in"},
	{"train.iterations", "Iterations", "parameter updates"},
	{"train.batch", "Train.Batch", "data items in an update"},
	{"train.shards", "Train.Shards", "equal parts of batch, chains and bank, whose gradients are summed alone and then in order; ranks (mpirun) share them"},
	{"train.alpha", "Train.Alpha", "weight of the energy L2 penalty α·mean(f(z)² + f(x)²)/T²"},
	{"train.clip", "Train.Clip", "largest L2 norm of the parameter gradient; 0 means no limit"},
	{"optim.name", "Train.Optimizer.Name", "sgd, momentum, adam or adamw"},
	{"optim.rate", "Train.Rate.Rate", "learning rate at the start (SGD's and momentum's are multiplied by T)"},
	{"optim.rate_min", "Train.Rate.Min", "floor of the learning rate"},
	{"optim.decay", "Train.Rate.Decay", "factor of the rate at each iteration; 1 keeps it"},
	{"optim.weight_decay", "Train.Optimizer.Decay", "decoupled weight decay of adamw"},
	{"optim.beta1", "Train.Optimizer.Beta1", "decay of the first moment of adam and adamw"},
	{"optim.beta2", "Train.Optimizer.Beta2", "decay of the second moment of adam and adamw"},
	{"ema.decay", "Train.EMA", "decay of the moving average of the weights, after t updates at most (1+t)/(10+t) (levels: of this level); 0 keeps none"},
	{"guard.policy", "Guard.Policy", "on divergence: rollback (to the last good checkpoint, lower rate), stop or ignore"},
	{"guard.gap", "Guard.Gap", "|energy gap| beyond which training counts as diverged; 0 means no limit"},
	{"guard.state", "Guard.State", "|coordinate| of a chain beyond which it counts as exploded; 0 means no limit"},
	{"guard.gradient", "Guard.Gradient", "mean |∇f| over the chains below which it counts as collapsed; 0 means no limit"},
	{"guard.rollbacks", "Guard.Rollbacks", "roll-backs after which training stops"},
	{"guard.lower", "Guard.Lower", "factor of the learning rate at each roll-back"},
	{"eval.every", "Eval.Every", "iterations between measurements of the averaged weights by samples (levels: on the finest); 0: none"},
	{"eval.samples", "Eval.Samples", "samples drawn for a measurement; distances of other numbers are other quantities"},
	{"eval.features", "Eval.Features", "network of the features: resnet56 or inception"},
	{"eval.weights", "Eval.Weights", "its weights; none: resnet56 from the folder cifar10-resnet of the data"},
	{"checkpoint.every", "Checkpoint.Every", "iterations between checkpoints (and their pictures), to which roll-backs go; 0 leaves it to minutes"},
	{"checkpoint.minutes", "Checkpoint.Minutes", "minutes after which a checkpoint is written in any case; 0 leaves it to every"},
	{"checkpoint.keep", "Checkpoint.Keep", "newest checkpoints of every that are kept, with a newer one by minutes or an interrupt; 0 keeps all"},
	{"checkpoint.keep_every", "Checkpoint.KeepEvery", "checkpoints whose iteration is a multiple of this are kept for good; 0 keeps none"},
	{"checkpoint.max_bytes", "Checkpoint.MaxBytes", "bytes that all checkpoints together may take; the oldest go first; 0 means no limit"},
	{"checkpoint.best", "Checkpoint.Best", "keep the averaged weights that were measured best, RUN/best.safetensors (sample --weights best)"},
	{"log.every", "Log.Every", "iterations between log lines; their numbers are means over those iterations"},
	{"log.pictures", "Log.Pictures", "pictures of samples and curves: checkpoint (with each), end or none"},
})

// named lists the fields of a T that have a name for files, at field in Config.
func named[T any](section, field string) (out []key) {
	t := reflect.TypeFor[T]()
	for i := range t.NumField() {
		f := t.Field(i)
		if name := f.Tag.Get("toml"); name != "" {
			out = append(out, key{section + name, field + f.Name, f.Tag.Get("doc")})
		}
	}
	return out
}

func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice:
		return typeName(t.Elem()) + "s"
	case reflect.String:
		return "string"
	case reflect.Float64:
		return "number"
	case reflect.Bool:
		return "boolean"
	case reflect.Struct:
		return "table"
	}
	return "integer"
}

// KeyError says that a configuration key is unknown or that its value cannot be.
type KeyError struct {
	Key   string // as the user wrote it
	Value string // as the user wrote it; empty for an unknown key
	Want  string // what would be right
	From  string // file or flag it came from; may be empty
}

func (e *KeyError) Error() string {
	s := "train: "
	if e.From != "" {
		s += e.From + ": "
	}
	if e.Value == "" {
		return s + fmt.Sprintf("unknown key %q; %s", short(e.Key), e.Want)
	}
	return s + fmt.Sprintf("%s = %s: want %s", short(e.Key), short(e.Value), e.Want)
}

// Layers are the sources of a configuration, weakest first: preset, file, settings, flags.
type Layers struct {
	Preset   string         // name of a preset; empty: the file's top-level "preset", else (without a file) DefaultPreset
	File     string         // path of a TOML file
	Text     []byte         // its content where that has been read already; File then only names it
	Settings []string       // "key=value" of --set: TOML values, bare strings allowed
	Flags    map[string]any // key → value of flags that set one (seed, data.dir …)

	base func() Config // what they change where there is neither preset nor file; nil: DefaultPreset's
}

// Resolve builds and validates the configuration of the layers.
func Resolve(l Layers) (Config, error) {
	var file map[string]any
	if l.File != "" {
		b := l.Text
		if b == nil {
			var err error
			if b, err = readFile(l.File); err != nil {
				return Config{}, err
			}
		}
		var err error
		if file, err = decode(b); err != nil {
			return Config{}, fmt.Errorf("train: %s: %w", l.File, err)
		}
		if p, ok := file["preset"]; ok {
			name, isString := p.(string)
			if !isString {
				return Config{}, &KeyError{Key: "preset", Value: fmt.Sprint(p), Want: "the name of a preset, a string", From: l.File}
			}
			l.Preset = cmp.Or(l.Preset, name)
			delete(file, "preset")
		}
	}
	c := defaults()
	if l.Preset == "" && l.File == "" && l.base == nil {
		l.Preset = DefaultPreset
	}
	if l.base != nil {
		c = l.base()
	}
	if l.Preset != "" {
		var err error
		if c, err = NewConfig(l.Preset); err != nil {
			return Config{}, err
		}
	}
	if err := c.apply(flatten(file), l.File); err != nil {
		return Config{}, err
	}
	settings := map[string]any{}
	for _, s := range l.Settings {
		name, v, err := parseSetting(s)
		if err != nil {
			return Config{}, err
		}
		settings[name] = v
	}
	if err := c.apply(settings, "--set"); err != nil {
		return Config{}, err
	}
	if err := c.apply(l.Flags, ""); err != nil {
		return Config{}, err
	}
	return c, c.Validate()
}

// parseSetting splits "key = value". The value is TOML, and a string where it is none.
func parseSetting(s string) (string, any, error) {
	name, text, ok := strings.Cut(s, "=")
	name, text = strings.TrimSpace(name), strings.TrimSpace(text)
	if !ok || name == "" {
		return "", nil, fmt.Errorf("train: --set %q: want key=value, for example train.iterations=1000", s)
	}
	m, err := decode([]byte("v = " + text))
	if err != nil || len(m) != 1 {
		return name, text, nil
	}
	return name, m["v"], nil
}

// flatten turns nested tables into dotted keys.
func flatten(m map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		if t, ok := v.(map[string]any); ok {
			for kk, vv := range flatten(t) {
				out[k+"."+kk] = vv
			}
			continue
		}
		out[k] = v
	}
	return out
}

// apply sets the keys of one layer. sampler.step and sampler.drift/noise exclude each other within a layer; a later layer's
// choice replaces an earlier one's. So do a later layer's network replace the earlier one's layers, and its sampler that cannot be
// corrected the correction.
func (c *Config) apply(layer map[string]any, from string) error {
	_, step := layer["sampler.step"]
	for _, other := range []string{"sampler.drift", "sampler.noise"} {
		if v, ok := layer[other]; ok {
			if step {
				return &KeyError{Key: other, Value: fmt.Sprint(v), From: from,
					Want: "either sampler.step, or sampler.drift and sampler.noise, not both"}
			}
			if s := &c.Train.Sampler; s.Step != 0 {
				r := c.resolved().Train.Sampler
				s.Drift, s.Noise, s.Step = r.Drift, r.Noise, 0
			}
		}
	}
	if step {
		c.Train.Sampler.Drift, c.Train.Sampler.Noise = 0, 0
	}
	for _, n := range slices.Sorted(maps.Keys(layer)) {
		if err := c.set(n, layer[n], from); err != nil {
			return err
		}
	}
	if layer["model.net"] != nil && layer["model.layers"] == nil && c.Network.Net != "layers" {
		c.Network.Layers = nil
	}
	if s := &c.Train.Sampler; s.Correct && layer["sampler.correct"] == nil && ofSampler(layer) && !c.resolved().Train.Sampler.Correctable() {
		s.Correct = false
	}
	return nil
}

// ofSampler tells whether a layer has a key of the sampler.
func ofSampler(layer map[string]any) bool {
	for name := range layer {
		if strings.HasPrefix(name, "sampler.") {
			return true
		}
	}
	return false
}

// set assigns one value, converting between TOML's integers and floats where nothing is lost.
func (c *Config) set(name string, v any, from string) error {
	i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
	if i < 0 {
		want := "the nearest key is " + nearest(name, keyNames())
		if name == "preset" {
			want = "a preset is chosen with --preset, or at the top of a configuration file"
		}
		return &KeyError{Key: name, Want: want, From: from}
	}
	bad := &KeyError{Key: name, Value: fmt.Sprintf("%.200s", fmt.Sprintf("%#v", v)), From: from}
	if bad.Want = assign(keys[i].value(c), v); bad.Want != "" {
		return bad
	}
	return nil
}

// assign sets dst to a value of TOML, or says what would be right.
func assign(dst reflect.Value, v any) (want string) {
	if layers, ok := dst.Addr().Interface().(*[]nn.LayerSpec); ok {
		text, err := json.Marshal(v)
		if err == nil {
			*layers, err = nn.ParseLayers(text)
		}
		if err != nil {
			return "layers that can be (" + err.Error() + ")"
		}
		return ""
	}
	switch dst.Kind() {
	case reflect.Slice:
		list, ok := v.([]any)
		if !ok {
			return "a list, as in [1, 2, 3]"
		}
		if len(list) == 0 {
			dst.SetZero()
			break
		}
		values := reflect.MakeSlice(dst.Type(), len(list), len(list))
		for i, item := range list {
			if want := assign(values.Index(i), item); want != "" {
				return "a list of which each item is " + want
			}
		}
		dst.Set(values)
	case reflect.String:
		s, ok := v.(string)
		if !ok {
			return "a string"
		}
		dst.SetString(s)
	case reflect.Bool:
		b, ok := v.(bool)
		if !ok {
			return "true or false"
		}
		dst.SetBool(b)
	case reflect.Float64:
		f, ok := toFloat(v)
		if !ok {
			return "a number"
		}
		dst.SetFloat(f)
	default:
		f, ok := toFloat(v)
		if !ok || f != math.Trunc(f) || math.Abs(f) >= 1<<63 {
			return "an integer"
		}
		n := int64(f)
		switch exact := v.(type) {
		case int64:
			n = exact
		case int:
			n = int64(exact)
		case uint64:
			n = int64(exact)
		}
		if dst.Kind() != reflect.Uint64 {
			dst.SetInt(n)
			break
		}
		if n < 0 {
			return "an integer ≥ 0"
		}
		dst.SetUint(uint64(n))
	}
	return ""
}

func toFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	case int:
		return float64(v), true
	case uint64:
		return float64(v), v < 1<<63
	}
	return 0, false
}

func keyNames() []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.name
	}
	return out
}
