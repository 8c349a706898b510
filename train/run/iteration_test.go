package run

import (
	"math"
	"path/filepath"
	"testing"

	"anila/internal/reference"
	"anila/nn/weightfile"
	"anila/train/checkpoint"
	"anila/train/model"
	"anila/train/settings"
)

// TestRunsAreThoseOfTheReference: what a run writes at each of three iterations, weights, their average, chains, bank and
// log, is what Algorithm 1 computes in float64 from the same keys. Small images do.
func TestRunsAreThoseOfTheReference(t *testing.T) {
	for _, c := range reference.Cases {
		h, _, _ := c.Source(t).Shape()
		t.Run(c.Name, func(t *testing.T) {
			if h > 8 || testing.Short() && c.Images() {
				t.Skip("the reference takes seconds")
			}
			c.Check(t, written(t, c), "LargestState")
		})
	}
}

// written does a case's iterations in a run and reads its folder.
func written(t *testing.T, c reference.Case) reference.Measured {
	t.Helper()
	keys := append(c.Settings(), "data.name="+c.Data(), "train.iterations=3", "guard.policy=ignore", "checkpoint.every=1",
		"checkpoint.keep=0", "log.every=1", "log.pictures=none")
	cfg, err := settings.Resolve(settings.Layers{Preset: settings.DefaultPreset, Settings: keys})
	if err != nil {
		t.Fatal(err)
	}
	options := Options{Workers: 2}
	if c.Images() {
		options.Source = c.Source(t)
	}
	r := startRun(t, cfg, options)
	finish(t, r, nil)

	out := reference.Measured{}
	events, err := ReadEvents(r.Folder.Join("events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Kind != "" {
			continue
		}
		m := reference.Metrics{
			Gap: float64(e.Gap), FData: float64(e.FData), FChains: float64(e.FChains), Loss: float64(e.Loss),
			GradientNorm: float64(e.GradientNorm), Displacement: float64(e.Displacement), Limited: float64(e.Limited),
			Acceptance: float64(e.Acceptance), ParameterGradientNorm: float64(e.ParameterGradientNorm), Rate: float64(e.Rate),
		}
		if e.Acceptance == 0 { // left out
			m.Acceptance = math.NaN()
		}
		out.NoteMetrics(int(e.Step), m)
	}
	for i := 1; i <= reference.Iterations; i++ {
		dir := checkpoint.Dir(r.Folder.Join("checkpoints"), int64(i))
		read := func(file, prefix string) {
			tensors, _, err := weightfile.LoadSafetensors(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range tensors {
				out.Note(i, prefix+x.Name, x.Data)
			}
		}
		read("weights.safetensors", "")
		chains, bank, err := model.LoadChains(dir, model.ChainFiles(cfg.Train.Shards))
		if err != nil {
			t.Fatal(err)
		}
		out.Note(i, "chains", chains)
		out.Note(i, "bank", bank)
		if cfg.Train.EMA > 0 {
			read("ema.safetensors", "ema ")
		}
	}
	return out
}
