package main

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"anila/nn"
	"anila/nn/weightfile"
	"anila/train/data"
)

// weightFormat reads and writes files of named tensors.
type weightFormat struct {
	load func(path string) ([]weightfile.Tensor, map[string]string, error)
	save func(path string, tensors []weightfile.Tensor, metadata map[string]string) error
}

// weightFormats are known by their extension. Only safetensors keeps metadata.
var weightFormats = map[string]weightFormat{
	".safetensors": {weightfile.LoadSafetensors, weightfile.SaveSafetensors},
	".pth":         pytorchFormat,
	".pt":          pytorchFormat,
	".th":          pytorchFormat,
	".npz":         {loadNPZ, saveNPZ},
}

var pytorchFormat = weightFormat{
	load: func(path string) ([]weightfile.Tensor, map[string]string, error) {
		tensors, err := weightfile.LoadPTH(path)
		return tensors, nil, err
	},
	save: func(path string, tensors []weightfile.Tensor, _ map[string]string) error {
		return weightfile.SavePTH(path, tensors)
	},
}

func loadNPZ(path string) ([]weightfile.Tensor, map[string]string, error) {
	arrays, err := data.ReadNPZ[float32](path)
	var tensors []weightfile.Tensor
	for _, a := range arrays {
		tensors = append(tensors, weightfile.Tensor{Name: a.Name, Shape: a.Shape, Data: a.Data})
	}
	return tensors, nil, err
}

func saveNPZ(path string, tensors []weightfile.Tensor, _ map[string]string) error {
	var arrays []data.NamedArray[float32]
	for _, t := range tensors {
		arrays = append(arrays, data.NamedArray[float32]{Name: t.Name, Array: data.Array[float32]{Shape: t.Shape, Data: t.Data}})
	}
	return data.WriteNPZ(path, arrays)
}

// weightFile returns the format of a path.
func weightFile(path string) (weightFormat, error) {
	if f, ok := weightFormats[strings.ToLower(filepath.Ext(path))]; ok {
		return f, nil
	}
	return weightFormat{}, usagef("%s: weights are in files that end in %s", path, strings.Join(slices.Sorted(maps.Keys(weightFormats)), ", "))
}

func newConvert() *cobra.Command {
	var m modelFlags
	c := &cobra.Command{
		Use:   "convert IN OUT",
		Short: "Convert weights between safetensors, PyTorch (.pth) and NumPy (.npz)",
		Long: `Convert weights between safetensors, PyTorch's .pth, .pt and .th, and NumPy's .npz; the extensions say which. IN may be a run
folder (--weights ema or raw). Names and shapes stay PyTorch's; values become float32. A safetensors file also keeps what network
it holds: IN's own words, or --net and --leak. PyTorch files are read without running what they say.`,
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
	to, err := weightFile(target)
	if err != nil {
		return err
	}
	source, _, err := m.find(notes)
	if err != nil {
		return err
	}
	from, err := weightFile(source)
	if err != nil {
		return err
	}
	tensors, metadata, err := from.load(source)
	if err != nil {
		return err
	}
	spec, _, err := nn.SpecFromTensors(tensors, metadata)
	if m.net != "" || m.leak != 0 {
		if m.net != "" {
			spec.Net = m.net
		}
		if m.leak != 0 {
			spec.Leak = m.leak
		}
		network, err := nn.NewFromTensors(spec, tensors)
		if err != nil {
			return fmt.Errorf("%s: %w", source, err)
		}
		metadata = network.Spec().Metadata()
	}
	holds := "a network of another program"
	if err == nil {
		holds = fmt.Sprintf("%s, n = %d", spec.Net, spec.N)
	}
	if err := to.save(target, tensors, metadata); err != nil {
		return err
	}
	values := 0
	for _, t := range tensors {
		values += len(t.Data)
	}
	_, err = fmt.Fprintf(out, "converted %d tensors, %d values (%s) from %s to %s\n", len(tensors), values, holds, source, target)
	return err
}
