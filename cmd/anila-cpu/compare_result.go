package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"anila/internal/measure"
	"anila/internal/number"
	"anila/train/data"
	"anila/train/report"
	"anila/train/run"
)

// comparedRun is what one run came to.
type comparedRun struct {
	Entrant    int // in the order of the samplers
	Seed       uint64
	Folder     string // in that of the comparison
	Diverged   string `json:",omitempty"` // how; such a run has no measures
	Iterations uint64
	Seconds    float64
	Limited    *run.Float `json:",omitempty"` // share of coordinates that the bound of an anisotropic kernel shortened
	KL         *run.Float `json:",omitempty"` // toys
	MeanOff    *run.Float `json:",omitempty"` // images: largest |mean − data's| over the channels
	SDOff      *run.Float `json:",omitempty"` // the same of the standard deviation
	Neighbour  *run.Float `json:",omitempty"` // correlation of neighbouring pixels
	Distance   *run.Float `json:",omitempty"` // of samples from the data, as measured last
	Measure    string     `json:",omitempty"` // by what
}

// measurements are taken in each run at least, so that the figure shows a course.
const measurements = 20

// trainOne trains one run, or goes on with it, and measures what came out.
func (o *compareOptions) trainOne(ctx context.Context, p *plan, i int, seed uint64, folder string, notes io.Writer) (comparedRun, error) {
	c := comparedRun{Entrant: i, Seed: seed, Folder: filepath.Base(folder)}
	config, err := p.config(i, seed)
	if err != nil {
		return c, err
	}
	options := run.Options{Report: report.New, Carried: carriedModels, Dir: folder, Workers: workerCount(o.workers), Measurements: measurements, References: &o.references,
		TotalTime: time.Duration(p.Seconds * float64(time.Second))}
	session, err := run.Resume(folder, nil, nil, options)
	if errors.Is(err, os.ErrNotExist) {
		session, err = run.Start(config, options)
	} else if err == nil && session.Finished() { // and the end was not noted: the same bits come again
		if err = errors.Join(session.Close(), os.RemoveAll(folder)); err == nil {
			session, err = run.Start(config, options)
		}
	}
	if err != nil {
		return c, asUsage(err)
	}
	defer session.Close()
	what := fmt.Sprintf("run %d of %d: %s, seed %d", len(p.Runs)+1, p.total(), p.Entrants[i].Sampler, seed)
	fmt.Fprintln(notes, what)
	iterations := int64(config.Iterations)
	if p.Seconds > 0 {
		iterations = 0 // how many there will be is not known
	}
	bar := newProgress(notes, fmt.Sprintf("run %d of %d", len(p.Runs)+1, p.total()), "iterations", int64(session.Resumed), iterations)
	view := &compareView{trainView: trainView{bar: bar}, plan: p, began: time.Now()}
	result, err := session.Train(ctx, view)
	view.bar.close()
	c.Iterations, c.Seconds = result.Iteration, result.Seconds
	if diverged := (*run.DivergedError)(nil); errors.As(err, &diverged) {
		c.Diverged = diverged.Error()
		return c, nil
	}
	if err != nil {
		return c, err
	}
	if result.Status == run.Interrupted {
		return c, errInterrupted
	}
	return c, o.measure(ctx, session, result, &c)
}

// measure fills in what a run came to.
func (o *compareOptions) measure(ctx context.Context, session *run.Run, result run.Result, c *comparedRun) error {
	float := func(v float64) *run.Float { f := run.Float(v); return &f }
	if session.Config.Train.Sampler.Anisotropic() {
		c.Limited = float(result.Limited)
	}
	if d := result.Distance; d != nil {
		c.Distance, c.Measure = float(d.Value), d.Name()
	}
	if result.Likelihood != nil {
		c.KL = float(result.Likelihood.KL)
		return nil
	}
	h, w, channels := session.Trainer().Network().Shape()
	if h*w == 1 {
		return nil
	}
	set, ok := session.Source().(data.Set)
	if !ok || ctx.Err() != nil {
		return ctx.Err()
	}
	truth, chains := data.MeasureSet(set, 5000), data.Measure(session.Trainer().Chains(), h, w, channels)
	mean, sd := 0.0, 0.0
	for ch := range min(channels, len(truth.Mean)) {
		mean = math.Max(mean, math.Abs(chains.Mean[ch]-truth.Mean[ch]))
		sd = math.Max(sd, math.Abs(chains.SD[ch]-truth.SD[ch]))
	}
	c.MeanOff, c.SDOff, c.Neighbour = float(mean), float(sd), float(chains.Neighbour)
	return nil
}

// comparison is a row of the table: mean and standard deviation over the seeds of the runs that did not diverge.
type comparison struct {
	Sampler    string
	Diverged   int     `json:",omitempty"` // of Runs
	Iterations *spread `json:",omitempty"`
	Seconds    *spread `json:",omitempty"`
	Limited    *spread `json:",omitempty"`
	KL         *spread `json:",omitempty"`
	MeanOff    *spread `json:",omitempty"`
	SDOff      *spread `json:",omitempty"`
	Neighbour  *spread `json:",omitempty"`
	Distance   *spread `json:",omitempty"` // by Measure
	Measure    string  `json:",omitempty"`
	Runs       []comparedRun
}

type spread struct{ Mean, SD run.Float }

// String is "–" without a value.
func (s *spread) String() string {
	if s == nil {
		return "–"
	}
	return fmt.Sprintf("%.4g ± %.2g", float64(s.Mean), float64(s.SD))
}

// spreadOf is the spread of f over the runs, nil where a run has no value or where there are no runs.
func spreadOf(runs []comparedRun, f func(comparedRun) *run.Float) *spread {
	mean, square := 0.0, 0.0
	for _, r := range runs {
		v := f(r)
		if v == nil {
			return nil
		}
		mean += float64(*v) / float64(len(runs))
	}
	if len(runs) == 0 {
		return nil
	}
	for _, r := range runs {
		square += math.Pow(float64(*f(r))-mean, 2) / math.Max(1, float64(len(runs)-1))
	}
	return &spread{run.Float(mean), run.Float(math.Sqrt(square))}
}

// table is a row for each entrant with runs that are done.
func (p *plan) table() (table []comparison) {
	for i, e := range p.Entrants {
		c := comparison{Sampler: e.Sampler}
		var whole []comparedRun
		for _, r := range p.Runs {
			switch {
			case r.Entrant != i:
				continue
			case r.Diverged != "":
				c.Diverged++
			default:
				whole = append(whole, r)
				c.Measure = cmp.Or(c.Measure, r.Measure)
			}
			c.Runs = append(c.Runs, r)
		}
		if len(c.Runs) == 0 {
			continue
		}
		c.Iterations = spreadOf(whole, func(r comparedRun) *run.Float { v := run.Float(r.Iterations); return &v })
		c.Seconds = spreadOf(whole, func(r comparedRun) *run.Float { v := run.Float(r.Seconds); return &v })
		c.Limited = spreadOf(whole, func(r comparedRun) *run.Float { return r.Limited })
		c.KL = spreadOf(whole, func(r comparedRun) *run.Float { return r.KL })
		c.MeanOff = spreadOf(whole, func(r comparedRun) *run.Float { return r.MeanOff })
		c.SDOff = spreadOf(whole, func(r comparedRun) *run.Float { return r.SDOff })
		c.Neighbour = spreadOf(whole, func(r comparedRun) *run.Float { return r.Neighbour })
		c.Distance = spreadOf(whole, func(r comparedRun) *run.Float { return r.Distance })
		table = append(table, c)
	}
	return table
}

// show writes table and figure to the folder and prints the table.
func (o *compareOptions) show(p *plan, folder string, out, notes io.Writer) error {
	table := p.table()
	if err := writeFileJSON(filepath.Join(folder, "table.json"), table); err != nil {
		return err
	}
	if err := p.figure(folder); err != nil {
		return err
	}
	for _, c := range table {
		if c.Limited != nil && c.Limited.Mean < run.IdleBound {
			fmt.Fprintf(notes, "warning: the bound of %s never binds, or next to never (limited %.2g): chains move as without it; a smaller sampler.b binds\n",
				c.Sampler, float64(c.Limited.Mean))
		}
		for _, r := range c.Runs {
			if r.Diverged != "" {
				fmt.Fprintf(notes, "%s, seed %d: %s\n", c.Sampler, r.Seed, r.Diverged)
			}
		}
	}
	if o.json {
		return number.Write(out, table)
	}
	printComparison(out, table)
	_, err := fmt.Fprintf(out, "figure and runs in %s\n", folder)
	return err
}

func printComparison(out io.Writer, table []comparison) {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	measure := "distance"
	for _, c := range table {
		measure = cmp.Or(c.Measure, measure)
	}
	fmt.Fprintf(w, "sampler\tseeds\titerations\tseconds\tlimited\tKL, nats\tmean off\tsd off\tneighbours\t%s\n", measure)
	for _, c := range table {
		seeds := fmt.Sprint(len(c.Runs))
		if c.Diverged > 0 {
			seeds += fmt.Sprintf(", %d diverged", c.Diverged)
		}
		iterations, seconds := "–", "–"
		if c.Iterations != nil {
			iterations, seconds = fmt.Sprintf("%.0f", float64(c.Iterations.Mean)), fmt.Sprintf("%.1f", float64(c.Seconds.Mean))
		}
		limited := "–"
		if c.Limited != nil {
			limited = fmt.Sprintf("%.2f %%", 100*float64(c.Limited.Mean))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%v\t%v\t%v\t%v\t%v\n", c.Sampler, seeds, iterations, seconds, limited, c.KL, c.MeanOff, c.SDOff, c.Neighbour, c.Distance)
	}
	w.Flush()
}

// figure draws the course of KL (toys), of the distance, or of the energy gap: one line a sampler, the median over the seeds
// that did not diverge.
func (p *plan) figure(folder string) error {
	whole := slices.DeleteFunc(slices.Clone(p.Runs), func(r comparedRun) bool { return r.Diverged != "" })
	measure := ""
	options := report.CurveOptions{Title: "Energy gap", YLabel: "(mean f(data) − mean f(chains)) / T", Smooth: true}
	switch {
	case len(whole) > 0 && whole[0].KL != nil:
		measure = "kl"
		options = report.CurveOptions{Title: "KL from the truth to the model", YLabel: "KL(truth ‖ model), nats", Log: true}
	case len(whole) > 0 && whole[0].Distance != nil:
		measure = whole[0].Measure
		options = report.CurveOptions{Title: "Distance of samples from the data", YLabel: measure}
	}
	if p.Seconds > 0 {
		options.XLabel = "seconds of training"
	}
	var curves []report.Series
	seeds := 0
	for i, e := range p.Entrants {
		var runs []report.Series
		for _, r := range whole {
			if r.Entrant != i {
				continue
			}
			events, err := run.ReadEvents(filepath.Join(folder, r.Folder, "events.jsonl"))
			if err != nil {
				return err
			}
			runs = append(runs, course(run.Timeline(events), measure, p.Seconds > 0))
		}
		if len(runs) > 0 {
			c := medianSeries(e.Sampler, i, runs)
			if measure == "" {
				c.Low, c.High = nil, nil // a gap's noise would fill the figure
			}
			curves = append(curves, c)
		}
		seeds = max(seeds, len(runs))
	}
	if seeds > 1 {
		options.Title += fmt.Sprintf(", median and range of %d seeds", seeds)
	}
	return report.WritePNG(filepath.Join(folder, "figure.png"), report.Curves(options, curves...))
}

// course is a measure of the log, "" the energy gap, over iterations or seconds; of two measurements of an iteration the last.
func course(events []run.Event, measure string, seconds bool) (s report.Series) {
	last := int64(-1)
	for _, e := range events {
		y, ok := e.Gap, e.Kind == ""
		if measure != "" {
			y, ok = e.Extra[measure]
		}
		if !ok {
			continue
		}
		if e.Step == last {
			s.Steps, s.Y = s.Steps[:len(s.Steps)-1], s.Y[:len(s.Y)-1]
		}
		last = e.Step
		x := float64(e.Step)
		if seconds {
			x = e.Seconds
		}
		s.Steps, s.Y = append(s.Steps, x), append(s.Y, float64(y))
	}
	return s
}

// medianSeries takes the median over runs point by point, as far as all of them go, and their range as a band.
func medianSeries(label string, i int, runs []report.Series) report.Series {
	s := report.Series{Name: label, Color: colors[i%len(colors)], Dashed: i/len(colors)%2 == 1}
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
		s.Low, s.High = append(s.Low, slices.Min(y)), append(s.High, slices.Max(y))
	}
	return s
}
