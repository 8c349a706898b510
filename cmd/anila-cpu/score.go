package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"anila/internal/files"
	"anila/nn"
	"anila/nn/weightfile"
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
	workers   int
}

func newScore() *cobra.Command {
	var o scoreOptions
	c := &cobra.Command{
		Use:   "score",
		Short: "Compute f(x) of every item of a data set or an array, and its gradient",
		Long: `Compute f(x), high on data, of every item of a data set or an array, and the gradient with respect to the item.
Arrays are [N,H,W,C] float32 in [−1, 1] (uint8 is converted; points of the plane may be [N,2]).

With --against, a second set is scored too and the AUROC printed: the probability that an item of --data has a higher f than
an item of --against (1 tells them apart, 0.5 is chance).`,
		Example: "  anila-cpu score --model runs/rings-small-001 --data points.npy --out f.npy --grad g.npy\n" +
			"  anila-cpu score --model runs/rings-small-001 --data points.npy --out f.csv\n" +
			"  anila-cpu score --model runs/rings-small-001 --data points.npy --against points.npy --out f.npy",
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
	c.Flags().IntVar(&o.limit, "limit", 0, "score only the first so many items (0: all)")
	c.Flags().IntVar(&o.workers, "workers", 0, "workers (0: one a core)")
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
	case o.grad != "" && o.grad == o.out:
		return usagef("--out and --grad are both %s", o.out)
	case o.limit < 0 || o.workers < 0:
		return usagef("--limit and --workers cannot be negative")
	}
	m, err := o.model.load(notes)
	if err != nil {
		return err
	}
	ctx, stop := interruptible(ctx)
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
	set, n, err := o.open(ctx, places[0], m.Network, notes)
	if err != nil {
		return err
	}
	var other data.Set
	var others int
	if o.against != "" {
		if other, others, err = o.open(ctx, places[1], m.Network, notes); err != nil {
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
	mean, lowest, highest := 0.0, f[0], f[0]
	for _, v := range f {
		mean += float64(v) / float64(len(f))
		lowest, highest = min(lowest, v), max(highest, v)
	}
	fmt.Fprintf(out, "scored %d items of %s with %s: mean f %.6g, range [%.6g, %.6g]\nwrote %s\n", n, o.data.Data, m.File, mean, lowest, highest, o.out)
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
	fmt.Fprintf(out, "AUROC %.4f of %s against %d items of %s\n", eval.AUROC(f, g), o.data.Data, others, o.against)
	return nil
}

// open opens what is scored, at the network's size, and says how many items are.
func (o *scoreOptions) open(ctx context.Context, place data.Place, network *nn.Network, notes io.Writer) (data.Set, int, error) {
	h, w, c := network.Shape()
	size := h
	if h*w == 1 {
		size = 0 // points have the size they have
	}
	source, err := openData(ctx, place, size, notes)
	if err != nil {
		return nil, 0, err
	}
	set, ok := source.(data.Set)
	if !ok {
		return nil, 0, usagef("%s is a distribution without items; give an array of points (x.npy)", place.Name)
	}
	if sh, sw, sc := set.Shape(); sh != h || sw != w || sc != c {
		return nil, 0, fmt.Errorf("%s holds %d×%d×%d items; the network takes %d×%d×%d", place.Name, sh, sw, sc, h, w, c)
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
		s.Gradient = gradients.Write
	}
	return m.Score(ctx, set, n, s)
}

// write saves f.
func (o *scoreOptions) write(set data.Set, f []float32) error {
	if filepath.Ext(o.out) == ".npy" {
		return weightfile.SaveNPY(o.out, []int{len(f)}, f)
	}
	return files.Write(o.out, func(w io.Writer) error {
		fmt.Fprintln(w, "index,f,label") // Write reports a failure
		for i, v := range f {
			label := ""
			if l, ok := set.Label(i); ok {
				label = fmt.Sprint(l)
			}
			fmt.Fprintf(w, "%d,%g,%s\n", i, v, label)
		}
		return nil
	})
}
