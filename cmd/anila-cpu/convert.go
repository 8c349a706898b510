package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"anila/nn"
	"anila/nn/weightfile"
)

func newConvert() *cobra.Command {
	var m modelFlags
	c := &cobra.Command{
		Use:   "convert IN OUT",
		Short: "Convert weights between safetensors, PyTorch (.pth) and NumPy (.npz)",
		Long: `Convert weights between safetensors, PyTorch's .pth, .pt and .th, and NumPy's .npz; the extensions say which. IN may be a run
folder (--weights ema or raw). Names and shapes stay PyTorch's; values become float32. OUT also keeps what network it holds, in
IN's own words, or those of --net and --leak. PyTorch files are read without running what they say; of several state dicts in one
--key takes one. What is no tensor of floats is left out, with a line for each.`,
		Example: "  anila-cpu convert runs/rings-small-001 rings.pth\n" +
			"  anila-cpu convert rings.pth rings.safetensors --net toy --leak 0.05",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("convert takes two files: IN and OUT")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			m.path = args[0]
			return convert(m, args[1], c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	m.add(c)
	c.Flags().Lookup("model").Hidden = true
	return c
}

func convert(m modelFlags, target string, out, notes io.Writer) error {
	if !slices.Contains(weightfile.Endings(), strings.ToLower(filepath.Ext(target))) {
		return usagef("%s: weights are in files that end in %s", target, strings.Join(weightfile.Endings(), ", "))
	}
	source, _, err := m.find(notes)
	if err != nil {
		return err
	}
	w, err := m.read(source)
	if err != nil {
		return err
	}
	spec, _, err := nn.SpecFromTensors(w.Tensors, w.Metadata)
	if m.net != "" || m.leak != 0 {
		if m.net != "" {
			spec.Net = m.net
		}
		if m.leak != 0 {
			spec.Leak = m.leak
		}
		network, err := nn.NewFromTensors(spec, w.Tensors)
		if err != nil {
			return fmt.Errorf("%s: %w%s", source, err, leftOut(w))
		}
		w.Metadata = network.Spec().Metadata()
	}
	holds := "a network of another program"
	if err == nil {
		holds = fmt.Sprintf("%s, n = %d", spec.Net, spec.N)
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
