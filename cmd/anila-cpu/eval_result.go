package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"anila/internal/files"
	"anila/langevin/target"
	"anila/tensor"
	"anila/train/data"
	"anila/train/eval"
	"anila/train/model"
	"anila/train/report"
	"anila/train/run"
	"anila/train/settings"
)

// evalResult is what eval prints and stores.
type evalResult struct {
	Samples    string             `json:"samples"`
	N          int                `json:"n"`
	Data       string             `json:"data,omitempty"`
	Pictures   *pictures          `json:"pictures,omitempty"`
	Distances  []eval.Distance    `json:"distances,omitempty"`
	HeldOut    []meanF            `json:"held_out,omitempty"`
	AUROC      []auroc            `json:"auroc,omitempty"`
	Nearest    [][]eval.Neighbour `json:"nearest,omitempty"` // of the first samples
	Likelihood *likelihood        `json:"likelihood,omitempty"`
	Judged     *judged            `json:"judged,omitempty"`
	pages      []string
}

// pictures are simple statistics of samples and of data, and in what the samples are far from the data.
type pictures struct {
	Samples *data.Statistics `json:"samples"` // nil where values are not finite
	Data    *data.Statistics `json:"data"`
	Unlike  []string         `json:"unlike,omitempty"`
}

// describe adds the statistics of samples and of data.
func (r *evalResult) describe(samples, set data.Set) {
	s, d := data.MeasureSet(samples, r.N), data.MeasureSet(set, r.N)
	r.Pictures = &pictures{s.Finite(), d.Finite(), s.Unlike(d)}
}

// meanF is the mean f of some items, with its standard error.
type meanF struct {
	Items string    `json:"items"`
	N     int       `json:"n"`
	Mean  run.Float `json:"mean"`
	Error run.Float `json:"standard_error"`
}

// auroc says how well f tells items from others: the probability that one of In is higher than one of Out.
type auroc struct {
	In    string    `json:"in"`
	Out   string    `json:"out"`
	Value run.Float `json:"value"` // NaN where some f is
}

// likelihood is the exact one of a model of the plane.
type likelihood struct {
	KL      run.Float `json:"kl"` // nats
	LogZ    run.Float `json:"log_z"`
	Masses  []float64 `json:"masses"`
	Outside float64   `json:"outside"`
}

// judged is how a model of vectors does on held-out items.
type judged struct {
	Items         int       `json:"items"`
	LogZ          run.Float `json:"log_z"`
	LogZError     run.Float `json:"log_z_standard_error"`
	LogZESS       run.Float `json:"log_z_ess"`
	LogDensity    run.Float `json:"log_density"` // nats, mean over the items
	Training      run.Float `json:"log_density_training"`
	Gaussian      run.Float `json:"log_density_gaussian"`
	AUROC         float64   `json:"auroc_uniform"`
	GaussianAUROC float64   `json:"auroc_uniform_gaussian"`
}

// likelihood judges a model of the plane exactly, and one of other vectors by annealed importance sampling on held-out items.
func (o *evalOptions) likelihood(ctx context.Context, result *evalResult, m *model.Model, workers *tensor.Workers, notes io.Writer) error {
	if _, err := target.ByName(m.Settings.Data.Name); err != nil && m.Settings.Data.Name != settings.Own {
		return o.heldOutLikelihood(ctx, result, m, workers, notes)
	}
	if err := o.refuse("a model of the plane has an exact likelihood, and no pictures", "n", "data", "dir", "size", "reference-n", "features",
		"weights-file", "reference", "save-reference", "save-samples", "swd", "neighbours", "baseline", "seed", "steps"); err != nil {
		return err
	}
	truth, err := target.ByName(m.Settings.Data.Name)
	if err != nil {
		return fmt.Errorf("model %s: %w", m.File, err)
	}
	l, err := eval.DensityLikelihood(m.LogDensity(), m.Settings.Train.Sampler.Temperature, truth)
	if err != nil {
		return err
	}
	result.Samples, result.N, result.Data = m.File, 0, m.Settings.Data.Name
	result.Likelihood = &likelihood{run.Float(l.KL), run.Float(l.LogZ), l.Masses, l.Outside}
	return nil
}

// heldOutLikelihood judges a model of vectors by the log-density of items that it was not trained on.
func (o *evalOptions) heldOutLikelihood(ctx context.Context, result *evalResult, m *model.Model, workers *tensor.Workers, notes io.Writer) error {
	if err := o.refuse("a model of vectors is judged on the items that it was not trained on", "n", "data", "dir", "size", "reference-n", "features",
		"weights-file", "reference", "save-reference", "save-samples", "swd", "neighbours", "baseline", "steps"); err != nil {
		return err
	}
	held, err := m.Settings.HeldOut(ctx)
	if err == nil && held == nil {
		err = fmt.Errorf("model %s was trained on all of its items: data.held_out keeps some for eval", m.File)
	}
	if err != nil {
		return err
	}
	source, err := m.Settings.Source(ctx, nil)
	if err != nil {
		return err
	}
	bar := newProgress(notes, "annealing", "temperatures", 0, 0)
	defer bar.close()
	j, err := m.Judge(ctx, source.(data.Set), held, eval.Annealing{Seed: o.sample.seed, Workers: workers, Progress: bar.of})
	if err != nil {
		return err
	}
	result.Samples, result.N, result.Data = m.File, 0, m.Settings.Data.Name
	result.Judged = &judged{j.Items, run.Float(j.LogZ.Value), run.Float(j.LogZ.Error), run.Float(j.LogZ.ESS), run.Float(j.LogDensity),
		run.Float(j.Training), run.Float(j.Gaussian), j.AUROC, j.AUROCBoth}
	return nil
}

// slicedWasserstein compares the samples' patches with those of as many pictures of the data.
func (o *evalOptions) slicedWasserstein(ctx context.Context, samples, set data.Set, workers *tensor.Workers, result *evalResult) error {
	n := o.sample.n
	if set.Len() < n {
		return fmt.Errorf("--swd compares as many pictures on both sides: --data %s holds %d, --n is %d", o.data.Data, set.Len(), n)
	}
	levels, err := eval.SlicedWasserstein(ctx, samples, set, n, o.sample.seed, workers)
	if err != nil {
		return err
	}
	for _, l := range levels {
		result.Distances = append(result.Distances, eval.Distance{
			Measure: fmt.Sprintf("SWD·10³ at %d×%d", l.Height, l.Width), Value: l.Value, N: n, Reference: n, Data: o.data.Data})
	}
	return nil
}

// heldOut compares f of training items, test items where the data has them, and samples.
func (o *evalOptions) heldOut(ctx context.Context, m *model.Model, samples, set data.Set, result *evalResult, notes io.Writer) error {
	h, w, c := m.Network.Shape()
	if sh, sw, sc := set.Shape(); sh != h || sw != w || sc != c {
		return fmt.Errorf("--data %s holds %d×%d×%d items; the model takes %d×%d×%d", o.data.Data, sh, sw, sc, h, w, c)
	}
	score := scoreOptions{workers: o.sample.workers}
	f := map[string][]float32{}
	judge := func(name string, set data.Set) error {
		n := min(o.sample.n, set.Len())
		values, err := score.score(ctx, m, set, n, "", notes)
		if err != nil {
			return err
		}
		mean, square := 0.0, 0.0
		for _, v := range values {
			mean += float64(v) / float64(n)
		}
		for _, v := range values {
			square += (float64(v) - mean) * (float64(v) - mean) / float64(n-1)
		}
		f[name] = values
		result.HeldOut = append(result.HeldOut, meanF{name, n, run.Float(mean), run.Float(math.Sqrt(square / float64(n)))})
		return nil
	}
	if err := judge("train", set); err != nil {
		return err
	}
	if test := (data.Place{Name: o.place.Name + "-test", Dir: o.place.Dir}); test.InSets() {
		other, err := o.open(ctx, m, "--data", test, notes)
		if err != nil {
			return err
		}
		if err := judge("test", other); err != nil {
			return err
		}
		result.AUROC = append(result.AUROC, auroc{"train", "test", run.Float(eval.AUROC(f["train"], f["test"]))})
		result.AUROC = append(result.AUROC, auroc{In: "test", Out: "samples"})
	} else {
		result.AUROC = append(result.AUROC, auroc{In: "train", Out: "samples"})
	}
	if err := judge("samples", samples); err != nil {
		return err
	}
	last := &result.AUROC[len(result.AUROC)-1]
	last.Value = run.Float(eval.AUROC(f[last.In], f["samples"]))
	return nil
}

// The page of neighbours has this many samples, and this many items beside each.
const (
	neighbourRows  = 12
	neighbourItems = 5
)

// nearest draws samples beside the items of the data that lie next to them.
func (o *evalOptions) nearest(ctx context.Context, samples, set data.Set, workers *tensor.Workers, result *evalResult) error {
	h, w, c := set.Shape()
	if sh, sw, sc := samples.Shape(); sh != h || sw != w || sc != c {
		return fmt.Errorf("--neighbours: samples of %d×%d×%d and items of %d×%d×%d have no distance", sh, sw, sc, h, w, c)
	}
	n, dim := min(o.sample.n, neighbourRows), h*w*c
	indices := make([]int, n)
	for i := range indices {
		indices[i] = i
	}
	x := make([]float32, n*dim)
	samples.Items(x, indices)
	var err error
	if result.Nearest, err = eval.Nearest(ctx, x, set, neighbourItems, workers); err != nil {
		return err
	}
	columns := 1 + len(result.Nearest[0])
	grid := make([]float32, 0, n*columns*dim)
	labels := []string{"sample", "nearest"}
	var rows []string
	for i, near := range result.Nearest {
		grid = append(grid, x[i*dim:(i+1)*dim]...)
		for _, item := range near {
			grid = append(grid, make([]float32, dim)...)
			set.Items(grid[len(grid)-dim:], []int{item.Index})
		}
		rows = append(rows, fmt.Sprintf("%.3f", near[0].Distance))
	}
	page := report.Grid(grid, h, w, c, report.GridOptions{Columns: columns, ColumnLabels: labels, RowLabels: rows,
		Title: fmt.Sprintf("samples and their nearest items of %s; root mean square difference to the first", o.data.Data)})
	if err := report.WritePNG(o.neighbours, page); err != nil {
		return err
	}
	result.pages = append(result.pages, o.neighbours)
	return nil
}

// print writes the result for a reader.
func (r *evalResult) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "samples\t%s\n", r.Samples)
	if r.Data != "" {
		fmt.Fprintf(w, "data\t%s\n", r.Data)
	}
	if p := r.Pictures; p != nil && p.Samples != nil && p.Data != nil {
		fmt.Fprintf(w, "of the samples\t%v\nof the data\t%v\n", p.Samples, p.Data)
	}
	if p := r.Pictures; p != nil && p.Unlike != nil {
		fmt.Fprintf(w, "unlike the data\t%s\n", strings.Join(p.Unlike, "; "))
	}
	features := ""
	for _, d := range r.Distances {
		if d.Features != "" && features == "" {
			features = d.Features
			fmt.Fprintf(w, "features\t%s\n", features)
		}
		spread := ""
		if d.SD > 0 {
			spread = fmt.Sprintf(" ± %.2g over subsets", d.SD)
		}
		fmt.Fprintf(w, "%s\t%.6g%s\n", d.Name(), d.Value, spread)
	}
	for _, f := range r.HeldOut {
		fmt.Fprintf(w, "mean f of %d %s\t%.6g ± %.2g\n", f.N, f.Items, float64(f.Mean), float64(f.Error))
	}
	for _, a := range r.AUROC {
		fmt.Fprintf(w, "AUROC of %s against %s\t%.4f\n", a.In, a.Out, a.Value)
	}
	if j := r.Judged; j != nil {
		fmt.Fprintf(out, "held out   %d items of %s: mean log p %.4f nats (training items %.4f, their Gaussian %.4f)\n"+
			"log Z      %.4f ± %.4f by annealing, effective chains %.0f\n"+
			"AUROC      %.4f against uniform noise (Gaussian %.4f)\n",
			j.Items, r.Data, j.LogDensity, j.Training, j.Gaussian, j.LogZ, j.LogZError, j.LogZESS, j.AUROC, j.GaussianAUROC)
	}
	if l := r.Likelihood; l != nil {
		fmt.Fprintf(w, "KL(truth ‖ model)\t%.4g nats\nlog Z\t%.4g\nmasses\t%.3f\noutside\t%.3f\n", float64(l.KL), float64(l.LogZ), l.Masses, l.Outside)
	}
	for _, page := range r.pages {
		fmt.Fprintf(w, "wrote\t%s\n", page)
	}
	return w.Flush()
}

// compare says how the distances of r stand to those of an earlier result. It is an error where they cannot be compared.
func (r *evalResult) compare(out io.Writer, earlier *evalResult, file string) error {
	var refused []error
	for _, d := range r.Distances {
		for _, e := range earlier.Distances {
			if d.Measure != e.Measure {
				continue
			}
			nearer, err := d.Less(e)
			if err != nil {
				refused = append(refused, fmt.Errorf("--baseline %s: %w", file, err))
				continue
			}
			word := "not nearer than"
			if nearer {
				word = "nearer than"
			}
			fmt.Fprintf(out, "%s %.6g is %s %.6g of %s\n", d.Name(), d.Value, word, e.Value, file)
		}
	}
	return errors.Join(refused...)
}

// readResult reads what --out wrote.
func readResult(path string) (*evalResult, error) {
	text, err := files.ReadSmall(path, 16<<20)
	if err != nil {
		return nil, fmt.Errorf("--baseline: %w", err)
	}
	var r evalResult
	if err := json.Unmarshal(text, &r); err != nil || len(r.Distances) == 0 {
		return nil, fmt.Errorf("--baseline %s: not a result of eval --out with distances (%v)", path, err)
	}
	return &r, nil
}
