package report

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"anila/train/run"
	"anila/train/settings"
)

// TestSession: a run that is shown leaves pictures, curves, a page and a TensorBoard file, as often as log.pictures says.
func TestSession(t *testing.T) {
	for _, c := range []struct {
		pictures string
		first    bool // a picture of the first checkpoint
		page     bool
	}{{"checkpoint", true, true}, {"end", false, true}, {"none", false, false}} {
		if testing.Short() && c.pictures == "checkpoint" {
			continue
		}
		cfg, err := settings.Resolve(settings.Layers{Preset: "rings-small", Settings: []string{"train.iterations=6", "train.batch=24",
			"chains.bank=600", "sampler.steps=3", "checkpoint.every=4", "log.every=1", "log.pictures=" + c.pictures}})
		if err != nil {
			t.Fatal(err)
		}
		r, err := run.Start(cfg, run.Options{Dir: filepath.Join(t.TempDir(), "run"), Report: New})
		if err != nil {
			t.Fatal(err)
		}
		result, err := r.Train(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		last := r.Folder.Join("samples", "step-000006.png")
		if (result.Picture == last) != c.page || (result.Likelihood != nil) != c.page {
			t.Errorf("%s: picture %q, likelihood %v", c.pictures, result.Picture, result.Likelihood)
		}
		for name, want := range map[string]bool{
			"samples/step-000004.png": c.first, "samples/step-000006.png": c.page, "plots/gap.png": c.page, "plots/gradient.png": c.page, "report.html": c.page,
		} {
			if _, err := os.Stat(r.Folder.Join(filepath.FromSlash(name))); (err == nil) != want {
				t.Errorf("%s: %s: %v", c.pictures, name, err)
			}
		}
		if boards, _ := filepath.Glob(r.Folder.Join("events.out.tfevents.*")); len(boards) != 1 {
			t.Errorf("%s: TensorBoard files %v", c.pictures, boards)
		}
	}
}

// TestNoFolderAnew: pictures and curves of a run whose folder is gone are an error and no new folder.
func TestNoFolderAnew(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "run")
	s := New(&run.Run{Folder: &run.Folder{Path: gone}})
	if _, err := s.Checkpoint(run.Checkpoint{Iteration: 1, Chains: make([]float32, 4), H: 1, W: 1, C: 2}); err == nil {
		t.Error("pictures of a run that is gone")
	}
	if err := WritePlots(filepath.Join(gone, "plots"), nil); err == nil {
		t.Error("curves of a run that is gone")
	}
	if _, err := os.Stat(gone); err == nil {
		t.Error("its folder was made anew")
	}
}
