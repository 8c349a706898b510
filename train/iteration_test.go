package train_test

import (
	"testing"

	"anila/internal/reference"
	"anila/tensor"
	"anila/train"
	"anila/train/settings"
)

// TestIterationsAreThoseOfTheReference: parameters, their average, chains, bank and metrics after each of three iterations
// are those of Algorithm 1 in float64.
func TestIterationsAreThoseOfTheReference(t *testing.T) {
	for _, c := range reference.Cases {
		t.Run(c.Name, func(t *testing.T) {
			if raced && c.Images() {
				t.Skip("the reference takes minutes under the race detector")
			}
			c.Check(t, iterate(t, c))
		})
	}
}

// iterate does a case's iterations.
func iterate(t *testing.T, c reference.Case) reference.Measured {
	t.Helper()
	cfg, err := settings.Resolve(settings.Layers{Preset: settings.DefaultPreset, Settings: append(c.Settings(), "data.name="+c.Data())})
	if err != nil {
		t.Fatal(err)
	}
	source := c.Source(t)
	network, err := cfg.NewNetwork(source.Shape())
	if err != nil {
		t.Fatal(err)
	}
	workers := tensor.NewWorkers(2)
	defer workers.Close()
	tr, err := train.New(network, cfg.Augment(source), cfg.Train, workers)
	if err != nil {
		t.Fatal(err)
	}
	out := reference.Measured{}
	for i := 1; i <= reference.Iterations; i++ {
		m := tr.Iterate()
		out.NoteMetrics(i, reference.Metrics{
			Gap: m.Gap, FData: m.FData, FChains: m.FChains, Loss: m.Loss, GradientNorm: m.GradientNorm, Displacement: m.Displacement,
			Limited: m.Limited, Acceptance: m.Acceptance, ParameterGradientNorm: m.ParameterGradientNorm, Rate: m.Rate,
			LargestState: m.LargestState,
		})
		for _, p := range network.Tensors() {
			out.Note(i, p.Name, p.Data)
		}
		if ema := tr.Average(); ema != nil {
			for _, p := range ema.Tensors() {
				out.Note(i, "ema "+p.Name, p.Data)
			}
		}
		out.Note(i, "chains", tr.Chains())
		out.Note(i, "bank", nil)
		if bank := tr.Snapshot().Bank; bank != nil {
			out.Note(i, "bank", bank.States())
		}
	}
	return out
}
