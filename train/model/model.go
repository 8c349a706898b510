// Package model opens what training made, a run's folder or a file of weights, and does what trained models are for: their
// log-density, samples of it, and f of data.
package model

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"anila/langevin"
	"anila/nn"
	"anila/nn/weightfile"
	"anila/train/settings"
)

// Options say what to read and add what a file does not say.
type Options struct {
	Weights string      // of a run: "ema" (the moving average), "raw", "best" (Best), or "" for ema where there is one
	Mean    []int64     // of a run: iterations of checkpoints whose weights are averaged, each with the same share; none: the newest one's
	Key     string      // state dict of a file that holds several; see weightfile.Load
	Net     string      // network of a file that does not say it, by name or as the path of a configuration; "" guesses by names and shapes
	Leak    float64     // of its leaky ReLUs; 0 is the file's, or nn's default
	Skipped func(error) // told of checkpoints that are damaged; may be nil

	Carried fs.FS // models that the program brings along, NAME.safetensors; nil for none

	// Convention says what the network of a file computes, where that is not f of p ∝ exp(f/T): "energy" is −f, and
	// "ebm-anatomy" is −f with T = Epsilon²/2, the noise of its chains. "" and "f" are f.
	Convention string
	Epsilon    float64
}

// Model is a trained network and what is known about how it was trained.
type Model struct {
	Found
	Network  *nn.Network
	Settings settings.Config   // resolved: those of training, or of a preset where Known is false
	Known    bool              // whether the file holds its settings
	Tempered bool              // whether it holds its temperature, or the convention tells it
	Guessed  bool              // whether leak and image size are nn's defaults, as the file does not tell them
	Metadata map[string]string // of the file

	text        []byte // of the settings
	temperature float64
}

// Open opens a run's folder (its newest good checkpoint), the folder of a checkpoint, a file of weights, or a model that the
// program carries, by its name: see Find.
func Open(path string, o Options) (*Model, error) {
	m := &Model{}
	var err error
	if m.Found, err = Find(path, o); err != nil {
		return nil, err
	}
	w, err := m.Load(o.Key)
	if err != nil {
		return nil, err
	}
	if m.Network, m.Guessed, err = Network(w, o); err != nil {
		return nil, fmt.Errorf("model %s: %w%s", m.File, err, LeftOut(w))
	}
	if m.temperature, err = o.Turn(m.Network, w.Metadata); err != nil {
		return nil, fmt.Errorf("model %s: %w", m.File, err)
	}
	m.Metadata = w.Metadata
	m.text = []byte(w.Metadata["config"])
	m.Known = len(m.text) > 0
	m.Tempered = m.Known || m.temperature > 0
	if err := m.Configure("", nil, nil); err != nil {
		return nil, fmt.Errorf("model %s: its configuration: %w", m.File, err)
	}
	return m, nil
}

// Configure gives the model the settings of its training with those of list and flags (of settings.Layers) changed. A file
// that holds no settings gets those of a preset; "" is rings for points and cifar10 for images.
func (m *Model) Configure(preset string, list []string, flags map[string]any) error {
	layers := settings.Layers{File: m.File, Text: m.text, Settings: list, Flags: flags}
	if !m.Known {
		if h, w, _ := m.Network.Shape(); preset == "" && h*w == 1 {
			preset = "rings"
		} else if preset == "" {
			preset = "cifar10"
		}
		layers.File, layers.Text, layers.Preset = "", nil, preset
		if m.temperature > 0 {
			layers.Flags = maps.Clone(flags)
			if layers.Flags == nil {
				layers.Flags = map[string]any{}
			}
			layers.Flags["model.temperature"] = m.temperature
		}
	}
	c, err := settings.Resolve(layers)
	if err == nil {
		c, err = c.Resolved()
	}
	if err == nil {
		m.Settings = c
	}
	return err
}

// LogDensity is f, with the Gaussian reference where the settings have one: the model is exp(f/T).
func (m *Model) LogDensity() langevin.LogDensity { return m.Settings.Train.LogDensity(m.Network) }

// Bank returns the states of the run's bank [rows, dim], nil where there is none.
func (m *Model) Bank() ([]float32, error) {
	if m.Checkpoint == "" {
		return nil, nil
	}
	_, bank, err := LoadChains(m.Checkpoint, ChainFiles(m.Settings.Train.Shards))
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	if len(bank)%m.Network.Dim() != 0 {
		return nil, nil
	}
	return bank, nil
}

// Conventions lists what Options.Convention may be.
func Conventions() []string { return []string{"f", "energy", "ebm-anatomy"} }

// Turn gives a network of o's convention f's sign, and returns the temperature that o or the file's metadata tell, 0 where
// neither does.
func (o Options) Turn(network *nn.Network, metadata map[string]string) (temperature float64, err error) {
	switch {
	case o.Convention != "" && !slices.Contains(Conventions(), o.Convention):
		return 0, fmt.Errorf("convention %q; there are %s", o.Convention, strings.Join(Conventions(), ", "))
	case o.Convention == "ebm-anatomy" && !(o.Epsilon > 0 && o.Epsilon <= 1e6):
		return 0, fmt.Errorf("the convention ebm-anatomy needs the noise ε of its chains, above 0; its temperature is ε²/2")
	case o.Convention != "ebm-anatomy" && o.Epsilon != 0:
		return 0, fmt.Errorf("ε = %g belongs to the convention ebm-anatomy", o.Epsilon)
	}
	if o.Convention == "energy" || o.Convention == "ebm-anatomy" {
		if metadata["config"] != "" || metadata[temperatureKey] != "" {
			return 0, fmt.Errorf("the file says how it was trained: its network is f, not %s", o.Convention)
		}
		if err := network.Negate(); err != nil {
			return 0, err
		}
	}
	if o.Epsilon > 0 {
		return o.Epsilon * o.Epsilon / 2, nil
	}
	if text := metadata[temperatureKey]; text != "" {
		if temperature, err = strconv.ParseFloat(text, 64); err != nil || !(temperature > 0 && temperature < 1e12) {
			return 0, fmt.Errorf("metadata temperature = %.40q is not a positive number", text)
		}
	}
	return temperature, nil
}

// temperatureKey is where a file without settings says its T.
const temperatureKey = "temperature"

// Describe puts into a file's metadata what is known of its network and its temperature (0: not known), beside what stands
// there.
func Describe(w *weightfile.File, network *nn.Network, temperature float64) {
	metadata := maps.Clone(w.Metadata)
	if metadata == nil {
		metadata = map[string]string{}
	}
	maps.Copy(metadata, network.Spec().Metadata())
	if temperature > 0 {
		metadata[temperatureKey] = strconv.FormatFloat(temperature, 'g', -1, 64)
	}
	w.Tensors, w.Metadata = network.Tensors(), metadata
}

// ErrNoNetwork says that a file's tensors are of no network that nn knows.
var ErrNoNetwork = errors.New("no known network")

// Network makes the network of weights, with what o says of it. guessed is that of nn.SpecFromTensors.
func Network(w *weightfile.File, o Options) (network *nn.Network, guessed bool, err error) {
	if strings.HasSuffix(o.Net, ".toml") {
		network, err = networkOf(w, o.Net)
		return network, false, err
	}
	spec, guessed, err := nn.SpecFromTensors(w.Tensors, w.Metadata)
	if err != nil && o.Net == "" {
		return nil, guessed, fmt.Errorf("%w: %w", ErrNoNetwork, err)
	}
	spec.Net = cmp.Or(o.Net, spec.Net)
	spec.Leak = cmp.Or(o.Leak, spec.Leak)
	network, err = nn.NewFromTensors(spec, w.Tensors)
	return network, guessed, err
}

// networkOf makes the network of a configuration for weights. What it does not say, the shape of items, the weights and data.size do.
func networkOf(w *weightfile.File, path string) (*nn.Network, error) {
	c, err := settings.Resolve(settings.Layers{File: path})
	if err != nil {
		return nil, err
	}
	spec := c.Network
	spec.H, spec.W = max(1, c.Data.Size), max(1, c.Data.Size)
	for _, t := range w.Tensors { // the first layer's
		if len(t.Shape) == 4 {
			spec.C = t.Shape[1]
			break
		}
		if len(t.Shape) == 2 {
			if spec.C = t.Shape[1]; spec.Net == "mlp" || spec.Layers == nil || spec.Layers[0].Type != "flatten" {
				spec.H, spec.W = 1, 1
			}
			spec.C /= spec.H * spec.W
			break
		}
	}
	return nn.NewFromTensors(spec, w.Tensors)
}

// LeftOut ends an error about weights with what stood beside them: the tensor that is missing may be there, in another form.
func LeftOut(w *weightfile.File) string {
	const most = 5
	var names []string
	for i, l := range w.LeftOut {
		if i == most {
			names = append(names, fmt.Sprintf("and %d more", len(w.LeftOut)-most))
			break
		}
		names = append(names, l.String())
	}
	if names == nil {
		return ""
	}
	return "; the file also holds, left out: " + strings.Join(names, ", ")
}
