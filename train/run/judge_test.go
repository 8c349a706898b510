package run

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"anila/nn/weightfile"
	"anila/train/checkpoint"
	"anila/train/data"
	"anila/train/eval"
	"anila/train/eval/features"
	"anila/train/model"
	"anila/train/settings"
)

// resnet56 names the weights of the features, or skips the test by name.
func resnet56(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("computes features")
	}
	path, err := features.Find("resnet56", "")
	if err != nil {
		t.Skipf("%s: %v (%s)", t.Name(), err, data.EnvDir)
	}
	return path
}

// TestMeasurementThatWasCutOff: an interrupt while samples are measured costs the measurement that session, not the run: the next
// one does it before anything else.
func TestMeasurementThatWasCutOff(t *testing.T) {
	weights := resnet56(t)
	keys := []string{"train.iterations=4", "ema.decay=0.5", "checkpoint.every=1", "checkpoint.keep=0", "eval.every=2", "eval.samples=4", "eval.weights=" + strconv.Quote(weights)}
	measured := func(dir string) (at []int64, values []Float) {
		events, err := ReadEvents(filepath.Join(dir, journalName))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if e.Kind == "eval" {
				at, values = append(at, e.Step), append(values, e.Extra["FD-ResNet56 (4 against 7)"])
			}
		}
		return at, values
	}
	calm := startRun(t, tinyImages(t, keys...), Options{})
	finish(t, calm, nil)
	wantAt, want := measured(calm.Folder.Path)
	r := startRun(t, tinyImages(t, keys...), Options{})
	stopAt(t, r, 2)
	if at, _ := measured(r.Folder.Path); len(at) > 0 {
		t.Fatalf("measured at %v though it was told to stop", at)
	}
	r, err := Resume(r.Folder.Path, nil, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, r, nil)
	if at, values := measured(r.Folder.Path); !slices.Equal(at, wantAt) || !slices.Equal(values, want) || len(want) != 2 {
		t.Errorf("measured at %v: %v; want %v: %v", at, values, wantAt, want)
	}
}

// Measuring changes nothing of training, and the best weights are those of the iteration whose samples came nearest.
func TestTrainingIsMeasuredOnTheWay(t *testing.T) {
	weights := resnet56(t)
	keys := []string{"train.iterations=4", "ema.decay=0.5", "checkpoint.every=1", "checkpoint.keep=0", "optim.rate=0.05"}
	plain := finish(t, startRun(t, tinyImages(t, keys...), Options{}), nil)
	measured := tinyImages(t, append(keys, "eval.every=2", "eval.samples=4", "checkpoint.best=true", "eval.weights="+strconv.Quote(weights))...)
	r := startRun(t, measured, Options{Workers: 2})
	h := &hooks{}
	res := finish(t, r, h)
	sameTensors(t, lastTensors(t, res.Checkpoint), lastTensors(t, plain.Checkpoint))

	const name = "FD-ResNet56 (4 against 7)"
	best, bestAt := 0.0, int64(0)
	var at []int64
	for _, e := range h.events {
		if e.Kind != "eval" {
			continue
		}
		at = append(at, e.Step)
		v, ok := e.Extra[name]
		if !ok || !(v > 0) || !strings.HasPrefix(e.Message, name) {
			t.Fatalf("event %+v", e)
		}
		if bestAt == 0 || float64(v) < best {
			best, bestAt = float64(v), e.Step
		}
	}
	if !slices.Equal(at, []int64{2, 4}) {
		t.Fatalf("measured at %v", at)
	}
	if d := res.Distance; d == nil || d.Name() != name || d.N != 4 || d.Reference != 7 || d.Data != "folder" {
		t.Errorf("the result has %+v", d)
	}

	m, err := model.Open(r.Folder.Path, model.Options{Weights: "best"})
	if err != nil {
		t.Fatal(err)
	}
	kept, _, err := weightfile.LoadSafetensors(filepath.Join(checkpoint.Dir(r.Folder.Checkpoints(), bestAt), "ema.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range m.Network.Tensors() {
		if kept[i].Name != p.Name || !slices.Equal(kept[i].Data, p.Data) {
			t.Errorf("best weights: %s is not that of iteration %d", p.Name, bestAt)
		}
	}
	_, meta, err := weightfile.LoadSafetensors(r.Folder.Join(model.Best))
	var d eval.Distance
	if err != nil || json.Unmarshal([]byte(meta["distance"]), &d) != nil || d.Value != best || meta["iteration"] != strconv.FormatInt(bestAt, 10) {
		t.Errorf("the best weights say %v, %v; want %v at %d", meta["distance"], err, best, bestAt)
	}
}

// A network that the program brings is measured as the same network is that the settings name.
func TestOwnNetworksAreMeasured(t *testing.T) {
	weights := resnet56(t)
	cfg := tinyImages(t, "train.iterations=2", "ema.decay=0.5", "eval.every=2", "eval.samples=4", "checkpoint.best=true", "eval.weights="+strconv.Quote(weights))
	named := startRun(t, cfg, Options{})
	want := finish(t, named, nil).Distance
	network, err := cfg.NewNetwork(32, 32, 3)
	if err != nil {
		t.Fatal(err)
	}
	own := startRun(t, cfg, Options{Network: network})
	if got := finish(t, own, nil).Distance; want == nil || got == nil || *got != *want {
		t.Errorf("%+v; the same network by name: %+v", got, want)
	}
	if kept, err := readDistance(own.Folder.Join(model.Best)); err != nil || kept != *want {
		t.Errorf("the best weights say %+v, %v", kept, err)
	}
}

// Runs that share their references get the distances that they would get alone; other data get another one, and another seed
// only where it chooses the data.
func TestReferencesAreMadeOnce(t *testing.T) {
	weights := resnet56(t)
	first := tinyImages(t, "train.iterations=1", "eval.every=1", "eval.samples=4", "eval.weights="+strconv.Quote(weights))
	other := first
	other.Data.Dir = pictureFolder(t, 7, 5)
	seeded, part := first, first
	seeded.Train.Seed++
	part.Data.HeldOut = 0.5
	seededPart := part
	seededPart.Train.Seed++
	shared := new(References)
	for i, c := range []struct {
		config settings.Config
		made   int
	}{{first, 1}, {seeded, 1}, {other, 2}, {part, 3}, {seededPart, 4}} {
		got := finish(t, startRun(t, c.config, Options{References: shared}), nil).Distance
		want := finish(t, startRun(t, c.config, Options{}), nil).Distance
		if got == nil || want == nil || *got != *want {
			t.Errorf("run %d: %+v; alone %+v", i, got, want)
		}
		if len(shared.of) != c.made {
			t.Errorf("run %d: %d references were made, want %d", i, len(shared.of), c.made)
		}
	}
}

// A measurement that is worse than the one kept replaces nothing, one of another number of samples does.
func TestTheBestWeightsStayUntilBetterOnesCome(t *testing.T) {
	weights := resnet56(t)
	r := startRun(t, tinyImages(t, "eval.every=2", "eval.samples=4", "checkpoint.best=true", "eval.weights="+strconv.Quote(weights)), Options{})
	defer r.Close()
	for _, c := range []struct {
		value  float64
		n      int
		better bool
	}{{3, 4, true}, {3, 4, false}, {4, 4, false}, {2, 4, true}, {5, 8, true}} {
		better, err := r.keepBest(r.network, eval.Distance{Measure: "FD", Value: c.value, N: c.n, Data: "folder"})
		if err != nil || better != c.better {
			t.Errorf("%v of %d samples: %v, %v", c.value, c.n, better, err)
		}
	}
	if err := os.WriteFile(r.Folder.Join(model.Best), []byte("no weights"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := r.keepBest(r.network, eval.Distance{}); err == nil {
		t.Error("a damaged file of best weights was written over without a word")
	}
}

func TestWhatCannotBeMeasuredIsRefusedBeforeTraining(t *testing.T) {
	_, err := Start(tiny(t, "eval.every=2"), Options{Dir: filepath.Join(t.TempDir(), "run")})
	var key *settings.KeyError
	if !errors.As(err, &key) || key.Key != "eval.every" {
		t.Errorf("points: %v", err)
	}
	c := tinyImages(t, "eval.every=2")
	if _, err := Start(c, Options{Dir: filepath.Join(t.TempDir(), "run")}); err == nil || !strings.Contains(err.Error(), "cifar10-resnet") {
		t.Errorf("without weights: %v", err)
	}
}
