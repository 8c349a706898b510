package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"anila/internal/files"
	"anila/train/run"
	"anila/train/settings"
)

type compareOptions struct {
	preset, config string
	settings       []string
	samplers       []string
	seeds          int
	seconds        float64
	data           dataFlags
	out, resume    string
	part           string
	merge          bool
	workers        int
	json           bool

	references run.References // that the runs share
}

func newCompare() *cobra.Command {
	var o compareOptions
	c := &cobra.Command{
		Use:   "compare",
		Short: "Train with several samplers and seeds, at equal iterations or equal seconds: one table, one figure",
		Long: `Train the same model with several samplers, each with several seeds, one run after another on all workers, and compare
them: at equal iterations (train.iterations), or with --seconds at equal time of training. The table has mean and standard
deviation over the seeds; the figure one line a sampler, the median over the seeds. Toys are judged by the exact
KL(truth ‖ model), images by how far the mean and standard deviation of the chains' pixels lie from the data's, by the
correlation of neighbouring pixels, and with --set eval.every=N by the distance of samples that was measured last.

A run that diverges is a row of the table. Ctrl-C prints the table of the runs that are done; --resume FOLDER, or the same
command with the same --out, goes on, with the run under way as well.

A sampler is a kernel, with settings of its own behind commas: --sampler anila,b=0.2 --sampler langevin.

On a cluster --part i/n does one of n parts of the runs, in a folder of its own, and --merge makes of all n folders the table and
figure of the whole (docs/clusters.md has the job array). Runs are numbered sampler by sampler, seeds 1, 2, … within each; number k,
from 1, belongs to part ((k − 1) mod n) + 1. Every other option must be the same for all parts. With --seconds the parts must not run
at once on one machine: they would take each other's time.`,
		Example: "  anila-cpu compare --sampler anila --sampler langevin --seeds 2 --set train.iterations=1000 --out compared\n" +
			"  anila-cpu compare --seeds 2 --set train.iterations=1000 --part 1/2 --out part-1\n" +
			"  anila-cpu compare --seeds 2 --set train.iterations=1000 --part 2/2 --out part-2\n" +
			"  anila-cpu compare --merge part-1 part-2 --out merged",
		Args: func(c *cobra.Command, args []string) error {
			if !o.merge {
				return noArguments(c, args)
			}
			if len(args) == 0 {
				return usagef("--merge needs the folders of all parts")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if o.merge {
				return o.mergeParts(c, args, c.OutOrStdout(), c.ErrOrStderr())
			}
			return o.run(c, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().StringVar(&o.preset, "preset", "", "named settings, as for train (default rings-small)")
	c.Flags().StringVar(&o.config, "config", "", "TOML file with settings")
	c.Flags().StringArrayVar(&o.settings, "set", nil, "key=value for all runs")
	c.Flags().StringArrayVar(&o.samplers, "sampler", []string{"anila", "langevin"}, "kernel[,key=value…]; may be given many times")
	c.Flags().IntVar(&o.seeds, "seeds", 3, "seeds of each sampler: 1, 2, …")
	c.Flags().Float64Var(&o.seconds, "seconds", 0, "compare at this many seconds of training, not at equal iterations")
	o.data.add(c, "what is trained on")
	c.Flags().StringVar(&o.out, "out", "", "folder for the runs, table and figure (default: runs/compare-NAME-NNN)")
	c.Flags().StringVar(&o.resume, "resume", "", "folder of a comparison to go on with")
	c.Flags().StringVar(&o.part, "part", "", "i/n: do part i of n of the runs alone")
	c.Flags().BoolVar(&o.merge, "merge", false, "put together the parts whose folders are given")
	addWorkers(c, &o.workers)
	c.Flags().BoolVar(&o.json, "json", false, "print the table as JSON")
	return c
}

// plan is what a comparison is to do; with the runs that are done, it is the file compare.json of its folder.
type plan struct {
	Seconds  float64 `json:",omitempty"`
	Seeds    int
	Part     int `json:",omitempty"` // that the folder holds, from 1; 0 is the whole comparison
	Parts    int `json:",omitempty"` // that there are
	Entrants []entrant
	Runs     []comparedRun
}

// entrant is one sampler of a comparison.
type entrant struct {
	Sampler string // as on the command line
	Kernel  string
	Config  string // settings of its runs, but for the seed
}

const planName = "compare.json"

func (o *compareOptions) run(c *cobra.Command, out, notes io.Writer) error {
	switch {
	case o.seeds < 1:
		return usagef("--seeds %d: at least 1", o.seeds)
	case !(o.seconds >= 0 && o.seconds < 1e9):
		return usagef("--seconds %g: from 0 to 10⁹", o.seconds)
	}
	p, folder, err := o.open(c)
	if err != nil {
		return err
	}
	defer folder.Close()
	ctx, stop := interruptible(c.Context(), nil)
	defer stop()
	stopped := o.trainAll(ctx, p, folder, notes)
	if len(p.Runs) > 0 {
		if err := o.show(p, folder.Path, out, notes); err != nil {
			return errors.Join(err, stopped)
		}
	}
	if stopped != nil {
		code := exitFailed
		if coded := (*exitError)(nil); errors.As(stopped, &coded) {
			code = coded.code
		}
		return &exitError{code, fmt.Errorf("%w; %d of %d runs are done: go on with: anila-cpu compare --resume %s",
			stopped, len(p.Runs), p.total(), folder.Path)}
	}
	return nil
}

// open makes the folder of a comparison, or opens that of one to go on with.
func (o *compareOptions) open(c *cobra.Command) (*plan, *run.Folder, error) {
	if o.resume != "" {
		for _, f := range []string{"preset", "config", "set", "sampler", "seeds", "seconds", "data", "dir", "out", "part"} {
			if c.Flags().Changed(f) {
				return nil, nil, usagef("--%s cannot go with --resume: the folder says it", f)
			}
		}
		p, err := readPlan(o.resume)
		if err != nil {
			return nil, nil, fmt.Errorf("--resume: %w", err)
		}
		folder, err := run.LockFolder(o.resume)
		return p, folder, err
	}
	asked, err := o.plan()
	if err != nil {
		return nil, nil, err
	}
	if p, err := readPlan(o.out); err == nil && o.out != "" { // the same command again
		begun := *p
		if begun.Runs = nil; !reflect.DeepEqual(asked, &begun) {
			return nil, nil, fmt.Errorf("--out %s holds another comparison: choose another folder, or go on with it by --resume %s alone", o.out, o.out)
		}
		folder, err := run.LockFolder(o.out)
		return p, folder, err
	}
	config, err := asked.config(0, 1)
	if err != nil {
		return nil, nil, err
	}
	name := "compare-" + strings.TrimSuffix(filepath.Base(config.Data.Name), ".npy")
	if asked.Parts > 0 {
		name += fmt.Sprintf("-part-%d-of-%d", asked.Part, asked.Parts)
	}
	folder, err := run.CreateFolder(o.out, name)
	if err != nil {
		return nil, nil, err
	}
	if err := asked.save(folder.Path); err != nil {
		return nil, nil, errors.Join(err, folder.Close())
	}
	return asked, folder, nil
}

// plan resolves the configuration of every sampler.
func (o *compareOptions) plan() (*plan, error) {
	if err := checkSettings(o.settings); err != nil {
		return nil, err
	}
	p := &plan{Seconds: o.seconds, Seeds: o.seeds}
	for _, s := range o.samplers {
		parts := strings.Split(s, ",")
		keys := append(slices.Clone(o.settings), "sampler.kernel="+parts[0])
		for _, part := range parts[1:] {
			if !strings.Contains(part, "=") {
				return nil, usagef("--sampler %s: want kernel,key=value,…", s)
			}
			if !strings.Contains(strings.SplitN(part, "=", 2)[0], ".") {
				part = "sampler." + part
			}
			keys = append(keys, part)
		}
		config, err := o.data.resolve(settings.Layers{Preset: o.preset, File: o.config, Settings: keys, Flags: map[string]any{"seed": int64(1)}})
		if err != nil {
			return nil, err
		}
		if o.seconds > 0 {
			config.Iterations = min(math.MaxInt32, (1<<39-1)/max(1, config.Train.Sampler.Steps)) // all that Validate lets pass
		}
		config.Log.Every = min(config.Log.Every, max(1, config.Iterations/measurements))
		if o.seconds > 0 && config.Train.Batch > 0 && config.Network.Net != "toy" {
			config.Log.Every = 1 // how many iterations there will be is not known
		}
		p.Entrants = append(p.Entrants, entrant{s, config.Train.Sampler.Kernel, string(config.TOML())})
	}
	if o.part != "" {
		return p, p.choose(o.part)
	}
	return p, nil
}

// config is that of an entrant's run.
func (p *plan) config(entrant int, seed uint64) (settings.Config, error) {
	c, err := settings.Resolve(settings.Layers{File: planName, Text: []byte(p.Entrants[entrant].Config), Flags: map[string]any{"seed": int64(seed)}})
	return c, asUsage(err)
}

// done tells whether a run is.
func (p *plan) done(entrant int, seed uint64) bool {
	return slices.ContainsFunc(p.Runs, func(r comparedRun) bool { return r.Entrant == entrant && r.Seed == seed })
}

func (p *plan) save(folder string) error { return writeFileJSON(filepath.Join(folder, planName), p) }

// readPlan reads what save wrote.
func readPlan(folder string) (*plan, error) {
	path := filepath.Join(folder, planName)
	text, err := files.ReadSmall(path, 16<<20)
	if err != nil {
		return nil, err
	}
	var p plan
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(p.Entrants) == 0 || p.Seeds < 1 || p.Parts < 0 || p.Parts > 0 && (p.Part < 1 || p.Part > p.Parts) {
		return nil, fmt.Errorf("%s: no comparison", path)
	}
	return &p, nil
}

// trainAll does the runs that are not done yet.
func (o *compareOptions) trainAll(ctx context.Context, p *plan, folder *run.Folder, notes io.Writer) error {
	for i, e := range p.Entrants {
		for seed := uint64(1); seed <= uint64(p.Seeds); seed++ {
			if !p.mine(i, seed) || p.done(i, seed) {
				continue
			}
			name := fmt.Sprintf("%02d-%s-seed%d", i+1, e.Kernel, seed)
			trained, err := o.trainOne(ctx, p, i, seed, filepath.Join(folder.Path, name), notes)
			if err != nil {
				return err
			}
			p.Runs = append(p.Runs, trained)
			if err := p.save(folder.Path); err != nil {
				return err
			}
		}
	}
	return nil
}

// compareView shows a run among those of a comparison.
type compareView struct {
	trainView
	plan  *plan
	began time.Time
}

// Progress implements run.Observer.
func (v *compareView) Progress(p run.Progress) {
	note := fmt.Sprintf("gap %+.4f", p.Gap)
	if left := v.left(p); left > 0 {
		note += fmt.Sprintf(", all runs: %s left", left.Round(time.Second))
	}
	v.bar.set(int64(p.Iteration), note)
}

// left is the time that all runs together still need, 0 while unknown.
func (v *compareView) left(p run.Progress) time.Duration {
	later := time.Duration(v.plan.total() - len(v.plan.Runs) - 1)
	this, each := p.Left, time.Since(v.began)+p.Left
	if v.plan.Seconds > 0 {
		each = time.Duration(v.plan.Seconds * float64(time.Second))
		this = max(0, each-time.Since(v.began))
	} else if p.Left == 0 {
		return 0
	}
	return this + later*each
}
