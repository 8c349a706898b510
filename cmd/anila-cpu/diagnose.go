package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"anila/internal/files"
	"anila/internal/number"
	"anila/langevin"
	"anila/langevin/diag"
	"anila/langevin/target"
	"anila/tensor"
	"anila/train/checkpoint"
	"anila/train/model"
	"anila/train/run"
)

// diagnoseSettings are what decides the numbers of a diagnosis; settings.json keeps them for --resume.
type diagnoseSettings struct {
	modelFlags
	dataFlags
	Target, Kernel string   `json:",omitempty"`
	Step           float64  `json:",omitempty"`
	Settings       []string `json:",omitempty"`
	Preset         string   `json:",omitempty"`
	Chains, Steps  int
	Discard        int
	Seed           uint64
	Weighted       bool  `json:",omitempty"`
	Capture        []int // steps after which the states are kept for pictures
}

type diagnoseOptions struct {
	diagnoseSettings
	out, resume string
	json        bool
	workers     int
}

func newDiagnose() *cobra.Command {
	var o diagnoseOptions
	c := &cobra.Command{
		Use:   "diagnose",
		Short: "Run long chains on a model or a known target and judge them: R-hat, ESS, f against the data's",
		Long: `Run long chains on a trained model or on a target with known truth, in bounded memory, and judge them: rank-normalised split
R-hat, bulk and tail effective sample size, MCSE, acceptance, and whether long-run states keep the data's level of f.
The table goes to the terminal (--json: as JSON), plots and result.json to a folder. Ctrl-C keeps the chains; --resume FOLDER
goes on with the same bits, with more steps if --steps says so.

Chains start as in training for a model (--set chains.start=data for the long-run check from data), else uniform on a box
around the target. Targets: ` + strings.Join(target.Names(), ", ") + ".",
		Example: "  anila-cpu diagnose --target rings --kernel anila-mala --steps 10000\n" +
			"  anila-cpu diagnose --model runs/rings-small-001 --steps 2000 --out long --json\n" +
			"  anila-cpu diagnose --resume long --steps 4000",
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return o.run(c, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	o.modelFlags.add(c)
	c.Flags().StringVar(&o.Target, "target", "", "known target instead of a model")
	c.Flags().StringVar(&o.Kernel, "kernel", "", "sampler: "+strings.Join(langevin.Kernels(), ", ")+" (default: the model's; targets: mala)")
	c.Flags().Float64Var(&o.Step, "step", 0, "step size s of a target's kernel (default: one that mixes well)")
	c.Flags().StringArrayVar(&o.Settings, "set", nil, "key=value of the model's sampler and chains, as for train")
	c.Flags().StringVar(&o.Preset, "preset", "", "preset whose sampler is used for a FILE that holds only weights")
	c.Flags().IntVar(&o.Chains, "chains", 32, "chains")
	c.Flags().IntVar(&o.Steps, "steps", 0, "steps of each chain (default: targets 200,000, points 100,000, images 10,000)")
	c.Flags().IntVar(&o.Discard, "discard", -1, "first steps that the table leaves out (default: a tenth)")
	c.Flags().Uint64Var(&o.Seed, "seed", 1, "seed of starts and noise")
	c.Flags().BoolVar(&o.Weighted, "weighted", false, "also means weighted by a, which are those of exp(f/T) for uncorrected anila of scope sample (a target's scope is sample with it)")
	o.dataFlags.add(c, "of which the level of f is told")
	c.Flags().StringVar(&o.out, "out", "", "folder for plots and result (default: runs/diagnose-NAME-NNN)")
	c.Flags().StringVar(&o.resume, "resume", "", "folder of an earlier diagnosis to go on with")
	c.Flags().BoolVar(&o.json, "json", false, "print JSON")
	addWorkers(c, &o.workers)
	return c
}

func (o *diagnoseOptions) run(c *cobra.Command, out, notes io.Writer) error {
	if o.resume != "" {
		if err := o.restore(c); err != nil {
			return err
		}
	}
	switch {
	case (o.Model == "") == (o.Target == ""):
		return usagef("either --model or --target is needed")
	case o.Chains < 2:
		return usagef("--chains %d: at least 2, to compare them", o.Chains)
	case o.Chains > 1<<20:
		return usagef("--chains %d: at most 2²⁰", o.Chains)
	case o.Steps < 0:
		return usagef("--steps %d: cannot be negative", o.Steps)
	case o.Target != "" && o.dataFlags != dataFlags{}:
		return usagef("--data and --dir are for models: a --target has its own truth")
	case o.Target != "" && len(o.Settings) > 0:
		return usagef("--set changes a model's sampler; a target's has --kernel and --step")
	case o.Model != "" && o.Step != 0:
		return usagef("--step is for targets; a model's is --set sampler.step=…")
	}
	if err := checkSettings(o.Settings); err != nil {
		return err
	}
	ctx, stop := interruptible(c.Context(), nil)
	defer stop()
	d, err := o.prepare(ctx, notes)
	if err != nil {
		return err
	}
	return o.diagnose(ctx, d, out, notes)
}

// diagnosis is what is run: chains, what is followed along them, and f/T of data.
type diagnosis struct {
	name       string
	density    langevin.LogDensity
	config     diag.Config
	quantities []diag.Quantity
	starts     []float32
	data       []float64
}

// prepare turns the options into chains.
func (o *diagnoseOptions) prepare(ctx context.Context, notes io.Writer) (*diagnosis, error) {
	var d *diagnosis
	var err error
	if o.Target != "" {
		d, err = o.prepareTarget()
	} else {
		d, err = o.prepareModel(ctx, notes)
	}
	if err != nil {
		return nil, err
	}
	d.config.Chains, d.config.Seed, d.config.Discard, d.config.Weighted = o.Chains, o.Seed, o.Discard, o.Weighted
	d.config.Steps = cmp.Or(o.Steps, d.config.Steps)
	if o.Discard < 0 {
		d.config.Discard = d.config.Steps / 10
	}
	if d.config.Discard >= d.config.Steps {
		return nil, usagef("--discard %d: less than --steps %d", d.config.Discard, d.config.Steps)
	}
	if o.Capture == nil {
		o.Capture = []int{0}
		for k := d.config.Steps; k > 0 && len(o.Capture) < 5; k /= 10 {
			o.Capture = append(o.Capture, k)
		}
		slices.Sort(o.Capture)
	}
	d.config.Capture = o.Capture
	return d, nil
}

func (o *diagnoseOptions) prepareTarget() (*diagnosis, error) {
	t, err := target.ByName(o.Target)
	if err != nil {
		return nil, usagef("--target: %w", err)
	}
	config, err := diag.TargetConfig(t, cmp.Or(o.Kernel, "mala"))
	if err != nil {
		return nil, usagef("%w", err)
	}
	if o.Step > 0 {
		config.Sampler.Step = o.Step
	}
	if o.Weighted {
		config.Sampler.Scope = "sample"
	}
	d := &diagnosis{name: o.Target, density: t, config: config, quantities: diag.TargetQuantities(t), starts: make([]float32, o.Chains*t.Dim())}
	diag.TargetStarts(d.starts, t, o.Seed)
	truth := make([]float32, 1000*t.Dim())
	t.Sample(truth, tensor.Key{Seed: o.Seed, Purpose: tensor.PurposeEval})
	d.data = diag.Scores(t, 1, truth)
	return d, nil
}

func (o *diagnoseOptions) prepareModel(ctx context.Context, notes io.Writer) (*diagnosis, error) {
	m, err := o.load(notes)
	if err != nil {
		return nil, err
	}
	list := o.Settings
	if o.Kernel != "" {
		list = append(slices.Clone(list), "sampler.kernel="+o.Kernel)
	}
	if err := configure(m, o.Preset, list, o.dataFlags, notes); err != nil {
		return nil, err
	}
	starts, err := m.Starts(ctx, o.Chains, o.Chains, model.Sampling{Seed: o.Seed})
	if err != nil {
		return nil, err
	}
	config, dim := m.Settings, m.Network.Dim()
	d := &diagnosis{name: cmp.Or(config.Data.Name, "model"), density: m.LogDensity(), quantities: diag.Quantities(dim), starts: make([]float32, o.Chains*dim)}
	starts.Fill(d.starts, 0)
	d.config = diag.Config{Sampler: config.Train.Sampler, Steps: 10_000}
	if dim <= 64 {
		d.config.Steps = 100_000
	}
	const items = 1000
	source, err := config.Source(ctx, nil)
	if err != nil {
		fmt.Fprintf(notes, "without the data's level of f: %v\n", err)
		return d, nil
	}
	if h, w, c := source.Shape(); h*w*c == dim {
		x := make([]float32, items*dim)
		source.Batch(x, tensor.Key{Seed: o.Seed, Purpose: tensor.PurposeEval})
		d.data = diag.Scores(d.density, config.Train.Sampler.Temperature, x)
	}
	return d, nil
}

// Files of a diagnosis' folder.
const (
	diagnoseSettingsFile = "settings.json"
	diagnoseChainsFile   = "chains.gob"
	diagnoseResultFile   = "result.json"
)

// restore reads the settings of an earlier diagnosis; of the flags only --steps, --workers and --json may go with it.
func (o *diagnoseOptions) restore(c *cobra.Command) error {
	steps := o.Steps
	for _, f := range []string{"model", "weights", "net", "leak", "target", "kernel", "step", "set", "preset", "chains", "discard", "seed", "weighted", "data", "dir", "out"} {
		if c.Flags().Changed(f) {
			return usagef("--%s cannot go with --resume: the folder says it", f)
		}
	}
	path := filepath.Join(o.resume, diagnoseSettingsFile)
	text, err := files.ReadSmall(path, 1<<20)
	if err != nil {
		return fmt.Errorf("--resume: %w", err)
	}
	if err := json.Unmarshal(text, &o.diagnoseSettings); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if steps > 0 {
		o.Steps = steps
	}
	return nil
}

// diagnose runs the chains and writes what they show.
func (o *diagnoseOptions) diagnose(ctx context.Context, d *diagnosis, out, notes io.Writer) error {
	workers := tensor.NewWorkers(workerCount(o.workers))
	defer workers.Close()
	var runner *diag.Runner
	folder := o.resume
	if folder == "" {
		made, err := run.CreateFolder(o.out, "diagnose-"+d.name)
		if err != nil {
			return err
		}
		defer made.Close()
		folder = made.Path
		o.Steps, o.Discard = d.config.Steps, d.config.Discard
		if err := writeFileJSON(filepath.Join(folder, diagnoseSettingsFile), o.diagnoseSettings); err != nil {
			return err
		}
		if runner, err = diag.NewRunner(d.density, d.config, d.quantities, workers, d.starts); err != nil {
			var start *langevin.StartError
			if errors.As(err, &start) {
				return err
			}
			return &exitError{exitUsage, err}
		}
	} else {
		file, _, err := files.Open(filepath.Join(folder, diagnoseChainsFile))
		if err != nil {
			return fmt.Errorf("--resume: %w", err)
		}
		defer file.Close()
		if runner, err = diag.Resume(file, d.density, d.config, d.quantities, workers); err != nil {
			return fmt.Errorf("--resume %s: %w", folder, err)
		}
	}
	interrupted := advance(ctx, runner, d.config.Steps, folder, notes)
	if interrupted != nil && !errors.Is(interrupted, context.Canceled) {
		return interrupted
	}
	if err := saveChains(runner, folder); err != nil {
		return err
	}
	if interrupted != nil {
		return &exitError{exitInterrupted, fmt.Errorf("interrupted at step %d; go on with: anila-cpu diagnose --resume %s", runner.Done(), folder)}
	}
	result := runner.Result(d.data)
	if err := writeFileJSON(filepath.Join(folder, diagnoseResultFile), result); err != nil {
		return err
	}
	if err := plotDiagnosis(folder, d, result); err != nil {
		return err
	}
	if o.json {
		return number.Write(out, result)
	}
	if err := result.WriteTable(out); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "plots and result in %s\n", folder)
	return err
}

// saveEvery is the wall clock after which long chains are saved as they go.
const saveEvery = 5 * time.Minute

// advance takes the chains to their last step, with progress.
func advance(ctx context.Context, r *diag.Runner, steps int, folder string, notes io.Writer) error {
	bar := newProgress(notes, "chains", "steps", int64(r.Done()), int64(steps))
	defer bar.close()
	for saved := time.Now(); r.Done() < steps; bar.set(int64(r.Done()), "") {
		if err := r.Advance(ctx, 64); err != nil {
			return err
		}
		if time.Since(saved) > saveEvery {
			if err := saveChains(r, folder); err != nil {
				return err
			}
			saved = time.Now()
		}
	}
	return nil
}

func saveChains(r *diag.Runner, folder string) error {
	var b bytes.Buffer
	if err := r.Save(&b); err != nil {
		return err
	}
	return checkpoint.WriteFile(checkpoint.OS{}, filepath.Join(folder, diagnoseChainsFile), b.Bytes())
}
