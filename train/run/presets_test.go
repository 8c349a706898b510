package run

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"anila/nn/weightfile"
	"anila/train/data"
	"anila/train/settings"
)

// TestPresetsGoFromNoiseToPictures: after a few iterations of a narrow network on small batches, chains of the presets that start
// from noise and promise pictures lie about where the data lie; those of the literal published settings are still noise. The data
// are those of the preset where ANILA_DATA has them, else eight pictures.
func TestPresetsGoFromNoiseToPictures(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for a minute")
	}
	var tried []settings.Config
	for _, p := range settings.Presets() {
		literal, iterations := strings.HasSuffix(p.Name, "-literal"), 100
		if literal {
			iterations = 10 // more change nothing
		}
		cfg, err := settings.Resolve(settings.Layers{Preset: p.Name, Settings: []string{"model.n=16", "train.batch=8", "optim.rate=4e-4", "optim.rate_min=0",
			fmt.Sprintf("train.iterations=%d", iterations), "checkpoint.every=0", "log.pictures=none"}})
		if err != nil {
			t.Fatal(err)
		}
		start := &cfg.Train.Start
		if cfg.Network.Net == "toy" || start.Kind != "noise-uniform" && start.Kind != "replay" || len(cfg.Train.Levels.Pictures) > 0 {
			continue
		}
		if start.Bank > 0 {
			start.Bank = cfg.Train.Batch // so few states that they all go on in each iteration
			cfg.Iterations *= 2
		}
		o := Options{Workers: 2}
		if os.Getenv(data.EnvDir) == "" {
			o.Source = eightPictures(t, cfg.Data.Name == "mnist")
			if cfg.Data.Name != "mnist" {
				cfg.Data.Name = "eight"
			}
		}
		cfg.Preset = ""
		same := func(other settings.Config) bool { return string(other.TOML()) == string(cfg.TOML()) }
		if slices.ContainsFunc(tried, same) {
			continue // narrow, it is one of those before
		}
		tried = append(tried, cfg)
		t.Run(p.Name, func(t *testing.T) {
			r := startRun(t, cfg, o)
			var chains data.Moments
			h, w, c := r.source.Shape()
			finish(t, r, &hooks{progress: func(p Progress) {
				if p.Iteration > p.Iterations*7/10 {
					chains.Add(r.Trainer().Chains(), h, w, c)
				}
			}})
			got, want := chains.Statistics(), data.MeasureSet(r.source.(data.Set), 5000)
			t.Logf("chains: %v; data: %v", got, want)
			why := got.Unlike(want)
			if cfg.Train.Start.Kind == "replay" { // f has to grow against the reference: contrast comes last
				why = slices.DeleteFunc(why, func(s string) bool { return strings.HasPrefix(s, "the SD") })
			}
			switch {
			case literal && (len(why) == 0 || !strings.HasPrefix(why[0], "neighbouring")):
				t.Errorf("no noise: %q", why)
			case !literal && len(why) > 0:
				t.Error(strings.Join(why, "; "))
			}
		})
	}
}

// eightPictures are the pictures of the data's fixture, in grey where asked for.
func eightPictures(t *testing.T, grey bool) data.Set {
	t.Helper()
	x, err := weightfile.LoadNPY("../data/testdata/cifar10_8.npy")
	if err != nil {
		t.Fatal(err)
	}
	pixels, channels := make([]byte, len(x.Data)), 3
	for i, v := range x.Data {
		pixels[i] = byte(v)
	}
	if grey {
		channels = 1
		for i := range len(pixels) / 3 {
			pixels[i] = byte((int(pixels[3*i]) + int(pixels[3*i+1]) + int(pixels[3*i+2])) / 3)
		}
		pixels = pixels[:len(pixels)/3]
	}
	set, err := data.NewImages("eight", pixels, 32, 32, channels, nil)
	if err != nil {
		t.Fatal(err)
	}
	return set
}
