package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"anila/nn"
	"anila/nn/weightfile"
	"anila/train/checkpoint"
	"anila/train/settings"
)

// modelFlags say which model a command works with.
type modelFlags struct {
	path    string // RUN or FILE
	weights string // ema, raw, or "" for ema where there is one
	net     string // for files that do not say what network they hold
	leak    float64
	key     string // of a state dict among several in FILE
}

func (f *modelFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.path, "model", "", "RUN (a run folder) or FILE (.safetensors, .pth or .npz with PyTorch's parameter names)")
	c.Flags().StringVar(&f.weights, "weights", "", "of a run: ema (moving average; default where there is one) or raw")
	c.Flags().StringVar(&f.net, "net", "", "network of a FILE that does not say it: toy, vanilla, nonlocal or resnet")
	c.Flags().Float64Var(&f.leak, "leak", 0, "slope of the leaky ReLU below zero, for a FILE that does not say it (default 0.05)")
	c.Flags().StringVar(&f.key, "key", "", "state dict of a FILE that holds several, by its place in it: model, ema …")
}

// model is a trained network and what is known about how it was trained.
type model struct {
	file    string // that the weights came from
	run     string // checkpoint folder, "" for a FILE
	network *nn.Network
	text    []byte // the configuration as TOML, nil where it is not known
}

// load reads the model; what was guessed or is damaged goes to notes.
func (f *modelFlags) load(notes io.Writer) (*model, error) {
	switch {
	case f.path == "":
		return nil, usagef("--model is needed: a run folder, or a file of weights")
	case f.weights != "" && f.weights != "ema" && f.weights != "raw":
		return nil, usagef("--weights %q: ema or raw", f.weights)
	case f.leak < 0 || f.leak >= 1:
		return nil, usagef("--leak %g: between 0 and 1", f.leak)
	}
	file, run, err := f.find(notes)
	if err != nil {
		return nil, err
	}
	w, err := f.read(file)
	if err != nil {
		return nil, err
	}
	spec, guessed, err := nn.SpecFromTensors(w.Tensors, w.Metadata)
	if err != nil && f.net == "" {
		return nil, fmt.Errorf("model %s: %w (--net names the network)%s", file, err, leftOut(w))
	}
	if f.net != "" {
		spec.Net = f.net
	}
	if f.leak != 0 {
		spec.Leak = f.leak
	}
	network, err := nn.NewFromTensors(spec, w.Tensors)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w%s", file, err, leftOut(w))
	}
	if spec = network.Spec(); guessed {
		fmt.Fprintf(notes, "%s does not name its network; its shapes are those of %s, n = %d, and %d×%d×%d images and leak %g are assumed (--net, --leak)\n",
			file, spec.Net, spec.N, spec.H, spec.W, spec.C, spec.Leak)
	}
	m := &model{file: file, run: run, network: network}
	if text := w.Metadata["config"]; text != "" {
		m.text = []byte(text)
		if _, err = settings.Resolve(settings.Layers{File: file, Text: m.text}); err != nil {
			return nil, fmt.Errorf("model %s: its configuration: %w", file, err)
		}
	}
	return m, nil
}

// read reads a file of weights.
func (f *modelFlags) read(file string) (*weightfile.File, error) {
	w, err := weightfile.Load(file, f.key)
	var choice *weightfile.ChoiceError
	if errors.As(err, &choice) {
		return nil, usagef("model: %v (--key chooses)", err)
	}
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return w, nil
}

// leftOut ends an error about weights with what stood beside them: the tensor that is missing may be there, in another form.
func leftOut(w *weightfile.File) string {
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

// find names the weight file that the flags mean, and its checkpoint folder.
func (f *modelFlags) find(notes io.Writer) (file, run string, err error) {
	st, err := os.Stat(f.path)
	if err != nil {
		return "", "", fmt.Errorf("--model: %w", err)
	}
	if !st.IsDir() {
		if f.weights != "" {
			return "", "", usagef("--weights chooses a file of a run; --model %s is a file already", f.path)
		}
		return f.path, "", nil
	}
	folder := f.path
	if _, err := os.Stat(filepath.Join(folder, "weights.safetensors")); err != nil {
		root := filepath.Join(f.path, "checkpoints")
		step, damaged, err := checkpoint.Newest(checkpoint.OS{}, root)
		if errors.Is(err, checkpoint.ErrNone) && len(damaged) == 0 {
			return "", "", fmt.Errorf("--model %s: no checkpoint in %s", f.path, root)
		}
		if err != nil {
			return "", "", errors.Join(append(damaged, err)...)
		}
		for _, d := range damaged {
			fmt.Fprintf(notes, "skipped: %v\n", d)
		}
		folder = checkpoint.Dir(root, step)
	}
	ema, raw := filepath.Join(folder, "ema.safetensors"), filepath.Join(folder, "weights.safetensors")
	if f.weights == "raw" {
		return raw, folder, nil
	}
	if _, err := os.Stat(ema); err != nil {
		if f.weights == "ema" {
			return "", "", fmt.Errorf("--weights ema: %s keeps no moving average (ema.decay is 0)", folder)
		}
		return raw, folder, nil
	}
	return ema, folder, nil
}
