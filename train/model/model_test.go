package model_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"anila/nn"
	"anila/nn/weightfile"
	"anila/train/data"
	. "anila/train/model" // external: run imports model
	"anila/train/run"
	"anila/train/settings"
)

// trained makes a finished tiny run of the rings.
func trained(t *testing.T, keys ...string) string {
	t.Helper()
	cfg, err := settings.Resolve(settings.Layers{Preset: "rings-small", Settings: append([]string{"train.iterations=4", "train.batch=16",
		"sampler.steps=3", "chains.bank=60", "checkpoint.every=2", "log.pictures=none", "model.reference_sd=3"}, keys...)})
	if err != nil {
		t.Fatal(err)
	}
	r, err := run.Start(cfg, run.Options{Dir: filepath.Join(t.TempDir(), "run")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Train(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return r.Folder.Path
}

func open(t *testing.T, path string, o Options) *Model {
	t.Helper()
	m, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestOpen: a run gives its averaged weights and its settings, a checkpoint's folder and a file in it the same, a file without
// settings those of a preset; what is damaged is passed over and told.
func TestOpen(t *testing.T) {
	dir := trained(t)
	m := open(t, dir, Options{})
	newest := filepath.Join(dir, "checkpoints", "step-000004")
	if m.File != filepath.Join(newest, "ema.safetensors") || m.Checkpoint != newest || !m.Known || m.Settings.Train.Batch != 16 ||
		m.Settings.Train.Sampler.Drift == 0 {
		t.Errorf("%+v", m)
	}
	raw := open(t, newest, Options{Weights: "raw"})
	same := open(t, raw.File, Options{})
	if filepath.Base(raw.File) != "weights.safetensors" || same.Checkpoint != "" || !reflect.DeepEqual(same.Settings, raw.Settings) ||
		!slices.Equal(same.Network.Params()[0].Data, raw.Network.Params()[0].Data) ||
		slices.Equal(m.Network.Params()[0].Data, raw.Network.Params()[0].Data) {
		t.Errorf("%+v and %+v", raw, same)
	}
	bare := filepath.Join(t.TempDir(), "bare.safetensors")
	if err := weightfile.SaveSafetensors(bare, m.Network.Tensors(), nil); err != nil {
		t.Fatal(err)
	}
	b := open(t, bare, Options{Leak: 0.25})
	if b.Known || !b.Guessed || b.Settings.Preset != "rings" || b.Network.Spec().Leak != 0.25 {
		t.Errorf("%+v", b)
	}
	if err := b.Configure("gmm", []string{"sampler.steps=7"}, nil); err != nil || b.Settings.Preset != "gmm" || b.Settings.Train.Sampler.Steps != 7 {
		t.Errorf("%+v, %v", b.Settings, err)
	}
	if err := os.Truncate(m.File, 100); err != nil {
		t.Fatal(err)
	}
	var skipped []error
	if old := open(t, dir, Options{Skipped: func(err error) { skipped = append(skipped, err) }}); len(skipped) != 1 || filepath.Base(old.Checkpoint) != "step-000002" {
		t.Errorf("opened %s, skipped %v", old.Checkpoint, skipped)
	}
}

func TestOpenErrors(t *testing.T) {
	dir := trained(t, "ema.decay=0")
	if _, err := Open(dir, Options{Weights: "ema"}); !errors.Is(err, ErrNoAverage) {
		t.Error(err)
	}
	other := filepath.Join(t.TempDir(), "other.safetensors")
	if err := weightfile.SaveSafetensors(other, []weightfile.Tensor{{Name: "x", Shape: []int{1}, Data: []float32{1}}}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(other, Options{}); !errors.Is(err, ErrNoNetwork) {
		t.Error(err)
	}
	if _, err := Open(filepath.Join(dir, "nowhere"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// TestSample: samples depend on the seed alone; chains start as in training; a bank that is missing is made good by steps.
func TestSample(t *testing.T) {
	m := open(t, trained(t), Options{})
	draw := func(n int, s Sampling) *Samples {
		t.Helper()
		x, err := m.Sample(context.Background(), n, s)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	steps := 0
	a := draw(60, Sampling{Seed: 1, Progress: func(done, total int) {
		if steps = done; total != 3 {
			t.Errorf("%d steps in all", total)
		}
	}})
	if a.Start != "states of the run's bank" || a.Sampler.Steps != 3 || steps != 3 || len(a.States) != 120 {
		t.Errorf("from %s, %d steps, %d told, %d floats", a.Start, a.Sampler.Steps, steps, len(a.States))
	}
	if !slices.Equal(a.States, draw(60, Sampling{Seed: 1, Workers: 3}).States) {
		t.Error("samples depend on the workers")
	}
	if slices.Equal(a.States, draw(60, Sampling{Seed: 2}).States) {
		t.Error("samples do not depend on the seed")
	}
	if cold := draw(61, Sampling{Seed: 1}); cold.Start != "noise-uniform" || cold.Sampler.Steps != 60 {
		t.Errorf("more samples than the bank has states: from %s, %d steps", cold.Start, cold.Sampler.Steps)
	}
	if err := m.Configure("", []string{"chains.start=data"}, nil); err != nil {
		t.Fatal(err)
	}
	if x := draw(500+7, Sampling{Seed: 1, Steps: 2}); x.Start != "data" || x.Sampler.Steps != 2 || !slices.Equal(x.States[:1000], draw(500, Sampling{Seed: 1, Steps: 2}).States) {
		t.Errorf("from %s, %d steps, or the second block changes the first", x.Start, x.Sampler.Steps)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := m.Sample(ctx, 1, Sampling{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestScore: f and its gradient are those of the log-density, reference and all, whatever the workers, and come in order.
func TestScore(t *testing.T) {
	m := open(t, trained(t), Options{})
	const n = 130
	points := make([]float32, 2*n)
	for i := range points {
		points[i] = float32(i%17)/4 - 2
	}
	path := filepath.Join(t.TempDir(), "x.npy")
	if err := weightfile.SaveNPY(path, []int{n, 2}, points); err != nil {
		t.Fatal(err)
	}
	set, err := data.ReadImages(path)
	if err != nil {
		t.Fatal(err)
	}
	f, gradient := make([]float32, n), make([]float32, 2*n)
	m.LogDensity().NewEvaluator(n).LogDensityAndGradient(f, gradient, points)
	for _, workers := range []int{1, 2} {
		var got []float32
		told := 0
		values, err := m.Score(context.Background(), set, n, Scoring{Workers: workers, Gradient: func(g []float32) error {
			got = append(got, g...)
			return nil
		}, Progress: func(done, total int) { told = done }})
		if err != nil || !slices.Equal(values, f) || !slices.Equal(got, gradient) || told != n {
			t.Errorf("%d workers: %v, %d told, f %v, gradient %v", workers, err, told, slices.Equal(values, f), slices.Equal(got, gradient))
		}
	}
	if values, err := m.Score(context.Background(), set, 5, Scoring{}); err != nil || !slices.Equal(values, f[:5]) {
		t.Errorf("five alone: %v, %v", values, err)
	}
	full := errors.New("full")
	if _, err := m.Score(context.Background(), set, n, Scoring{Gradient: func([]float32) error { return full }}); !errors.Is(err, full) {
		t.Errorf("gradients that cannot be written: %v", err)
	}
}

// The temperature of a file without settings is what the convention or the file's own word says, whatever the preset has.
func TestTemperatureOfFiles(t *testing.T) {
	m := open(t, trained(t), Options{})
	bare := filepath.Join(t.TempDir(), "bare.npz")
	if err := weightfile.SaveNPZ(bare, m.Network.Tensors(), nil); err != nil {
		t.Fatal(err)
	}
	if got := open(t, bare, Options{Convention: "ebm-anatomy", Epsilon: 0.2}).Settings.Train.Sampler.Temperature; math.Abs(got-0.02) > 1e-15 {
		t.Errorf("ε = 0.2 is a temperature of %v, want 0.02", got)
	}
	said := filepath.Join(t.TempDir(), "said.pth")
	if err := weightfile.SavePTH(said, m.Network.Tensors(), map[string]string{"net": "toy", "temperature": "0.75"}); err != nil {
		t.Fatal(err)
	}
	if got := open(t, said, Options{}).Settings.Train.Sampler.Temperature; got != 0.75 {
		t.Errorf("the file says 0.75, the model has %v", got)
	}
	for _, bad := range []string{"-1", "much", "NaN", "1e300"} {
		if err := weightfile.SavePTH(said, m.Network.Tensors(), map[string]string{"net": "toy", "temperature": bad}); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(said, Options{}); err == nil {
			t.Errorf("a temperature of %s passed", bad)
		}
	}
}

// Samples of a run with levels take the steps of the level that their network is of.
func TestSamplesHaveTheStepsOfTheirLevel(t *testing.T) {
	cfg, err := settings.Resolve(settings.Layers{Preset: "cifar10-pyramid", Settings: []string{"model.n=1", "levels.steps=[4, 3, 2]"}})
	if err != nil {
		t.Fatal(err)
	}
	if cfg, err = cfg.Resolved(); err != nil {
		t.Fatal(err)
	}
	for side, want := range map[int]int{8: 4, 16: 3, 32: 2} {
		network, err := cfg.NewNetwork(side, side, 3)
		if err != nil {
			t.Fatal(err)
		}
		m := Model{Network: network, Settings: cfg}
		if s, err := m.Sample(context.Background(), 2, Sampling{Seed: 1}); err != nil || s.Sampler.Steps != want {
			t.Errorf("side %d: %+v, %v; want %d steps", side, s.Sampler, err, want)
		}
	}
}

// A name means the file or the run that has it, then the model that the program carries; a folder without weights does not
// count. What the program carries opens and draws like a file of the same bytes.
func TestFindCarried(t *testing.T) {
	dir := trained(t)
	t.Chdir(t.TempDir())
	found, err := Find(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(found.File)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Carried: fstest.MapFS{"rings.safetensors": {Data: text}, "gmm.safetensors": {Data: []byte("damaged")}, "rings.toml": {}}}
	if names := Carried(o.Carried); !slices.Equal(names, []string{"gmm", "rings"}) || Carried(nil) != nil {
		t.Errorf("carried %v", names)
	}
	m := open(t, "rings", o)
	if !m.Found.Carried || m.File != "rings" || m.Checkpoint != "" || !m.Known || m.Metadata["iteration"] != "4" {
		t.Errorf("%+v", m.Found)
	}
	s := Sampling{Seed: 1, Steps: 3}
	a, err := m.Sample(context.Background(), 5, s)
	if err != nil {
		t.Fatal(err)
	}
	b, err := open(t, found.File, Options{}).Sample(context.Background(), 5, s)
	if err != nil || !slices.Equal(a.States, b.States) {
		t.Errorf("draws otherwise than its file (%v)", err)
	}
	if err := os.Mkdir("rings", 0o777); err != nil { // of data, for example
		t.Fatal(err)
	}
	if !open(t, "rings", o).Found.Carried {
		t.Error("an empty folder was taken")
	}
	if err := os.WriteFile("rings/best.safetensors", text, 0o666); err != nil {
		t.Fatal(err)
	}
	if found, err := Find("rings", Options{Carried: o.Carried, Weights: "best"}); err != nil || found.Carried {
		t.Errorf("a run was not taken: %+v, %v", found, err)
	}
	if err := errors.Join(os.RemoveAll("rings"), os.WriteFile("rings", text, 0o666)); err != nil {
		t.Fatal(err)
	}
	if m := open(t, "rings", o); m.Found.Carried {
		t.Error("a file was not taken")
	}
	for path, want := range map[string]string{"rongs": "the program carries gmm, rings", "gmm": "model: gmm: "} {
		if _, err := Open(path, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, path := range []string{"gmm", "rings"} {
		if _, err := Find(path, Options{Carried: o.Carried, Weights: "raw"}); !errors.Is(err, ErrNoRun) {
			t.Errorf("--weights of %s: %v", path, err)
		}
	}
}

// Settings that leave the machine name no place on it, and are else the same.
func TestPortableSettings(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "private.npy")
	c, err := settings.Resolve(settings.Layers{Preset: "rings-small", Settings: []string{"data.name=" + file, "model.net=mlp", "data.dir=" + dir,
		"model.init=" + dir, "eval.weights=" + file, "sampler.steps=7"}})
	if err != nil {
		t.Fatal(err)
	}
	metadata := map[string]string{"config": string(c.TOML()), "net": "mlp"}
	Portable(metadata)
	if strings.Contains(metadata["config"], dir) {
		t.Errorf("names %s:\n%s", dir, metadata["config"])
	}
	c.Data.Dir, c.Init, c.Eval.Weights, c.Data.Name = "", "", "", "private.npy"
	if metadata["config"] != string(c.TOML()) || metadata["net"] != "mlp" {
		t.Errorf("changed more:\n%s", metadata["config"])
	}
	foreign := map[string]string{"config": "{}"}
	if Portable(foreign); foreign["config"] != "{}" {
		t.Error("another program's words were changed")
	}
}

// What another model does to f counts but for a constant, in parts of the spread of f.
func TestCompareValues(t *testing.T) {
	m := open(t, trained(t, "model.reference_sd=0"), Options{})
	other := *m
	var err error
	if other.Network, err = nn.NewFromTensors(m.Network.Spec(), m.Network.Tensors()); err != nil {
		t.Fatal(err)
	}
	x := []float32{1, 0, 0, 2, -3, 0, 0.5, 0.5}
	params := other.Network.Params()
	last := params[len(params)-1].Data // the bias of f
	for i := range last {
		last[i] += 5
	}
	other.Network.Pack(nil)
	if l := CompareValues(m, &other, x); l.Largest > 1e-5 || l.RMS > 1e-5 || !(l.SD > 1e-3) {
		t.Errorf("a constant: %+v", l)
	}
	weights := params[len(params)-2].Data
	for i := range weights {
		weights[i] *= 1.5
	}
	other.Network.Pack(nil)
	if l := CompareValues(m, &other, x); math.Abs(l.RMS/l.SD-0.5) > 1e-3 || l.Largest < l.RMS {
		t.Errorf("half as much again: %+v", l)
	}
}
