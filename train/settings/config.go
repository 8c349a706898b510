package settings

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"anila/nn"
	"anila/train"
	"anila/train/data"
)

// Config is everything that decides what a training run computes, and how often it logs and saves. Keys lists the names by
// which files and --set know its fields, with their meaning. A Config comes from Resolve, which knows the precedence of
// presets, files and single settings; Validate says whether it makes sense.
type Config struct {
	Preset     string
	From       string  // the checkpoint that the run went on from where it is another run's; "" began at iteration 0
	Network    nn.Spec // image size apart, which the data give
	Init       string  // run or file of the weights that training starts from; "" draws them by the seed
	Data       Data
	Train      train.Config
	Iterations int // parameter updates
	Guard      Guard
	Eval       Eval
	Checkpoint Checkpoint
	Log        Log
}

// Data chooses the training items.
type Data struct {
	Name string // as data.Open knows it
	Dir  string // "" means $ANILA_DATA
	Size int    // height and width that images are brought to
	Flip bool   // mirror items left to right at random

	// Of arrays and tables, as data.Options has them.
	Array, Layout, Missing, Label string
	Drop, Columns                 []string

	HeldOut float64 // share of the items that is not trained on
	Scale   string  // how Shift and Unit are found where there are none; one of data.Scalings
	data.Scaling
}

// Guard says what counts as divergence and what is done about it.
type Guard struct {
	Policy string // rollback, stop or ignore
	train.Guard
	Rollbacks int     // after which training stops
	Lower     float64 // factor of the learning rate at each
}

// Eval says how training is measured on the way.
type Eval struct {
	Every    int    // iterations; 0: never
	Samples  int    // drawn each time
	Features string // network of the features, as features.Load knows it
	Weights  string // its file; "" is the one in the data folder
}

// Checkpoint says when checkpoints are written and which are kept.
type Checkpoint struct {
	Every           int     // iterations; 0: by Minutes alone
	Minutes         float64 // 0: by Every alone
	Keep, KeepEvery int     // newest that are kept (0: all); multiples of KeepEvery are kept for good (0: none)
	MaxBytes        int64   // of all together; 0: no limit
	Best            bool    // keep the weights that were measured best
}

// Log says how often a line goes to events.jsonl, and when pictures are drawn.
type Log struct {
	Every    int
	Pictures string // checkpoint, end or none
}

// resolved returns the configuration with every default that depends on other keys filled in: step becomes drift and
// noise, T becomes noise²/(2·drift), chains.count becomes train.batch. What cannot be is left to Validate.
func (c Config) resolved() Config {
	if s, err := c.Train.Sampler.Resolve(); err == nil {
		s.TargetAcceptance = c.Train.Sampler.TargetAcceptance
		c.Train.Sampler = s
	}
	c.Train.Start.Count = cmp.Or(c.Train.Start.Count, c.Train.Batch)
	return c
}

// Resolved returns the configuration with all that follows from other keys, or what is wrong with it.
func (c Config) Resolved() (Config, error) { return c.resolved(), c.Validate() }

// Anchored returns the configuration with its paths absolute: a run goes on from wherever it is resumed.
func (c Config) Anchored() Config {
	anchor := func(path *string) {
		if full, err := filepath.Abs(*path); err == nil && *path != "" {
			*path = full
		}
	}
	anchor(&c.Data.Dir)
	anchor(&c.Eval.Weights)
	if strings.HasSuffix(c.Data.Name, ".npy") {
		anchor(&c.Data.Name)
	}
	return c
}

// Portable returns the configuration without places of this machine: folders and files that it names are dropped, and of data
// in a file the file's name is left.
func (c Config) Portable() Config {
	c.Data.Dir, c.Eval.Weights, c.Init, c.From = "", "", "", ""
	c.Data.Name = filepath.Base(c.Data.Name)
	return c
}

// Own is the name of data and of a network that a program brings along instead of naming them.
const Own = "own"

// Augment returns the source with the flips of training.
func (c Config) Augment(source train.Source) train.Source {
	if c.Data.Flip {
		return data.WithFlips(source)
	}
	return source
}

// NewNetwork returns the network for items of a shape, with the first parameters of the seed.
func (c Config) NewNetwork(h, w, channels int) (*nn.Network, error) {
	spec, err := c.NetworkFor(h, w, channels)
	if err != nil {
		return nil, err
	}
	network, err := nn.New(spec)
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	network.Init(c.Train.Seed)
	return network, nil
}

// NetworkFor returns what the network for items of a shape is.
func (c Config) NetworkFor(h, w, channels int) (nn.Spec, error) {
	spec := c.Network
	spec.H, spec.W, spec.C = h, w, channels
	any := spec.Net == "mlp" || spec.Net == "layers"
	if points := h == 1 && w == 1; spec.Net == Own || !any && points != (spec.Net == "toy") {
		want := "the program that brings its own network"
		if spec.Net != Own && points {
			want = fmt.Sprintf("toy, mlp or layers (%s are points)", c.Data.Name)
		} else if spec.Net != Own {
			want = fmt.Sprintf("vanilla, nonlocal, resnet, pyramid, mlp or layers (%s are images)", c.Data.Name)
		}
		return spec, &KeyError{Key: "model.net", Value: formatTOML(spec.Net), Want: want}
	}
	return spec, nil
}

// What comes in a resolved file before the name of the preset, which the file itself needs no more, and before Config.From.
const presetComment, fromComment = "# preset ", "# from "

// TOML returns the configuration as a file that Resolve reads back to the same values, a comment at every key.
func (c Config) TOML() []byte {
	var b bytes.Buffer
	if c.Preset != "" {
		fmt.Fprintf(&b, "%s%s\n", presetComment, c.Preset)
	}
	if c.From != "" {
		fmt.Fprintf(&b, "%s%s\n", fromComment, quote(strings.ToValidUTF8(c.From, "?")))
	}
	section := ""
	for _, k := range keys {
		v := k.value(&c)
		step := c.Train.Sampler.Step
		if k.name == "sampler.step" && step == 0 || (k.name == "sampler.drift" || k.name == "sampler.noise") && step != 0 {
			continue
		}
		name := k.name
		if s, rest, ok := strings.Cut(k.name, "."); ok {
			if s != section {
				fmt.Fprintf(&b, "\n[%s]\n", s)
				section = s
			}
			name = rest
		}
		fmt.Fprintf(&b, "%-12s = %-14s # %s\n", name, formatTOML(v.Interface()), k.doc)
	}
	return b.Bytes()
}

// formatTOML writes one value as TOML does.
func formatTOML(v any) string {
	switch v := v.(type) {
	case []int:
		return formatList(v)
	case []float64:
		return formatList(v)
	case []string:
		return formatList(v)
	case []nn.LayerSpec:
		return formatLayers(v)
	case string:
		return quote(v)
	case float64:
		s := strconv.FormatFloat(v, 'g', -1, 64)
		switch {
		case math.IsInf(v, 1):
			return "inf"
		case math.IsInf(v, -1):
			return "-inf"
		case math.IsNaN(v):
			return "nan"
		case !strings.ContainsAny(s, ".e"):
			s += ".0"
		}
		return s
	}
	return fmt.Sprint(v)
}

// formatLayers writes a table on each line.
func formatLayers(layers []nn.LayerSpec) string {
	if len(layers) == 0 {
		return "[]"
	}
	var b strings.Builder
	b.WriteString("[\n")
	for _, l := range layers {
		fmt.Fprintf(&b, "  {type = %q", l.Type)
		for _, name := range nn.LayerFields(l.Type) {
			v := reflect.ValueOf(l)
			for i := range v.NumField() {
				tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
				if tag == name && !v.Field(i).IsZero() {
					fmt.Fprintf(&b, ", %s = %s", name, formatTOML(v.Field(i).Interface()))
				}
			}
		}
		b.WriteString("},\n")
	}
	return b.String() + "]"
}

func formatList[T any](list []T) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = formatTOML(v)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
