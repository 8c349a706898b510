package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"anila/asm/isa"
	"anila/internal/measure"
	"anila/internal/number"
	"anila/nn"
	"anila/tensor"
)

// calibration is what `bench calibrate` finds for one layer on one instruction set.
type calibration struct {
	Impl      string             `json:"impl"`
	Layer     string             `json:"layer"`
	Seconds   map[string]float64 `json:"seconds"` // by algorithm: forward and input gradient, what a step takes
	Table     string             `json:"table"`   // what the table chooses
	Fastest   string             `json:"fastest"`
	Different bool               `json:"different"` // the table's choice is more than 5 % slower
}

// calibrationLayers are the layers of the built-in networks, and 4×4 and 3×3 convolutions of other image sizes.
func calibrationLayers() ([]tensor.Conv, error) {
	var layers []tensor.Conv
	for _, s := range []nn.Spec{{Net: "vanilla", N: 32}, {Net: "vanilla", N: 64}, {Net: "resnet", N: 32}, {Net: "nonlocal", N: 32}, {Net: "pyramid", N: 32}} {
		convs, err := measure.Convolutions(s)
		if err != nil {
			return nil, err
		}
		for _, c := range convs {
			if !slices.Contains(layers, c) {
				layers = append(layers, c)
			}
		}
	}
	for _, channels := range []int{32, 64} {
		for _, side := range []int{12, 20, 28, 36} {
			layers = append(layers, tensor.Conv{InH: side, InW: side, InC: channels, OutC: 2 * channels, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1})
		}
	}
	for _, c := range []struct{ side, channels int }{{8, 128}, {14, 64}, {10, 32}, {6, 64}} {
		layers = append(layers, tensor.Conv{InH: c.side, InW: c.side, InC: c.channels, OutC: c.channels, KernelH: 3, KernelW: 3, Stride: 1, Padding: 1})
	}
	return layers, nil
}

func newBenchCalibrate() *cobra.Command {
	var o benchOptions
	c := &cobra.Command{
		Use:   "calibrate",
		Short: "Time every convolution algorithm on the layers of the networks and propose a table",
		Long: `Time every convolution algorithm that fits, on the layers of the built-in networks and on every instruction set, and say
where the committed table (tensor/algorithm.go) chooses another one than the fastest. The generic kernels are left out: they
are the reference of the others and compute everything directly. It changes nothing: the algorithm is part of a result's
bits, so a new table is a new version of the program.`,
		Example: "  anila-cpu bench calibrate --batch 2 --repeats 3",
		Args:    noArguments,
		RunE:    func(c *cobra.Command, _ []string) error { return o.calibrate(c.OutOrStdout()) },
	}
	c.Flags().IntVar(&o.batch, "batch", 32, "images")
	o.shared(c)
	return c
}

func (o *benchOptions) calibrate(out io.Writer) error {
	chosen := isa.Current()
	defer isa.Select(chosen.String())
	layers, err := calibrationLayers()
	if err != nil {
		return err
	}
	var all []calibration
	for _, tier := range isa.Available() {
		if tier == isa.Generic {
			continue // the reference of the others computes everything directly
		}
		if err := isa.Select(tier.String()); err != nil {
			return err
		}
		for _, layer := range layers {
			algorithms := tensor.Algorithms(layer)
			if len(algorithms) < 2 {
				continue
			}
			table, _ := tensor.ChooseAlgorithm(layer)
			c := calibration{Impl: tier.String(), Layer: layer.String(), Seconds: map[string]float64{}, Table: table.String()}
			for _, a := range algorithms {
				// A step is a forward and an input gradient, and there are dozens of steps to a weight gradient.
				seconds := 0.0
				for _, direction := range measure.LayersWith(layer, o.batch, a)[:2] {
					seconds += direction.Run(o.repeats, measure.Limits{}).Seconds
				}
				c.Seconds[a.String()] = seconds
				if c.Fastest == "" || seconds < c.Seconds[c.Fastest] {
					c.Fastest = a.String()
				}
			}
			c.Different = c.Seconds[c.Table] > 1.05*c.Seconds[c.Fastest]
			all = append(all, c)
		}
	}
	if o.json {
		return number.Write(out, all)
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "impl\tlayer\tin the table\tms\tfastest\tms\t")
	for _, c := range all {
		mark := ""
		if c.Different {
			mark = "the table could gain"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%.3f\t%s\t%.3f\t%s\n", c.Impl, c.Layer, c.Table, c.Seconds[c.Table]*1e3, c.Fastest, c.Seconds[c.Fastest]*1e3, mark)
	}
	return w.Flush()
}
