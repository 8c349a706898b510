package train

import (
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Key is one configuration key: its TOML path, its type ("integer", "number", "boolean", "string") and what it means.
type Key struct {
	Name, Type, Doc string
}

// Keys lists every configuration key in the order of the resolved file.
func Keys() []Key {
	out := make([]Key, len(keys))
	for i, k := range keys {
		out[i] = Key{k.name, typeName(k.value(new(Config)).Kind()), k.doc}
	}
	return out
}

// key is a path into Config.
type key struct {
	name, doc string
	index     []int
}

func (k key) value(c *Config) reflect.Value { return reflect.ValueOf(c).Elem().FieldByIndex(k.index) }

// keys is the table behind Keys, read once from Config's tags.
var keys = func() []key {
	var out []key
	var walk func(t reflect.Type, prefix string, index []int)
	walk = func(t reflect.Type, prefix string, index []int) {
		for i := range t.NumField() {
			f := t.Field(i)
			name := f.Tag.Get("toml")
			if name == "" {
				continue
			}
			at := append(slices.Clone(index), i)
			if f.Type.Kind() == reflect.Struct {
				walk(f.Type, prefix+name+".", at)
			} else {
				out = append(out, key{prefix + name, f.Tag.Get("doc"), at})
			}
		}
	}
	walk(reflect.TypeFor[Config](), "", nil)
	return out
}()

func typeName(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "string"
	case reflect.Float64:
		return "number"
	case reflect.Bool:
		return "boolean"
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
		return s + fmt.Sprintf("unknown key %q; %s", e.Key, e.Want)
	}
	return s + fmt.Sprintf("%s = %s: want %s", e.Key, e.Value, e.Want)
}

// Layers are the sources of a configuration, weakest first: preset, file, settings, flags.
type Layers struct {
	Preset   string         // name of a preset; empty: the file's top-level "preset", else (without a file) DefaultPreset
	File     string         // path of a TOML file
	Text     []byte         // its content where that has been read already; File then only names it
	Settings []string       // "key=value" of --set: TOML values, bare strings allowed
	Flags    map[string]any // key → value of flags that set one (seed, data.dir …)
}

// Resolve builds and validates the configuration of the layers.
func Resolve(l Layers) (Config, error) {
	var file map[string]any
	if l.File != "" {
		b := l.Text
		if b == nil {
			var err error
			if b, err = os.ReadFile(l.File); err != nil {
				return Config{}, fmt.Errorf("train: configuration: %w", err)
			}
		}
		if _, err := toml.Decode(string(b), &file); err != nil {
			return Config{}, fmt.Errorf("train: %s: %w", l.File, err)
		}
		if p, ok := file["preset"]; ok {
			name, isString := p.(string)
			if !isString {
				return Config{}, &KeyError{Key: "preset", Value: fmt.Sprint(p), Want: "the name of a preset, a string", From: l.File}
			}
			if l.Preset == "" {
				l.Preset = name
			}
			delete(file, "preset")
		}
	}
	c := defaults()
	if l.Preset == "" && l.File == "" {
		l.Preset = DefaultPreset
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
	var m map[string]any
	if _, err := toml.Decode("v = "+text, &m); err != nil || len(m) != 1 {
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
// choice replaces an earlier one's.
func (c *Config) apply(layer map[string]any, from string) error {
	names := make([]string, 0, len(layer))
	for n := range layer {
		names = append(names, n)
	}
	slices.Sort(names)
	_, step := layer["sampler.step"]
	for _, other := range []string{"sampler.drift", "sampler.noise"} {
		if v, ok := layer[other]; ok {
			if step {
				return &KeyError{Key: other, Value: fmt.Sprint(v), From: from,
					Want: "either sampler.step, or sampler.drift and sampler.noise, not both"}
			}
			if c.Sampler.Step != 0 {
				r := c.resolved()
				c.Sampler.Drift, c.Sampler.Noise, c.Sampler.Step = r.Sampler.Drift, r.Sampler.Noise, 0
			}
		}
	}
	if step {
		c.Sampler.Drift, c.Sampler.Noise = 0, 0
	}
	for _, n := range names {
		if err := c.set(n, layer[n], from); err != nil {
			return err
		}
	}
	return nil
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
	dst := keys[i].value(c)
	bad := &KeyError{Key: name, Value: fmt.Sprintf("%#v", v), From: from}
	switch dst.Kind() {
	case reflect.String:
		s, ok := v.(string)
		if bad.Want = "a string"; !ok {
			return bad
		}
		dst.SetString(s)
	case reflect.Bool:
		b, ok := v.(bool)
		if bad.Want = "true or false"; !ok {
			return bad
		}
		dst.SetBool(b)
	case reflect.Float64:
		f, ok := toFloat(v)
		if bad.Want = "a number"; !ok {
			return bad
		}
		dst.SetFloat(f)
	default:
		f, ok := toFloat(v)
		if bad.Want = "an integer"; !ok || f != math.Trunc(f) || math.Abs(f) >= 1<<63 {
			return bad
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
		if bad.Want = "an integer ≥ 0"; n < 0 {
			return bad
		}
		dst.SetUint(uint64(n))
	}
	return nil
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

// nearest returns the name at the smallest edit distance from s; a key whose last part alone fits counts as near.
func nearest(s string, names []string) string {
	best, at := math.MaxInt, ""
	for _, n := range names {
		d := distance(s, n)
		if _, last, ok := strings.Cut(n, "."); ok {
			d = min(d, distance(s, last))
		}
		if d < best {
			best, at = d, n
		}
	}
	return at
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
