package main

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"anila/train/model"
)

// models is the folder of trained models, each NAME.safetensors with its card NAME.toml.
//
//go:embed models
var models embed.FS

// carriedModels is what --model NAME looks into.
var carriedModels = func() fs.FS {
	folder, err := fs.Sub(models, "models")
	if err != nil {
		panic(err)
	}
	return folder
}()

// carriedNames lists the models that the program carries, for a help text.
func carriedNames() string {
	if names := model.Carried(carriedModels); len(names) > 0 {
		return ": " + strings.Join(names, ", ")
	}
	return ""
}

// carriedExample is a line of examples about one of the models that the program carries, "" where there are none.
func carriedExample(line string) string {
	if names := model.Carried(carriedModels); len(names) > 0 {
		return "  anila-cpu " + strings.ReplaceAll(line, "NAME", names[len(names)-1]) + "\n"
	}
	return ""
}

// card is what is known of a model beside its weights and settings: its page for people, models/NAME.toml.
type card struct {
	Title   string
	Data    string  // what it was trained on, and whose that is
	Terms   string  // on which the data may be used, and the weights
	Command string  // that trained it
	Version string  // of the program
	Machine string  // that it was trained on
	Hours   float64 // that took
	Weights string  // which of the run's, and in which precision
	Half    string  // what half precision changed
	Limits  []string

	Measures []measured // what it reached
}

// measured is a number that a model reached.
type measured struct {
	Name  string
	Value float64
	N     int    // samples
	Of    string // against what, and with which settings of the sampler
	Scale string // values that say what it means
}

// readCard reads the card of a model that the program carries.
func readCard(models fs.FS, name string) (*card, error) {
	file := name + ".toml"
	text, err := fs.ReadFile(models, file)
	if err != nil {
		return nil, fmt.Errorf("the card of model %s: %w", name, err)
	}
	var c card
	meta, err := toml.Decode(string(text), &c)
	if err == nil && len(meta.Undecoded()) > 0 {
		err = fmt.Errorf("no card has the key %s", meta.Undecoded()[0])
	}
	if err == nil {
		err = c.check()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &c, nil
}

// check says what a card leaves out.
func (c *card) check() error {
	for _, field := range []struct{ name, value string }{{"title", c.Title}, {"data", c.Data}, {"terms", c.Terms}, {"command", c.Command},
		{"version", c.Version}, {"machine", c.Machine}, {"weights", c.Weights}, {"half", c.Half}} {
		if strings.TrimSpace(field.value) == "" {
			return fmt.Errorf("%s is missing", field.name)
		}
	}
	switch {
	case !(c.Hours > 0):
		return errors.New("hours are missing")
	case len(c.Limits) == 0:
		return errors.New("limits are missing")
	case len(c.Measures) == 0:
		return errors.New("measures are missing")
	}
	if i := slices.IndexFunc(c.Measures, func(m measured) bool { return m.Name == "" || m.Of == "" || m.N < 1 }); i >= 0 {
		return fmt.Errorf("measure %d lacks its name, n, or of", i+1)
	}
	return nil
}

func (c *card) print(out io.Writer) {
	fmt.Fprintf(out, `%s
data             %s
terms            %s
trained by       %s
                 version %s, %.3g hours on %s
weights          %s
half precision   %s
`, c.Title, c.Data, c.Terms, c.Command, c.Version, c.Hours, c.Machine, c.Weights, c.Half)
	for i, m := range c.Measures {
		head := ""
		if i == 0 {
			head = "measures"
		}
		scale := ""
		if m.Scale != "" {
			scale = "; " + m.Scale
		}
		fmt.Fprintf(out, "%-16s %s %.4g (%d samples, %s%s)\n", head, m.Name, m.Value, m.N, m.Of, scale)
	}
	for i, l := range c.Limits {
		head := ""
		if i == 0 {
			head = "limits"
		}
		fmt.Fprintf(out, "%-16s %s\n", head, l)
	}
}

// modelInfo is what `info --model` prints.
type modelInfo struct {
	Card        *card `json:",omitempty"` // of a model that the program carries
	File        string
	Network     string
	Parameters  int
	Items       [3]int // height, width, channels
	Temperature float64
	Sampler     string
	Start       string            // of chains
	Data        string            // by name
	Metadata    map[string]string // of the file, but for its settings
}

func readModel(name string, notes io.Writer) (*modelInfo, error) {
	f := modelFlags{Model: name}
	m, err := f.load(notes)
	if err != nil {
		return nil, err
	}
	spec, s := m.Network.Spec(), m.Settings.Train.Sampler
	i := &modelInfo{File: m.File, Network: spec.Net, Parameters: m.Network.ParamCount(), Items: [3]int{spec.H, spec.W, spec.C}, Temperature: s.Temperature,
		Sampler: fmt.Sprintf("%d steps of %s, drift %.4g, noise %.4g", s.Steps, s.Kernel, s.Drift, s.Noise),
		Start:   m.Settings.Train.Start.Kind, Data: m.Settings.Data.Name, Metadata: maps.Clone(m.Metadata)}
	if s.Anisotropic() {
		i.Sampler += fmt.Sprintf(", b %.4g by %s", s.Bound(), s.Limits())
	}
	if sd := m.Settings.Train.ReferenceSD; sd > 0 {
		i.Sampler += fmt.Sprintf(", Gaussian reference of sd %.4g", sd)
	}
	if !m.Known {
		i.Sampler, i.Start, i.Data = "not known", "not known", "not known"
		if !m.Tempered {
			i.Temperature = 0
		}
	}
	delete(i.Metadata, "config")
	if m.Carried {
		i.Card, err = readCard(carriedModels, name)
	}
	return i, err
}

func (i *modelInfo) print(out io.Writer) error {
	if i.Card != nil {
		i.Card.print(out)
	}
	temperature := "not known"
	if i.Temperature > 0 {
		temperature = fmt.Sprintf("%.6g", i.Temperature)
	}
	_, err := fmt.Fprintf(out, `weights from     %s
network          %s, %d parameters, items of %d×%d×%d
temperature      %s
sampler          %s
chains start     %s
data by name     %s
`, i.File, i.Network, i.Parameters, i.Items[0], i.Items[1], i.Items[2], temperature, i.Sampler, i.Start, i.Data)
	if n := i.Metadata["iteration"]; n != "" {
		fmt.Fprintf(out, "iteration        %s\n", n)
	}
	if n := i.Metadata["mean"]; n != "" {
		fmt.Fprintf(out, "mean of          iterations %s\n", n)
	}
	return err
}
