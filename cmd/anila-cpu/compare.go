package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"anila/internal/measure"
	"anila/internal/number"
	"anila/train/data"
	"anila/train/report"
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
	out            string
	workers        int
	json           bool
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

A sampler is a kernel, with settings of its own behind commas: --sampler anila,b=0.2 --sampler langevin.`,
		Example: "  anila-cpu compare --sampler anila --sampler langevin --seeds 2 --set train.iterations=1000 --out compared",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return o.run(c.Context(), c.OutOrStdout(), c.ErrOrStderr())
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
	c.Flags().IntVar(&o.workers, "workers", 0, "workers (0: one a core)")
	c.Flags().BoolVar(&o.json, "json", false, "print the table as JSON")
	return c
}

// entrant is one sampler of a comparison, with a configuration for each seed.
type entrant struct {
	label   string
	configs []settings.Config
	runs    []comparedRun
}

// comparedRun is what one run came to.
type comparedRun struct {
	Seed       uint64
	Folder     string
	Iterations uint64
	Seconds    float64
	Limited    *float64 `json:",omitempty"` // share of the steps that b shortened, of kernels with a bound
	KL         *float64 `json:",omitempty"` // toys
	MeanOff    *float64 `json:",omitempty"` // images: largest |mean − data's| over the channels
	SDOff      *float64 `json:",omitempty"` // the same of the standard deviation
	Neighbour  *float64 `json:",omitempty"` // correlation of neighbouring pixels
	Distance   *float64 `json:",omitempty"` // of samples from the data, as measured last
	Measure    string   `json:",omitempty"` // by what
}

func (o *compareOptions) run(ctx context.Context, out, notes io.Writer) error {
	switch {
	case o.seeds < 1:
		return usagef("--seeds %d: at least 1", o.seeds)
	case o.seconds < 0 || o.workers < 0:
		return usagef("--seconds and --workers cannot be negative")
	}
	entrants, err := o.entrants()
	if err != nil {
		return err
	}
	name := entrants[0].configs[0].Data.Name
	made, err := run.CreateFolder(o.out, "compare-"+name)
	if err != nil {
		return err
	}
	defer made.Close()
	ctx, stop := interruptible(ctx, nil)
	defer stop()
	for i := range entrants {
		for k, config := range entrants[i].configs {
			folder := filepath.Join(made.Path, fmt.Sprintf("%02d-%s-seed%d", i+1, config.Train.Sampler.Kernel, k+1))
			trained, err := o.trainOne(ctx, config, folder, notes, fmt.Sprintf("%s, seed %d", entrants[i].label, k+1))
			if err != nil {
				return err
			}
			entrants[i].runs = append(entrants[i].runs, trained)
		}
	}
	table := summarise(entrants)
	if err := writeFileJSON(filepath.Join(made.Path, "table.json"), table); err != nil {
		return err
	}
	if err := o.figure(filepath.Join(made.Path, "figure.png"), entrants); err != nil {
		return err
	}
	if o.json {
		return number.Write(out, table)
	}
	printComparison(out, table)
	_, err = fmt.Fprintf(out, "figure and runs in %s\n", made.Path)
	return err
}

// entrants resolves the configuration of every sampler and seed.
func (o *compareOptions) entrants() ([]entrant, error) {
	if err := checkSettings(o.settings); err != nil {
		return nil, err
	}
	var all []entrant
	for _, s := range o.samplers {
		parts := strings.Split(s, ",")
		keys := append([]string{}, o.settings...)
		keys = append(keys, "sampler.kernel="+parts[0])
		for _, p := range parts[1:] {
			if !strings.Contains(p, "=") {
				return nil, usagef("--sampler %s: want kernel,key=value,…", s)
			}
			if !strings.Contains(strings.SplitN(p, "=", 2)[0], ".") {
				p = "sampler." + p
			}
			keys = append(keys, p)
		}
		e := entrant{label: s}
		for k := range o.seeds {
			flags := map[string]any{"seed": int64(k + 1)}
			if o.seconds > 0 {
				flags["train.iterations"] = int64(math.MaxInt32)
			}
			config, err := o.data.resolve(settings.Layers{Preset: o.preset, File: o.config, Settings: keys, Flags: flags})
			if err != nil {
				return nil, err
			}
			e.configs = append(e.configs, config)
		}
		all = append(all, e)
	}
	return all, nil
}

// trainOne trains one run and measures what came out.
func (o *compareOptions) trainOne(ctx context.Context, config settings.Config, folder string, notes io.Writer, what string) (comparedRun, error) {
	c := comparedRun{Seed: config.Train.Seed, Folder: folder}
	session, err := run.Start(config, run.Options{Report: report.New, Dir: folder, Workers: workerCount(o.workers), MaxTime: time.Duration(o.seconds * float64(time.Second))})
	if err != nil {
		return c, asUsage(err)
	}
	defer session.Close()
	view := &trainView{bar: newProgress(notes, what, "iterations", 0, int64(config.Iterations))}
	result, err := session.Train(ctx, view)
	view.bar.close()
	if err != nil {
		return c, err
	}
	if result.Status == run.Interrupted {
		return c, errInterrupted
	}
	c.Iterations, c.Seconds = result.Iteration, result.Seconds
	if result.Limited == result.Limited {
		c.Limited = &result.Limited
	}
	if d := result.Distance; d != nil {
		c.Distance, c.Measure = &d.Value, d.Name()
	}
	if result.Likelihood != nil {
		c.KL = &result.Likelihood.KL
		return c, nil
	}
	network := session.Trainer().Network()
	h, w, channels := network.Shape()
	if h*w == 1 {
		return c, nil
	}
	source, err := data.OpenWith(ctx, config.Data.Name, data.Options{Dir: config.Data.Dir, Size: config.Data.Size})
	if err != nil {
		return c, err
	}
	set, ok := source.(data.Set)
	if !ok {
		return c, nil
	}
	truth, chains := data.MeasureSet(set, 5000), data.Measure(session.Trainer().Chains(), h, w, channels)
	mean, sd := 0.0, 0.0
	for ch := range channels {
		mean = math.Max(mean, math.Abs(chains.Mean[ch]-truth.Mean[ch]))
		sd = math.Max(sd, math.Abs(chains.SD[ch]-truth.SD[ch]))
	}
	c.MeanOff, c.SDOff, c.Neighbour = &mean, &sd, &chains.Neighbour
	return c, nil
}

// comparison is a row of the table: mean and standard deviation over the seeds.
type comparison struct {
	Sampler    string
	Iterations spread
	Seconds    spread
	Limited    *spread `json:",omitempty"`
	KL         *spread `json:",omitempty"`
	MeanOff    *spread `json:",omitempty"`
	SDOff      *spread `json:",omitempty"`
	Neighbour  *spread `json:",omitempty"`
	Distance   *spread `json:",omitempty"` // by Measure
	Measure    string  `json:",omitempty"`
	Runs       []comparedRun
}

type spread struct{ Mean, SD float64 }

func (s spread) String() string { return fmt.Sprintf("%.4g ± %.2g", s.Mean, s.SD) }

// spreadOf is the spread of f over the runs, nil where a run has no value.
func spreadOf(runs []comparedRun, f func(comparedRun) *float64) *spread {
	var s spread
	for _, r := range runs {
		v := f(r)
		if v == nil {
			return nil
		}
		s.Mean += *v / float64(len(runs))
	}
	for _, r := range runs {
		s.SD += math.Pow(*f(r)-s.Mean, 2) / math.Max(1, float64(len(runs)-1))
	}
	s.SD = math.Sqrt(s.SD)
	return &s
}

func summarise(entrants []entrant) []comparison {
	var table []comparison
	for _, e := range entrants {
		iterations := func(r comparedRun) *float64 { v := float64(r.Iterations); return &v }
		table = append(table, comparison{
			Sampler:    e.label,
			Iterations: *spreadOf(e.runs, iterations),
			Seconds:    *spreadOf(e.runs, func(r comparedRun) *float64 { return &r.Seconds }),
			Limited:    spreadOf(e.runs, func(r comparedRun) *float64 { return r.Limited }),
			KL:         spreadOf(e.runs, func(r comparedRun) *float64 { return r.KL }),
			MeanOff:    spreadOf(e.runs, func(r comparedRun) *float64 { return r.MeanOff }),
			SDOff:      spreadOf(e.runs, func(r comparedRun) *float64 { return r.SDOff }),
			Neighbour:  spreadOf(e.runs, func(r comparedRun) *float64 { return r.Neighbour }),
			Distance:   spreadOf(e.runs, func(r comparedRun) *float64 { return r.Distance }),
			Measure:    e.runs[0].Measure,
			Runs:       e.runs,
		})
	}
	return table
}

func printComparison(out io.Writer, table []comparison) {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	cell := func(s *spread) string {
		if s == nil {
			return "–"
		}
		return s.String()
	}
	measure := "distance"
	for _, c := range table {
		measure = cmp.Or(c.Measure, measure)
	}
	fmt.Fprintf(w, "sampler\tseeds\titerations\tseconds\tlimited\tKL, nats\tmean off\tsd off\tneighbours\t%s\n", measure)
	for _, c := range table {
		limited := "–"
		if c.Limited != nil {
			limited = fmt.Sprintf("%.2f %%", 100*c.Limited.Mean)
		}
		fmt.Fprintf(w, "%s\t%d\t%.0f\t%.1f\t%s\t%s\t%s\t%s\t%s\t%s\n", c.Sampler, len(c.Runs), c.Iterations.Mean, c.Seconds.Mean,
			limited, cell(c.KL), cell(c.MeanOff), cell(c.SDOff), cell(c.Neighbour), cell(c.Distance))
	}
	w.Flush()
}

// figure draws KL at the checkpoints (toys) or the energy gap (images): one line a sampler, the median over the seeds.
func (o *compareOptions) figure(path string, entrants []entrant) error {
	options := report.CurveOptions{Title: "Energy gap", YLabel: "(mean f(data) − mean f(chains)) / T", Smooth: true}
	if o.seconds > 0 {
		options.XLabel = "seconds of training"
	}
	var curves []report.Series
	for i, e := range entrants {
		var runs []report.Series
		for _, r := range e.runs {
			events, err := run.ReadEvents(filepath.Join(r.Folder, "events.jsonl"))
			if err != nil {
				return err
			}
			s := report.Series{}
			for _, event := range run.Timeline(events) {
				x, y, ok := float64(event.Step), float64(event.Gap), event.Kind == ""
				if r.Distance != nil {
					distance, has := event.Extra[r.Measure]
					y, ok = float64(distance), has
					options.Title, options.YLabel, options.Smooth = "Distance of samples from the data", r.Measure, false
				}
				if r.KL != nil {
					kl, has := event.Extra["kl"]
					y, ok = float64(kl), has
					options.Title, options.YLabel = "KL from the truth to the model", "KL(truth ‖ model), nats"
					options.Log, options.Smooth = true, false
				}
				if o.seconds > 0 {
					x = event.Seconds
				}
				if ok {
					s.Steps, s.Y = append(s.Steps, x), append(s.Y, y)
				}
			}
			runs = append(runs, s)
		}
		curves = append(curves, medianSeries(e.label, i, runs))
	}
	if o.seeds > 1 {
		options.Title += fmt.Sprintf(", median of %d seeds", o.seeds)
	}
	return report.WritePNG(path, report.Curves(options, curves...))
}

// medianSeries takes the median over runs point by point, as far as all of them go.
func medianSeries(label string, i int, runs []report.Series) report.Series {
	s := report.Series{Name: label, Color: colors[i%len(colors)]}
	length := math.MaxInt
	for _, r := range runs {
		length = min(length, len(r.Y))
	}
	for k := range length {
		var x, y []float64
		for _, r := range runs {
			x, y = append(x, r.Steps[k]), append(y, r.Y[k])
		}
		s.Steps, s.Y = append(s.Steps, measure.Median(x)), append(s.Y, measure.Median(y))
	}
	return s
}
