package main

import (
	"context"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"anila/langevin"
	"anila/langevin/target"
	"anila/nn"
	"anila/nn/weightfile"
	"anila/tensor"
	"anila/train/data"
	"anila/train/eval"
	"anila/train/report"
	"anila/train/settings"
)

type sampleOptions struct {
	model    modelFlags
	n        int
	out      string
	seed     uint64
	steps    int
	preset   string
	settings []string
	dir      string
	workers  int
}

func newSample() *cobra.Command {
	var o sampleOptions
	c := &cobra.Command{
		Use:   "sample",
		Short: "Draw samples from a trained model",
		Long: `Draw samples from a trained model with the sampler it was trained with. Chains start as in training: from noise, from data,
or, for persistent chains and a replay buffer, from states of the run's bank where the run has one (otherwise from noise,
for twenty times the steps). --set changes keys of the sampler: sampler.kernel, sampler.steps, chains.start …
A FILE that holds only weights is sampled with the sampler of --preset.`,
		Example: "  anila-cpu sample --model runs/rings-small-001 --n 1000 --out points.npy\n" +
			"  anila-cpu sample --model runs/rings-small-001 --n 1000 --out grid.png --set chains.start=noise-uniform --steps 500",
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return o.run(c.Context(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	o.model.add(c)
	c.Flags().IntVar(&o.n, "n", 100, "samples")
	c.Flags().StringVar(&o.out, "out", "", "grid.png, x.npy ([N,H,W,C] float32 in [−1, 1]), or a folder for one PNG a sample")
	c.Flags().Uint64Var(&o.seed, "seed", 1, "seed of starts and noise")
	c.Flags().IntVar(&o.steps, "steps", 0, "Langevin steps (default: as in training)")
	c.Flags().StringVar(&o.preset, "preset", "", "preset whose sampler is used for a FILE that holds only weights")
	c.Flags().StringArrayVar(&o.settings, "set", nil, "key=value of the sampler, as for train")
	c.Flags().StringVar(&o.dir, "data", "", "folder that holds the data sets, for chains.start=data (default: ANILA_DATA)")
	c.Flags().IntVar(&o.workers, "workers", 0, "workers (0: one a core)")
	return c
}

func (o *sampleOptions) run(ctx context.Context, out, notes io.Writer) error {
	switch {
	case o.out == "":
		return usagef("--out is needed: grid.png, x.npy or a folder")
	case o.n < 1:
		return usagef("--n %d: at least one sample", o.n)
	case o.steps < 0 || o.workers < 0:
		return usagef("--steps and --workers cannot be negative")
	}
	m, err := o.model.load(notes)
	if err != nil {
		return err
	}
	config, err := o.configure(m, notes)
	if err != nil {
		return err
	}
	if err := o.checkOut(m.network); err != nil {
		return err
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	z, sampler, start, err := o.draw(ctx, m, config, notes)
	if err != nil {
		return err
	}
	title := fmt.Sprintf("%s, %d steps of %s from %s, seed %d", config.Data.Name, sampler.Steps, sampler.Kernel, start, o.seed)
	if err := o.write(m, config, z, title); err != nil {
		return err
	}
	fmt.Fprintf(out, "drew %d samples from %s: %d steps of %s, started from %s, seed %d\nwrote %s\n",
		o.n, m.file, sampler.Steps, sampler.Kernel, start, o.seed, o.out)
	return nil
}

// configure returns the training configuration with the sampler keys that the flags change.
func (o *sampleOptions) configure(m *model, notes io.Writer) (settings.Config, error) {
	layers := settings.Layers{File: m.file, Text: m.text, Settings: o.settings, Flags: map[string]any{}}
	switch {
	case m.text != nil && o.preset != "":
		return settings.Config{}, usagef("--preset is for files that hold only weights; %s knows its sampler (change it with --set)", m.file)
	case m.text == nil:
		preset := o.preset
		if preset == "" {
			preset = map[bool]string{true: "rings", false: "cifar10"}[m.network.Spec().Net == "toy"]
			fmt.Fprintf(notes, "%s does not say how it was trained; the sampler of preset %s is used (--preset, --set)\n", m.file, preset)
		}
		layers.File, layers.Preset = "", preset
	}
	if o.steps > 0 {
		layers.Flags["sampler.steps"] = o.steps
	}
	c, err := settings.Resolve(layers)
	if err == nil {
		c, err = c.Resolved()
	}
	if err != nil {
		return c, &exitError{exitUsage, err}
	}
	return c, nil
}

// checkOut refuses outputs that cannot be, before the work.
func (o *sampleOptions) checkOut(network *nn.Network) error {
	h, w, c := network.Shape()
	switch filepath.Ext(o.out) {
	case ".npy":
		return nil
	case ".png":
		if h*w == 1 && c != 2 {
			return usagef("--out %s: states of %d numbers have no picture; write x.npy", o.out, c)
		}
		return nil
	case "":
	default:
		return usagef("--out %s: a .png, a .npy, or a folder (without an extension)", o.out)
	}
	if h*w == 1 {
		return usagef("--out %s: points have no picture each; write grid.png or x.npy", o.out)
	}
	if entries, err := os.ReadDir(o.out); err == nil && len(entries) > 0 {
		return fmt.Errorf("--out %s: the folder is not empty (it has %s)", o.out, entries[0].Name())
	}
	return nil
}

// sampleBatch is how many chains run at once; stepsBetween is how many steps they do between looks at the clock.
const (
	sampleBatch  = 500
	stepsBetween = 10
	// coldFactor times the training's steps are run where chains of a persistent model start anew.
	coldFactor = 20
)

// draw runs the chains and returns their ends [n, dim], the sampler, and where they started.
func (o *sampleOptions) draw(ctx context.Context, m *model, config settings.Config, notes io.Writer) (z []float32, s langevin.Config, from string, err error) {
	s = config.Train.Sampler
	dim := m.network.Dim()
	z = make([]float32, o.n*dim)
	batch := min(o.n, sampleBatch)
	warm, from, err := o.starts(ctx, m, config, batch, z, &s)
	if err != nil {
		return nil, s, from, err
	}
	if o.steps > 0 {
		s.Steps = o.steps
	}
	workers := tensor.NewWorkers(workerCount(o.workers))
	defer workers.Close()
	bar := newProgress(notes, "sampling", "steps", 0, int64((o.n+batch-1)/batch*s.Steps))
	defer bar.close()
	done := int64(0)
	for first, k := 0, 0; first < o.n; first, k = first+batch, k+1 {
		chains := min(batch, o.n-first)
		block := z[first*dim : (first+chains)*dim]
		if warm != nil {
			full := make([]float32, batch*dim) // a bank draws whole batches
			warm(full, k)
			copy(block, full)
		}
		pool, err := langevin.NewPool(config.Train.LogDensity(m.network), s, workers, chains)
		if err != nil {
			return nil, s, from, &exitError{exitUsage, err}
		}
		if s.Adapt > 0 {
			if err := pool.Warmup(block, o.seed, uint64(k)<<32|1<<31); err != nil {
				return nil, s, from, err
			}
		}
		if err := pool.Start(block, o.seed, uint64(k)<<32); err != nil {
			return nil, s, from, err
		}
		for step := 0; step < s.Steps; {
			if ctx.Err() != nil {
				return nil, s, from, errInterrupted
			}
			next := min(stepsBetween, s.Steps-step)
			pool.Advance(next, nil)
			step += next
			done += int64(next)
			bar.set(done, "")
		}
	}
	return z, s, from, nil
}

// starts decides where chains start. It either fills z from the run's bank, or returns what fills a batch.
func (o *sampleOptions) starts(ctx context.Context, m *model, config settings.Config, batch int, z []float32, s *langevin.Config) (func(z []float32, k int), string, error) {
	dim := m.network.Dim()
	start := config.Train.Start.Cold()
	start.Count = batch
	switch config.Train.Start.Kind {
	case "data":
		source, err := data.OpenWith(ctx, config.Data.Name, data.Options{Dir: o.dir, Size: config.Data.Size})
		if err != nil {
			return nil, "", err
		}
		return func(z []float32, k int) {
			source.Batch(z, tensor.Key{Seed: o.seed, Purpose: tensor.PurposeBatch, Step: uint64(k)})
		}, "data", nil
	case "persistent", "replay":
		bank, err := m.bank()
		if err != nil {
			return nil, "", err
		}
		if n := len(bank) / dim; n >= o.n {
			indices := make([]int, o.n)
			data.Indices(indices, n, tensor.Key{Seed: o.seed, Purpose: tensor.PurposeSample})
			for i, j := range indices {
				copy(z[i*dim:(i+1)*dim], bank[j*dim:(j+1)*dim])
			}
			return nil, "states of the run's bank", nil
		}
		s.Steps *= coldFactor
	}
	noise, err := langevin.NewBank(start, dim, o.seed)
	if err != nil {
		return nil, "", &exitError{exitUsage, err}
	}
	return func(z []float32, k int) { noise.Draw(z, uint64(k), nil) }, start.Kind, nil
}

// bank returns the states of the run's bank, nil where there is none.
func (m *model) bank() ([]float32, error) {
	if m.run == "" {
		return nil, nil
	}
	tensors, _, err := weightfile.LoadSafetensors(filepath.Join(m.run, "chains.safetensors"))
	if err != nil {
		return nil, err
	}
	for _, t := range tensors {
		if t.Name == "bank" && len(t.Data)%m.network.Dim() == 0 {
			return t.Data, nil
		}
	}
	return nil, nil
}

// write saves the samples as the extension of --out says.
func (o *sampleOptions) write(m *model, config settings.Config, z []float32, title string) error {
	h, w, c := m.network.Shape()
	switch filepath.Ext(o.out) {
	case ".npy":
		return weightfile.SaveNPY(o.out, []int{o.n, h, w, c}, z)
	case ".png":
		if h*w == 1 {
			return o.writeToy(m, config, z, title)
		}
		return report.WritePNG(o.out, report.Grid(z, h, w, c, report.GridOptions{Title: title}))
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return err
	}
	for i := range o.n {
		name := filepath.Join(o.out, fmt.Sprintf("sample-%06d.png", i+1))
		if err := report.WritePNG(name, picture(z[i*h*w*c:(i+1)*h*w*c], h, w, c)); err != nil {
			return err
		}
	}
	return nil
}

// picture is one image [h, w, c] in [−1, 1], grey for c = 1, at its own size.
func picture(x []float32, h, w, c int) image.Image {
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range h * w {
		for ch := range 3 {
			p.Pix[4*i+ch] = data.ToByte(x[i*c+ch%c])
		}
		p.Pix[4*i+3] = 255
	}
	return p
}

// writeToy draws truth, learned density and samples of a plane side by side.
func (o *sampleOptions) writeToy(m *model, config settings.Config, z []float32, title string) error {
	truth, err := target.ByName(config.Data.Name)
	if err != nil {
		return fmt.Errorf("--out %s: %w; write x.npy", o.out, err)
	}
	l, err := eval.DensityLikelihood(config.Train.LogDensity(m.network), config.Train.Sampler.Temperature, truth)
	if err != nil {
		return err
	}
	return report.WritePNG(o.out, report.Likelihood(l, truth, z, title))
}
