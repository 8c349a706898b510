package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"anila/internal/number"
	"anila/tensor"
	"anila/train/data"
	"anila/train/eval"
	"anila/train/eval/features"
	"anila/train/model"
	"anila/train/settings"
)

// evalOptions are what is judged, against what, and by which measures.
type evalOptions struct {
	sample        sampleOptions // --model and how it is sampled
	samples       string
	data          dataFlags
	place         data.Place // of --data
	size          int
	features      string
	weightsFile   string
	reference     string
	referenceN    int
	saveReference string
	saveSamples   string
	sliced        bool
	neighbours    string
	baseline      string
	out           string
	json          bool
	force         bool
	given         func(flag string) bool
	agreed        bool // with the other ranks, about what each is to do
}

// refuse makes wrong use of flags that were given and that what is done would ignore.
func (o *evalOptions) refuse(why string, flags ...string) error {
	for _, flag := range flags {
		if o.given(flag) {
			return usagef("--%s: %s", flag, why)
		}
	}
	return nil
}

// withoutFeatures is the --features of measures that need no trained network.
const withoutFeatures = "none"

func newEval() *cobra.Command {
	var o evalOptions
	c := &cobra.Command{
		Use:   "eval",
		Short: "Judge samples of a model, or pictures, by their distance from data",
		Long: `Judge the samples of a model, or any pictures, by their distance from those of a data set: the Fréchet and the kernel
distance of a trained classifier's features, with --swd the sliced Wasserstein distance of patches; of a model also its mean f
on training items, test items and samples; of a model of the plane the exact likelihood on a grid.

--features inception gives FID and KID as pytorch-fid has them; its weights (pt_inception-2015-12-05-6726825d.pth) are given by
--weights-file. --features resnet56 gives FD-ResNet56, by a CIFAR-10 classifier that lies in the data folder (cifar10-resnet): it
ranks models of one data set, and is not FID. The bias of every distance depends on the number of pictures: it is part of the
name, and --baseline refuses to compare distances of other numbers. Pictures are seen as bytes, as their files would have them.

docs/measures.md says how far spoilt pictures lie from the data.`,
		Example: "  anila-cpu eval --model runs/rings-small-001\n" +
			"  anila-cpu eval --samples pictures --data pictures --features none --swd --n 2\n" +
			"  anila-cpu eval --samples cifar10-test --data cifar10 --dir data --out test.json\n" +
			"  anila-cpu eval --samples cifar10-test --data cifar10 --dir data --baseline test.json --swd --neighbours nearest.png",
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			o.given = c.Flags().Changed
			return o.run(c.Context(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	s := &o.sample
	s.model.add(c)
	c.Flags().StringVar(&o.samples, "samples", "", "pictures instead of a model's, named as --data are")
	c.Flags().IntVar(&s.n, "n", 2000, "samples")
	o.data.add(c, "data they are held against (default: the model's)")
	c.Flags().IntVar(&o.size, "size", 0, "height and width that pictures of folders are read at (default: the model's or the data's, else 32)")
	c.Flags().IntVar(&o.referenceN, "reference-n", 0, "pictures of --data (default: 10000, or all where it has fewer)")
	c.Flags().StringVar(&o.features, "features", "resnet56", "network of the features: "+strings.Join(features.Names(), ", ")+", or "+withoutFeatures)
	c.Flags().StringVar(&o.weightsFile, "weights-file", "", "weights of that network: .pth or .safetensors (default for resnet56: cifar10-resnet in the data folder)")
	c.Flags().StringVar(&o.reference, "reference", "", "statistics s.npz (mu, sigma) of pytorch-fid or --save-reference, instead of features of --data")
	c.Flags().StringVar(&o.saveReference, "save-reference", "", "where the statistics of --data go: s.npz")
	c.Flags().StringVar(&o.saveSamples, "save-samples", "", "where the statistics of the samples go: s.npz")
	c.Flags().BoolVar(&o.sliced, "swd", false, "also the sliced Wasserstein distance, which needs no weights")
	c.Flags().StringVar(&o.neighbours, "neighbours", "", "page of samples beside the nearest items of --data: nearest.png")
	c.Flags().StringVar(&o.baseline, "baseline", "", "earlier result (--out) that the distances are compared with")
	c.Flags().StringVar(&o.out, "out", "", "where the result goes: result.json")
	addForce(c, &o.force)
	c.Flags().BoolVar(&o.json, "json", false, "print JSON")
	c.Flags().Uint64Var(&s.seed, "seed", 1, "seed of starts and noise, and of what the measures draw")
	c.Flags().IntVar(&s.steps, "steps", 0, "Langevin steps of the model's chains (default: as in training)")
	c.Flags().StringVar(&s.preset, "preset", "", "preset whose sampler is used for a FILE that holds only weights")
	c.Flags().StringArrayVar(&s.settings, "set", nil, "key=value of the model's sampler, as for train")
	addWorkers(c, &s.workers)
	return c
}

// check refuses flags that do not go together, before the work.
func (o *evalOptions) check() error {
	s := &o.sample
	ending := func(flag, path, want string) error {
		if path != "" && filepath.Ext(path) != want {
			return usagef("%s %s: it is written as %s", flag, path, want)
		}
		return nil
	}
	switch {
	case (s.model.Model == "") == (o.samples == ""):
		return usagef("either --model or --samples is needed")
	case s.n < 2:
		return usagef("--n %d: at least two samples", s.n)
	case o.referenceN < 0 || o.referenceN == 1 || s.steps < 0 || o.size < 0:
		return usagef("--reference-n is at least 2; --steps and --size cannot be negative")
	case o.features != withoutFeatures && !slices.Contains(features.Names(), o.features):
		return usagef("--features %q: %s or %s", o.features, strings.Join(features.Names(), ", "), withoutFeatures)
	case o.features == withoutFeatures && o.samples != "" && !o.sliced && o.neighbours == "":
		return usagef("--features %s leaves nothing to compute; --swd and --neighbours need no features", withoutFeatures)
	case o.features == "inception" && o.weightsFile == "":
		return usagef("--features inception needs its weights: --weights-file pt_inception-2015-12-05-6726825d.pth")
	case o.samples != "" && o.data.Data == "" && (o.reference == "" || o.sliced || o.neighbours != ""):
		return usagef("--data is needed: what the samples are held against (--reference serves for the Fréchet distance alone)")
	}
	var ignored error
	if o.samples != "" {
		ignored = o.refuse("it is of a model; --samples are drawn already", "weights", "net", "leak", "key", "steps", "preset", "set")
	}
	if o.features == withoutFeatures && ignored == nil {
		ignored = o.refuse("it is of features, and --features is "+withoutFeatures, "weights-file", "reference", "reference-n", "save-reference", "save-samples")
	}
	if o.reference != "" && ignored == nil {
		ignored = o.refuse("it is of pictures, and --reference holds statistics", "reference-n", "save-reference")
	}
	return errors.Join(ignored, ending("--save-reference", o.saveReference, ".npz"), ending("--save-samples", o.saveSamples, ".npz"),
		ending("--neighbours", o.neighbours, ".png"), ending("--out", o.out, ".json"))
}

func (o *evalOptions) run(ctx context.Context, out, notes io.Writer) error {
	ctx, stop := interruptible(ctx, nil)
	defer stop()
	if follows() {
		return o.follow(ctx, notes)
	}
	err := o.lead(ctx, out, notes)
	if err != nil && !o.agreed {
		return ranks.Agree(err)
	}
	return err
}

// follow draws its part of the samples, which rank 0 judges.
func (o *evalOptions) follow(ctx context.Context, notes io.Writer) error {
	if o.samples != "" {
		return ranks.Agree(nil)
	}
	m, err := o.model(notes)
	if err != nil {
		return ranks.Agree(err)
	}
	if h, w, _ := m.Network.Shape(); h*w == 1 {
		return ranks.Agree(nil)
	}
	_, err = o.sample.draw(ctx, m, notes)
	return err
}

// alone tells the other ranks that there is nothing for them to do.
func (o *evalOptions) alone() error {
	o.agreed = true
	return ranks.Agree(nil)
}

// model loads the model that is judged.
func (o *evalOptions) model(notes io.Writer) (*model.Model, error) {
	m, err := o.sample.model.load(notes)
	if err != nil {
		return nil, err
	}
	var starts dataFlags // of chains, from data
	if own := (data.Place{Name: m.Settings.Data.Name}); own.InSets() {
		starts.Dir = o.data.Dir
	}
	return m, configure(m, o.sample.preset, o.sample.settings, starts, notes)
}

// lead does all that was asked for.
func (o *evalOptions) lead(ctx context.Context, out, notes io.Writer) error {
	if err := o.check(); err != nil {
		return err
	}
	inputs := []string{o.sample.model.Model, o.samples, o.data.Data, o.weightsFile, o.reference, o.baseline}
	if err := checkOutputs(o.force, inputs, output{"--out", o.out}, output{"--save-reference", o.saveReference},
		output{"--save-samples", o.saveSamples}, output{"--neighbours", o.neighbours}); err != nil {
		return err
	}
	var baseline *evalResult
	if o.baseline != "" {
		var err error
		if baseline, err = readResult(o.baseline); err != nil {
			return err
		}
	}
	result, err := o.judge(ctx, notes)
	if err != nil {
		return err
	}
	if o.out != "" {
		if err := writeFileJSON(o.out, result); err != nil {
			return err
		}
	}
	if o.json {
		if err := number.Write(out, result); err != nil {
			return err
		}
	} else if err := result.print(out); err != nil {
		return err
	}
	if baseline != nil {
		to := out
		if o.json {
			to = notes
		}
		return result.compare(to, baseline, o.baseline)
	}
	return nil
}

// judge computes what was asked for.
func (o *evalOptions) judge(ctx context.Context, notes io.Writer) (*evalResult, error) {
	workers := tensor.NewWorkers(workerCount(o.sample.workers))
	defer workers.Close()
	result := &evalResult{N: o.sample.n}
	var m *model.Model
	if o.samples == "" {
		var err error
		if m, err = o.model(notes); err != nil {
			return nil, err
		}
		if h, w, _ := m.Network.Shape(); h*w == 1 {
			if err := o.alone(); err != nil {
				return nil, err
			}
			return result, o.likelihood(ctx, result, m, workers, notes)
		}
		if o.size == 0 {
			o.size, _, _ = m.Network.Shape()
		}
	}
	var set data.Set // what the samples are held against
	if m != nil || o.data.Data != "" {
		var has settings.Data
		if m != nil {
			has = m.Settings.Data
		}
		var err error
		if o.place, err = o.data.place("--data", o.data.Data, has); err != nil {
			return nil, err
		}
		if set, err = o.open(ctx, m, "--data", o.place, notes); err != nil {
			return nil, err
		}
		o.size, _, _ = set.Shape()
		if o.place.InSets() || o.data.Data == "" {
			o.data.Data = o.place.Name
		}
		result.Data = o.data.Data
	}
	var network *features.Network
	if o.features != withoutFeatures {
		var err error
		if network, err = o.network(); err != nil {
			return nil, err
		}
	}
	samples, err := o.take(ctx, m, result, notes)
	if err != nil {
		return nil, err
	}
	if network != nil {
		if err := o.distances(ctx, network, samples, set, workers, result, notes); err != nil {
			return nil, err
		}
	}
	if set != nil {
		result.describe(samples, set)
	}
	if o.sliced {
		if err := o.slicedWasserstein(ctx, samples, set, workers, result); err != nil {
			return nil, err
		}
	}
	if m != nil {
		if err := o.heldOut(ctx, m, samples, set, result, notes); err != nil {
			return nil, err
		}
	}
	if o.neighbours != "" {
		if err := o.nearest(ctx, samples, set, workers, result); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// open opens pictures.
func (o *evalOptions) open(ctx context.Context, m *model.Model, flag string, place data.Place, notes io.Writer) (data.Set, error) {
	var seen settings.Config // pictures as they are, where there is no model
	if m != nil {
		seen = m.Settings
	}
	source, err := openData(ctx, &seen, place, o.size, notes)
	if err != nil {
		return nil, err
	}
	set, ok := source.(data.Set)
	if !ok {
		return nil, usagef("%s %s is a distribution of points; a model of the plane is judged by eval --model alone", flag, place.Name)
	}
	if a, ok := set.(*data.ArraySet); ok && a.Bad > 0 {
		return nil, fmt.Errorf("%s %s: %d values are NaN or infinite: it holds no pictures to judge", flag, place.Name, a.Bad)
	}
	return set, nil
}

// network loads the network of the features.
func (o *evalOptions) network() (*features.Network, error) {
	file := o.weightsFile
	if file == "" {
		dir := o.data.Dir
		if o.place.InSets() {
			dir = o.place.Dir
		}
		var err error
		if file, err = features.Find(o.features, dir); err != nil {
			return nil, fmt.Errorf("%w; --weights-file names the weights, --features %s does without", err, withoutFeatures)
		}
	}
	return features.Load(o.features, file)
}

// take draws the model's samples, or opens those that are there.
func (o *evalOptions) take(ctx context.Context, m *model.Model, result *evalResult, notes io.Writer) (data.Set, error) {
	n := o.sample.n
	if m == nil {
		if err := o.alone(); err != nil {
			return nil, err
		}
		result.Samples = o.samples
		place, err := o.data.place("--samples", o.samples, settings.Data{Name: o.place.Name})
		if err != nil {
			return nil, err
		}
		set, err := o.open(ctx, nil, "--samples", place, notes)
		if err != nil {
			return nil, err
		}
		if set.Len() < n {
			return nil, fmt.Errorf("--samples %s holds %d pictures, --n asks for %d", o.samples, set.Len(), n)
		}
		return set, nil
	}
	o.agreed = true
	drawn, err := o.sample.draw(ctx, m, notes)
	if err != nil {
		return nil, err
	}
	result.Samples = fmt.Sprintf("%s: %d steps of %s from %s, seed %d", m.File, drawn.Sampler.Steps, drawn.Sampler.Kernel, drawn.Start, o.sample.seed)
	h, w, c := m.Network.Shape()
	return data.Rounded("samples", drawn.States, h, w, c), nil
}

// distances holds the samples' features against those of the data, or against statistics.
func (o *evalOptions) distances(ctx context.Context, network *features.Network, samples, set data.Set, workers *tensor.Workers, result *evalResult, notes io.Writer) error {
	compute := func(what string, set data.Set, n int) ([]float32, error) {
		bar := newProgress(notes, what, "pictures", 0, int64(n))
		defer bar.close()
		return network.Features(ctx, set, n, workers, func(done int) { bar.set(int64(done), "") })
	}
	var reference *eval.Reference
	if o.reference != "" {
		statistics, err := eval.LoadStatistics(o.reference)
		if err != nil {
			return err
		}
		if statistics.Data == "" {
			statistics.Data = o.reference
		}
		reference = &eval.Reference{Statistics: statistics}
	} else {
		n := o.referenceN
		if n == 0 {
			n = min(set.Len(), 10000)
		}
		if n < 2 || n > set.Len() {
			return fmt.Errorf("--data %s holds %d pictures; --reference-n is %d", o.data, set.Len(), n)
		}
		x, err := compute("features of "+o.data.Data, set, n)
		if err != nil {
			return err
		}
		reference = eval.NewReference(o.data.Data, network, x)
	}
	x, err := compute("features of the samples", samples, o.sample.n)
	if err != nil {
		return err
	}
	result.Distances, err = reference.Distances(network, x, o.sample.seed, workers)
	if err != nil {
		return err
	}
	if o.saveReference != "" {
		if err := reference.Save(o.saveReference); err != nil {
			return err
		}
	}
	if o.saveSamples != "" {
		return eval.NewStatistics(network.Source(), x, network.Dim()).Save(o.saveSamples)
	}
	return nil
}
