package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"anila/nn/weightfile"
	"anila/train/model"
)

func newConvert() *cobra.Command {
	var m modelFlags
	var force, module bool
	c := &cobra.Command{
		Use:   "convert IN [OUT]",
		Short: "Convert weights between safetensors, PyTorch (.pth) and NumPy (.npz)",
		Long: `Convert weights between safetensors, PyTorch's .pth, .pt and .th, and NumPy's .npz; the extensions say which. IN may be a run
folder (--weights ema, raw or best). Names and shapes stay PyTorch's; values become float32. OUT also keeps what network it holds, in
IN's own words, or those of --net and --leak. PyTorch files are read without running what they say; of several state dicts in one
--key takes one. --convention energy or ebm-anatomy turns the sign of a network that is low on data. What is no tensor of floats is left out, with a line for each.

--torch-module prints Python that makes IN's network as a PyTorch module, whose load_state_dict takes the .pth that convert writes;
OUT may then be missing. A .pth that PyTorch wrote comes back with --net NET.toml, a configuration that has the network.`,
		Example: "  anila-cpu convert runs/rings-small-001 rings.pth\n" +
			"  anila-cpu convert rings.pth rings.safetensors --net toy --leak 0.05",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 2 && !(module && len(args) == 1) {
				return usagef("convert takes two files: IN and OUT")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			m.Model = args[0]
			if module {
				if err := printModule(m, c.OutOrStdout(), c.ErrOrStderr()); err != nil || len(args) == 1 {
					return err
				}
				return convert(m, args[1], force, c.ErrOrStderr(), c.ErrOrStderr()) // the output is Python
			}
			return convert(m, args[1], force, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	m.add(c)
	addForce(c, &force)
	c.Flags().Lookup("model").Hidden = true
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

func convert(m modelFlags, target string, force bool, out, notes io.Writer) error {
	if !slices.Contains(weightfile.Endings(), strings.ToLower(filepath.Ext(target))) {
		return usagef("%s: weights are in files that end in %s", target, strings.Join(weightfile.Endings(), ", "))
	}
	if err := m.check(); err != nil {
		return err
	}
	if err := checkOutputs(force, []string{m.Model}, output{"", target}); err != nil {
		return err
	}
	options := m.options(notes)
	source, _, err := model.Find(m.Model, options)
	if err != nil {
		return m.explain(err)
	}
	w, err := weightfile.Load(source, m.Key)
	if err != nil {
		return m.explain(fmt.Errorf("model: %w", err))
	}
	holds := "a network of another program"
	if network, _, err := model.Network(w, options); err == nil {
		spec := network.Spec()
		holds = fmt.Sprintf("%s, n = %d", spec.Net, spec.N)
		temperature, err := options.Turn(network, w.Metadata)
		if err != nil {
			return usagef("%s: %v (--convention, --epsilon)", source, err)
		}
		if m.Net != "" || m.Leak != 0 || m.Convention != "" {
			model.Describe(w, network, temperature)
		}
	} else if m.Net != "" || m.Leak != 0 || m.Convention != "" {
		return fmt.Errorf("%s: %w%s", source, err, model.LeftOut(w))
	}
	if err := weightfile.Save(target, w.Tensors, w.Metadata); err != nil {
		return err
	}
	for _, l := range w.LeftOut {
		fmt.Fprintf(notes, "left out: %s\n", l)
	}
	values := 0
	for _, t := range w.Tensors {
		values += len(t.Data)
	}
	_, err = fmt.Fprintf(out, "converted %d tensors, %d values (%s) from %s to %s\n", len(w.Tensors), values, holds, source, target)
	return err
}
