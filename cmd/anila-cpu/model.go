package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"anila/nn"
	"anila/nn/weightfile"
	"anila/train/model"
)

// modelFlags say which model a command works with. A diagnosis keeps them in its settings.json.
type modelFlags struct {
	Model      string  `json:",omitempty"` // RUN or FILE
	Weights    string  `json:",omitempty"` // ema, raw, best, or "" for ema where there is one
	Mean       []int64 `json:",omitempty"` // iterations of RUN's checkpoints whose weights are averaged
	Net        string  `json:",omitempty"` // for files that do not say what network they hold
	Leak       float64 `json:",omitempty"`
	Key        string  `json:",omitempty"` // of a state dict among several in FILE
	Convention string  `json:",omitempty"` // what the network of a FILE computes
	Epsilon    float64 `json:",omitempty"`
}

func (f *modelFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.Model, "model", "", "RUN (a run folder), FILE (.safetensors, .pth or .npz with PyTorch's parameter names), or the name of one that the program carries"+carriedNames())
	c.Flags().StringVar(&f.Weights, "weights", "", "of a run: ema (moving average; default where there is one), raw, or best (checkpoint.best)")
	c.Flags().Int64SliceVar(&f.Mean, "mean", nil, "of a run: the mean of the weights of these checkpoints, by iteration: 4000,5000,6000")
	c.Flags().StringVar(&f.Net, "net", "", "network of a FILE that does not say it: "+strings.Join(nn.Nets(), ", ")+", or NET.toml, a configuration that has it")
	c.Flags().Float64Var(&f.Leak, "leak", 0, "slope of the leaky ReLU below zero, for a FILE that does not say it (default 0.05)")
	c.Flags().StringVar(&f.Key, "key", "", "state dict of a FILE that holds several, by its place in it: model, ema …")
	c.Flags().StringVar(&f.Convention, "convention", "", "what the network of a FILE is: f, high on data (default), energy, low on data, or ebm-anatomy (energy, with --epsilon)")
	c.Flags().Float64Var(&f.Epsilon, "epsilon", 0, "ε of --convention ebm-anatomy, the noise of its chains: T = ε²/2")
}

func (f *modelFlags) options(notes io.Writer) model.Options {
	return model.Options{Weights: f.Weights, Mean: f.Mean, Key: f.Key, Net: f.Net, Leak: f.Leak, Convention: f.Convention, Epsilon: f.Epsilon,
		Skipped: func(err error) { fmt.Fprintf(notes, "skipped: %v\n", err) }, Carried: carriedModels}
}

// load reads the model; what was guessed or is damaged goes to notes.
func (f *modelFlags) load(notes io.Writer) (*model.Model, error) {
	if f.Model == "" {
		return nil, usagef("--model is needed: a run folder, or a file of weights")
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	m, err := model.Open(f.Model, f.options(notes))
	if err != nil {
		return nil, f.explain(err)
	}
	f.tellCarried(m.Found, notes)
	if s := m.Network.Spec(); m.Guessed {
		fmt.Fprintf(notes, "%s does not name its network; its shapes are those of %s, n = %d, and %d×%d×%d images and leak %g are assumed (--net, --leak)\n",
			m.File, s.Net, s.N, s.H, s.W, s.C, s.Leak)
		if f.Convention == "" {
			fmt.Fprintf(notes, "its network is taken for f, high on data; --convention energy says that it is low there\n")
		}
	}
	return m, nil
}

// tellCarried says that a model is one that the program carries.
func (f *modelFlags) tellCarried(found model.Found, notes io.Writer) {
	if found.Carried {
		fmt.Fprintf(notes, "model %s: the one that anila-cpu carries (info --model %s tells of it)\n", f.Model, f.Model)
	}
}

// check refuses flags that cannot be.
func (f *modelFlags) check() error {
	switch {
	case f.Weights != "" && f.Weights != "ema" && f.Weights != "raw" && f.Weights != "best":
		return usagef("--weights %q: ema, raw or best", f.Weights)
	case f.Weights == "best" && len(f.Mean) > 0:
		return usagef("--mean is of checkpoints, --weights best is none")
	case f.Leak < 0 || f.Leak >= 1:
		return usagef("--leak %g: between 0 and 1", f.Leak)
	}
	return nil
}

// explain adds the flags that mend an error of package model.
func (f *modelFlags) explain(err error) error {
	var choice *weightfile.ChoiceError
	switch {
	case errors.As(err, &choice):
		return usagef("model: %v (--key chooses)", err)
	case errors.Is(err, model.ErrNoAverage), errors.Is(err, model.ErrNoBest):
		return fmt.Errorf("--weights %s: %w", f.Weights, err)
	case errors.Is(err, model.ErrNoRun):
		if len(f.Mean) > 0 {
			return usagef("--mean: %v", err)
		}
		return usagef("--weights %s: %v", f.Weights, err)
	case errors.Is(err, model.ErrNoNetwork):
		return fmt.Errorf("%w (--net names the network)", err)
	}
	return err
}

// configure gives the model the sampler keys that --set changes, and the data that the flags name.
func configure(m *model.Model, preset string, list []string, data dataFlags, notes io.Writer) error {
	if m.Known && preset != "" {
		return usagef("--preset is for files that hold only weights; %s knows its sampler (change it with --set)", m.File)
	}
	tempered := m.Tempered || preset != "" || slices.ContainsFunc(list, func(s string) bool { return strings.HasPrefix(s, "model.temperature=") })
	if h, w, _ := m.Network.Shape(); h*w == 1 && !tempered {
		return usagef("%s does not say the temperature T of its density exp(f/T), nor its sampler: --preset names the training that it is of, or --set model.temperature=T", m.File)
	}
	if err := m.Configure(preset, list, nil); err != nil {
		return &exitError{exitUsage, err}
	}
	keys, err := data.keys(m.Settings.Data)
	if err != nil {
		return err
	}
	if err := m.Configure(preset, list, keys); err != nil {
		return &exitError{exitUsage, err}
	}
	if !m.Known && preset == "" {
		fmt.Fprintf(notes, "%s does not say how it was trained; the sampler of preset %s is used (--preset, --set)\n", m.File, m.Settings.Preset)
	}
	return nil
}
