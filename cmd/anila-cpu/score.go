package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"

	"github.com/spf13/cobra"

	"anila/internal/files"
	"anila/nn/weightfile"
	"anila/tensor"
	"anila/train/data"
	"anila/train/eval"
	"anila/train/model"
)

type scoreOptions struct {
	model     modelFlags
	data      dataFlags
	against   string
	out, grad string
	limit     int
	channels  int
	force     bool
	workers   int
}

func newScore() *cobra.Command {
	var o scoreOptions
	c := &cobra.Command{
		Use:   "score",
		Short: "Compute f(x) of every item of a data set or an array, and its gradient",
		Long: `Compute f(x), high on data, of every item of a data set or an array, and the gradient with respect to the item.
Arrays are [N,H,W,C] float32 in [−1, 1] (uint8 is converted; vectors are [N,D]). A model of own data sees what is scored as it saw
them: the same columns of a table by their names, in the same units; rows that lack values are refused, or left out as data.missing
says, and index counts the rows of the file. A low f marks what is unlike the data. f includes the model's Gaussian reference.

With --against, a second set is scored too and the AUROC printed: the probability that an item of --data has a higher f than
an item of --against (1 tells them apart, 0.5 is chance).`,
		Example: "  anila-cpu score --model runs/rings-small-001 --data points.npy --out f.npy --grad g.npy\n" +
			"  anila-cpu score --model runs/rings-small-001 --data points.npy --out f.csv\n" +
			"  anila-cpu score --model runs/rings-small-001 --data points.npy --against points.npy --out against.npy",
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return o.run(c.Context(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	o.model.add(c)
	o.data.add(c, "what to score")
	c.Flags().StringVar(&o.against, "against", "", "other data, told apart from --data by f (AUROC)")
	c.Flags().StringVar(&o.out, "out", "", "where f goes: f.npy ([N]), or f.csv (index, f, label)")
	c.Flags().StringVar(&o.grad, "grad", "", "where the gradient goes: g.npy ([N,H,W,C])")
	addForce(c, &o.force)
	c.Flags().IntVar(&o.limit, "limit", 0, fmt.Sprintf("score only the first so many items (0: all; of a distribution %d draws)", drawnPoints))
	c.Flags().IntVar(&o.channels, "channels", 0, "bring pictures to 1 channel (grey) or 3 (RGB), where the network's are others")
	addWorkers(c, &o.workers)
	return c
}

func (o *scoreOptions) run(ctx context.Context, out, notes io.Writer) error {
	switch extension := filepath.Ext(o.out); {
	case o.data.Data == "":
		return usagef("--data is needed: %s", whatData)
	case o.out == "":
		return usagef("--out is needed: f.npy or f.csv")
	case extension != ".npy" && extension != ".csv":
		return usagef("--out %s: f is written as .npy or .csv", o.out)
	case o.grad != "" && filepath.Ext(o.grad) != ".npy":
		return usagef("--grad %s: the gradient is written as .npy", o.grad)
	case o.limit < 0:
		return usagef("--limit %d: cannot be negative", o.limit)
	case o.channels != 0 && o.channels != 1 && o.channels != 3:
		return usagef("--channels %d: 1 (grey) or 3 (RGB)", o.channels)
	}
	if err := checkOutputs(o.force, []string{o.model.Model, o.data.Data, o.against}, output{"--out", o.out}, output{"--grad", o.grad}); err != nil {
		return err
	}
	m, err := o.model.load(notes)
	if err != nil {
		return err
	}
	ctx, stop := interruptible(ctx, nil)
	defer stop()
	place, err := o.data.place("--data", o.data.Data, m.Settings.Data)
	if err != nil {
		return err
	}
	places := []data.Place{place}
	if o.against != "" {
		place, err := o.data.place("--against", o.against, m.Settings.Data)
		if err != nil {
			return err
		}
		places = append(places, place)
	}
	if err := o.data.ignored(places...); err != nil {
		return err
	}
	set, n, err := o.open(ctx, places[0], m, notes)
	if err != nil {
		return err
	}
	var other data.Set
	var others int
	if o.against != "" {
		if other, others, err = o.open(ctx, places[1], m, notes); err != nil {
			return err
		}
	}
	f, err := o.score(ctx, m, set, n, o.grad, notes)
	if err != nil {
		return err
	}
	if err := o.write(set, f); err != nil {
		return err
	}
	fmt.Fprintf(out, "scored %d items of %s with %s: %s\nwrote %s\n", n, o.data.Data, m.File, summary(f), o.out)
	if o.grad != "" {
		fmt.Fprintf(out, "wrote %s\n", o.grad)
	}
	if other == nil {
		return nil
	}
	g, err := o.score(ctx, m, other, others, "", notes)
	if err != nil {
		return err
	}
	area := eval.AUROC(f, g)
	if math.IsNaN(area) {
		return fmt.Errorf("no AUROC: f is not a number for %d items of %s and %d of %s, which have no place in an order",
			nans(f), o.data.Data, nans(g), o.against)
	}
	_, err = fmt.Fprintf(out, "AUROC %.4f of %s against %d items of %s\n", area, o.data.Data, others, o.against)
	return err
}

// summary tells mean and range of f where it is finite, and how often it is not.
func summary(f []float32) string {
	mean, n := 0.0, 0
	lowest, highest := float32(math.Inf(1)), float32(math.Inf(-1))
	for _, v := range f {
		if v-v == 0 {
			mean, n = mean+float64(v), n+1
			lowest, highest = min(lowest, v), max(highest, v)
		}
	}
	s := "f is finite for none"
	if n > 0 {
		s = fmt.Sprintf("mean f %.6g, range [%.6g, %.6g]", mean/float64(n), lowest, highest)
	}
	if n < len(f) {
		s += fmt.Sprintf("; f is NaN or infinite for %d of them, which the mean leaves out", len(f)-n)
	}
	return s
}

// nans counts what is not a number.
func nans(f []float32) (n int) {
	for _, v := range f {
		if v != v {
			n++
		}
	}
	return n
}

// drawnPoints are drawn of a distribution where --limit does not say how many.
const drawnPoints = 10_000

// open opens what is scored, at the network's size, and says how many items are.
func (o *scoreOptions) open(ctx context.Context, place data.Place, m *model.Model, notes io.Writer) (data.Set, int, error) {
	h, w, c := m.Network.Shape()
	size := h
	if h*w == 1 {
		size = 0 // points have the size they have
	}
	source, err := openData(ctx, &m.Settings, place, size, notes)
	if err != nil {
		return nil, 0, err
	}
	set, ok := source.(data.Set)
	if !ok {
		n := cmp.Or(o.limit, drawnPoints)
		if n > 1<<28 {
			return nil, 0, usagef("--limit %d: at most 2²⁸ draws of a distribution", n)
		}
		set = data.Drawn(place.Name, source, n, tensor.Key{Seed: 1, Purpose: tensor.PurposeEval})
	}
	_, _, has := set.Shape()
	if o.channels != 0 && has != o.channels {
		if set, err = data.WithChannels(set, o.channels); err != nil {
			return nil, 0, usagef("--channels %d: %w", o.channels, err)
		}
	}
	if sh, sw, sc := set.Shape(); sh != h || sw != w || sc != c {
		hint := ""
		if sh == h && sw == w && (c == 3 && sc == 1 || c == 1 && sc == 3) {
			hint = fmt.Sprintf(" (--channels %d brings pictures to its colours)", c)
		}
		return nil, 0, fmt.Errorf("%s holds %d×%d×%d items; the network takes %d×%d×%d%s", place.Name, sh, sw, sc, h, w, c, hint)
	}
	n := set.Len()
	if o.limit > 0 {
		n = min(n, o.limit)
	}
	return set, n, nil
}

// score computes f of the first n items and writes gradients to grad (unless "") as they come.
func (o *scoreOptions) score(ctx context.Context, m *model.Model, set data.Set, n int, grad string, notes io.Writer) (f []float32, err error) {
	bar := newProgress(notes, "scoring", "items", 0, int64(n))
	defer bar.close()
	s := model.Scoring{Workers: workerCount(o.workers), Progress: bar.of}
	if grad != "" {
		h, w, c := m.Network.Shape()
		gradients, failed := weightfile.CreateNPY(grad, n, h, w, c)
		if failed != nil {
			return nil, failed
		}
		defer func() { err = cmp.Or(err, gradients.Close()) }() // an array that is not complete does not take its name
		s.Gradient = func(g []float32) error {
			m.Settings.Data.Gradient(g, c)
			return gradients.Write(g)
		}
	}
	if f, err = m.Score(ctx, set, n, s); err == nil {
		err = data.Err(set)
	}
	return f, err
}

// write saves f.
func (o *scoreOptions) write(set data.Set, f []float32) error {
	if filepath.Ext(o.out) == ".npy" {
		return weightfile.SaveNPY(o.out, []int{len(f)}, f)
	}
	return files.Write(o.out, func(w io.Writer) error {
		table, isArray := data.Underlying(set).(*data.ArraySet)
		fmt.Fprintln(w, "index,f,label") // Write reports a failure
		for i, v := range f {
			index, label := i, ""
			if isArray {
				index = table.Row(i)
			}
			if l, ok := set.Label(i); ok {
				label = fmt.Sprint(l)
				if isArray {
					label = cmp.Or(table.ClassName(l), label)
				}
			}
			fmt.Fprintf(w, "%d,%g,%s\n", index, v, label)
		}
		return nil
	})
}
