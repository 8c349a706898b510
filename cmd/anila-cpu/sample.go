package main

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"anila/langevin/target"
	"anila/nn"
	"anila/nn/weightfile"
	"anila/train/data"
	"anila/train/eval"
	"anila/train/model"
	"anila/train/report"
)

type sampleOptions struct {
	model    modelFlags
	n        int
	out      string
	seed     uint64
	steps    int
	preset   string
	settings []string
	data     dataFlags
	workers  int
	force    bool
}

func newSample() *cobra.Command {
	var o sampleOptions
	c := &cobra.Command{
		Use:   "sample",
		Short: "Draw samples from a trained model",
		Long: `Draw samples from a trained model with the sampler it was trained with. Chains start as in training: from noise, from data,
or, for persistent chains and a replay buffer, from states of the run's bank where the run has one (otherwise from noise, for
as many steps as a state of replay is old in the mean, sampler.steps/chains.restart, or for twenty times sampler.steps).
--set changes keys of the sampler: sampler.kernel, sampler.steps, chains.start …
A FILE that holds only weights is sampled with the sampler of --preset.`,
		Example: carriedExample("sample --model NAME --n 64 --out NAME.png") +
			"  anila-cpu sample --model runs/rings-small-001 --n 1000 --out points.npy\n" +
			"  anila-cpu sample --model runs/rings-small-001 --n 1000 --out grid.png --set chains.start=noise-uniform --steps 500",
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return o.run(c.Context(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	o.model.add(c)
	c.Flags().IntVar(&o.n, "n", 100, "samples")
	c.Flags().StringVar(&o.out, "out", "", "grid.png, x.npy ([N,H,W,C], or [N,D]; in the units of the data), x.csv of vectors, or a folder for one PNG a sample")
	addForce(c, &o.force)
	c.Flags().Uint64Var(&o.seed, "seed", 1, "seed of starts and noise")
	c.Flags().IntVar(&o.steps, "steps", 0, "Langevin steps (default: as in training)")
	c.Flags().StringVar(&o.preset, "preset", "", "preset whose sampler is used for a FILE that holds only weights")
	c.Flags().StringArrayVar(&o.settings, "set", nil, "key=value of the sampler, as for train")
	o.data.add(c, "starts of chains.start=data")
	addWorkers(c, &o.workers)
	return c
}

func (o *sampleOptions) run(ctx context.Context, out, notes io.Writer) error {
	ctx, stop := interruptible(ctx, nil)
	defer stop()
	m, err := o.prepare(notes)
	if err != nil {
		return ranks.Agree(err)
	}
	samples, err := o.draw(ctx, m, notes)
	if err != nil || follows() {
		return err
	}
	s := samples.Sampler
	title := fmt.Sprintf("%s, %d steps of %s from %s, seed %d", m.Settings.Data.Name, s.Steps, s.Kernel, samples.Start, o.seed)
	if err := o.write(m, samples.States, title); err != nil {
		return err
	}
	fmt.Fprintf(out, "drew %d samples from %s: %d steps of %s, started from %s, seed %d\nwrote %s\n",
		o.n, m.File, s.Steps, s.Kernel, samples.Start, o.seed, o.out)
	return nil
}

// prepare loads the model, and refuses what cannot be.
func (o *sampleOptions) prepare(notes io.Writer) (*model.Model, error) {
	switch {
	case o.out == "":
		return nil, usagef("--out is needed: grid.png, x.npy or a folder")
	case o.n < 1:
		return nil, usagef("--n %d: at least one sample", o.n)
	case o.steps < 0:
		return nil, usagef("--steps %d: cannot be negative", o.steps)
	}
	if err := checkOutputs(o.force, []string{o.model.Model, o.data.Data}, output{"--out", o.out}); err != nil && !follows() {
		return nil, err
	}
	m, err := o.model.load(notes)
	if err != nil {
		return nil, err
	}
	if err := configure(m, o.preset, o.settings, o.data, notes); err != nil {
		return nil, err
	}
	if err := o.checkOut(m.Network); err != nil && !follows() {
		return nil, err
	}
	return m, nil
}

// draw draws the samples.
func (o *sampleOptions) draw(ctx context.Context, m *model.Model, notes io.Writer) (*model.Samples, error) {
	bar := newProgress(notes, "sampling", "steps", 0, 0)
	defer bar.close()
	return m.Sample(ctx, o.n, model.Sampling{Seed: o.seed, Workers: workerCount(o.workers), Steps: o.steps, Progress: bar.of, Comm: ranks})
}

// checkOut refuses outputs that cannot be, before the work.
func (o *sampleOptions) checkOut(network *nn.Network) error {
	h, w, c := network.Shape()
	switch filepath.Ext(o.out) {
	case ".npy":
		return nil
	case ".csv", ".tsv":
		if h*w != 1 {
			return usagef("--out %s: images are no rows of a table; write x.npy", o.out)
		}
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

// write saves the samples as the extension of --out says.
func (o *sampleOptions) write(m *model.Model, z []float32, title string) error {
	h, w, c := m.Network.Shape()
	switch filepath.Ext(o.out) {
	case ".npy":
		m.Settings.Data.Undo(z, c)
		shape := []int{o.n, h, w, c}
		if h*w == 1 && !toy(m) {
			shape = []int{o.n, c}
		}
		return weightfile.SaveNPY(o.out, shape, z)
	case ".csv", ".tsv":
		m.Settings.Data.Undo(z, c)
		return data.WriteTable(o.out, m.Settings.Data.Columns, z, c)
	case ".png":
		if h*w == 1 {
			return o.writeToy(m, z, title)
		}
		return report.WritePNG(o.out, report.Grid(z, h, w, c, report.GridOptions{Title: title}))
	}
	if err := os.MkdirAll(o.out, 0o777); err != nil {
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

// toy tells whether the model is of a known density of the plane.
func toy(m *model.Model) bool {
	_, err := target.ByName(m.Settings.Data.Name)
	return err == nil
}

// writeToy draws truth, where it is known, learned density and samples of a plane side by side. Points of one's own are drawn
// as the network sees them.
func (o *sampleOptions) writeToy(m *model.Model, z []float32, title string) error {
	truth, err := target.ByName(m.Settings.Data.Name)
	if err != nil {
		limit := 0.0
		for _, v := range z {
			limit = max(limit, 1.1*math.Abs(float64(v)))
		}
		limit = cmp.Or(limit, 1)
		if len(m.Settings.Data.Shift) > 0 {
			title += ", in scaled units"
		}
		log := eval.DensityOnGrid(m.LogDensity(), m.Settings.Train.Sampler.Temperature, limit)
		return report.WritePNG(o.out, report.Points(report.FromLog(eval.GridSize, limit, log), z, title))
	}
	l, err := eval.DensityLikelihood(m.LogDensity(), m.Settings.Train.Sampler.Temperature, truth)
	if err != nil {
		return err
	}
	return report.WritePNG(o.out, report.Likelihood(l, truth, z, title))
}
