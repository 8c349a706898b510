package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"anila/nn/weightfile"
	"anila/train/model"
)

type convertOptions struct {
	modelFlags
	dtype string
	force bool
}

func newConvert() *cobra.Command {
	var o convertOptions
	var module bool
	c := &cobra.Command{
		Use:   "convert IN [OUT]",
		Short: "Convert weights between safetensors, PyTorch (.pth) and NumPy (.npz)",
		Long: `Convert weights between safetensors, PyTorch's .pth, .pt and .th, and NumPy's .npz; the extensions say which. IN may be a run
folder (--weights ema, raw or best). Names and shapes stay PyTorch's; values become float32. OUT also keeps what network it holds, in
IN's own words, or those of --net and --leak. PyTorch files are read without running what they say; of several state dicts in one
--key takes one. --convention energy or ebm-anatomy turns the sign of a network that is low on data. What is no tensor of floats is
left out, with a line for each. Settings of training come along, without the folders of this machine that they name.

--dtype f16 halves a safetensors file: each value becomes the nearest number of half precision, and one that is too large for it is
an error. Samples of the model are drawn, and what that does to their f is told.

--torch-module prints Python that makes IN's network as a PyTorch module, whose load_state_dict takes the .pth that convert writes;
OUT may then be missing. A .pth that PyTorch wrote comes back with --net NET.toml, a configuration that has the network.`,
		Example: "  anila-cpu convert runs/rings-small-001 rings.pth\n" +
			"  anila-cpu convert runs/rings-small-001 half.safetensors --dtype f16\n" +
			"  anila-cpu convert rings.pth rings.safetensors --net toy --leak 0.05",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 2 && !(module && len(args) == 1) {
				return usagef("convert takes two files: IN and OUT")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.Model = args[0]
			if module {
				if err := printModule(o.modelFlags, c.OutOrStdout(), c.ErrOrStderr()); err != nil || len(args) == 1 {
					return err
				}
				return o.convert(c.Context(), args[1], c.ErrOrStderr(), c.ErrOrStderr()) // the output is Python
			}
			return o.convert(c.Context(), args[1], c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	o.add(c)
	addForce(c, &o.force)
	c.Flags().Lookup("model").Hidden = true
	c.Flags().StringVar(&o.dtype, "dtype", "f32", "elements of OUT: f32, or f16 (half precision, .safetensors only), which also tells what it does to f")
	c.Flags().BoolVar(&module, "torch-module", false, "print the network as a PyTorch module")
	return c
}

// printModule prints a model's network as Python, and how it sees data.
func printModule(f modelFlags, out, notes io.Writer) error {
	m, err := f.load(notes)
	if err != nil {
		return err
	}
	text, err := m.Network.Spec().TorchModule()
	if err != nil {
		return err
	}
	if d := m.Settings.Data; m.Known && len(d.Shift) > 0 {
		text += fmt.Sprintf("\n# It was trained on (x - shift)/unit, by channel:\nshift, unit = torch.tensor(%s), torch.tensor(%s)\n", pythonList(d.Shift), pythonList(d.Unit))
	}
	if s := m.Settings.Train; m.Known && s.ReferenceSD > 0 {
		text += fmt.Sprintf("# The model's density is exp(f/%g)·N(x; 0, %g²).\n", s.Sampler.Temperature, s.ReferenceSD)
	}
	_, err = io.WriteString(out, text)
	return err
}

func pythonList(list []float64) string { return strings.ReplaceAll(fmt.Sprint(list), " ", ", ") }

func (o *convertOptions) convert(ctx context.Context, target string, out, notes io.Writer) error {
	ending := strings.ToLower(filepath.Ext(target))
	switch {
	case !slices.Contains(weightfile.Endings(), ending):
		return usagef("%s: weights are in files that end in %s", target, strings.Join(weightfile.Endings(), ", "))
	case o.dtype != "f32" && o.dtype != "f16":
		return usagef("--dtype %s: f32 or f16", o.dtype)
	case o.dtype == "f16" && ending != ".safetensors":
		return usagef("--dtype f16 is for .safetensors files, not for %s", target)
	}
	if err := o.check(); err != nil {
		return err
	}
	if err := checkOutputs(o.force, []string{o.Model}, output{"", target}); err != nil {
		return err
	}
	options := o.options(notes)
	source, err := model.Find(o.Model, options)
	if err != nil {
		return o.explain(err)
	}
	o.tellCarried(source, notes)
	w, err := source.Load(o.Key)
	if err != nil {
		return o.explain(err)
	}
	holds := "a network of another program"
	network, _, err := model.Network(w, options)
	if err == nil {
		spec := network.Spec()
		holds = fmt.Sprintf("%s, n = %d", spec.Net, spec.N)
		temperature, err := options.Turn(network, w.Metadata)
		if err != nil {
			return usagef("%s: %v (--convention, --epsilon)", source.File, err)
		}
		if o.Net != "" || o.Leak != 0 || o.Convention != "" {
			model.Describe(w, network, temperature)
		}
	} else if o.Net != "" || o.Leak != 0 || o.Convention != "" {
		return fmt.Errorf("%s: %w%s", source.File, err, model.LeftOut(w))
	}
	model.Portable(w.Metadata)
	save := weightfile.Save
	if o.dtype == "f16" {
		save = weightfile.SaveHalf
	}
	if err := save(target, w.Tensors, w.Metadata); err != nil {
		return err
	}
	for _, l := range w.LeftOut {
		fmt.Fprintf(notes, "left out: %s\n", l)
	}
	values := 0
	for _, t := range w.Tensors {
		values += len(t.Data)
	}
	if _, err := fmt.Fprintf(out, "converted %d tensors, %d values (%s) from %s to %s\n", len(w.Tensors), values, holds, source.File, target); err != nil {
		return err
	}
	if o.dtype == "f16" && network != nil {
		return o.tellLoss(ctx, target, out, notes)
	}
	return nil
}

// tellLoss says what half precision did to f of a model's own samples, where its settings are known.
func (o *convertOptions) tellLoss(ctx context.Context, target string, out, notes io.Writer) error {
	const n = 64
	before, err := model.Open(o.Model, o.options(io.Discard))
	if err != nil {
		return err
	}
	after, err := model.Open(target, model.Options{})
	if err != nil {
		return err
	}
	if !before.Known {
		return nil
	}
	ctx, stop := interruptible(ctx, nil)
	defer stop()
	bar := newProgress(notes, "sampling", "steps", 0, 0)
	defer bar.close()
	samples, err := before.Sample(ctx, n, model.Sampling{Seed: 1, Workers: workerCount(0), Progress: bar.of})
	if err != nil {
		fmt.Fprintf(notes, "what half precision does to f is not known: %v\n", err)
		return ctx.Err()
	}
	loss := model.CompareValues(before, after, samples.States)
	_, err = fmt.Fprintf(out, "half precision moves f of %d samples, but for a constant, by %.2g of its standard deviation (root mean square; at most %.2g)\n",
		n, loss.RMS/loss.SD, loss.Largest/loss.SD)
	return err
}
