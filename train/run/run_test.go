package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"anila/nn"
	"anila/nn/weightfile"
	"anila/tensor"
	"anila/train/checkpoint"
	"anila/train/settings"
)

// tiny is a toy run of a fraction of a second.
func tiny(t testing.TB, keys ...string) settings.Config {
	t.Helper()
	c, err := settings.Resolve(settings.Layers{Preset: "rings-small", Settings: append([]string{
		"train.iterations=12", "train.batch=24", "chains.count=20", "chains.bank=50", "sampler.steps=3", "ema.decay=0.5",
		"checkpoint.every=4", "log.every=1", "log.pictures=none",
	}, keys...)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// hooks is an Observer made of functions.
type hooks struct {
	progress func(Progress)
	events   []Event
}

func (h *hooks) Progress(p Progress) {
	if h.progress != nil {
		h.progress(p)
	}
}
func (h *hooks) Event(e Event) { h.events = append(h.events, e) }

func (h *hooks) kinds() (kinds []string) {
	for _, e := range h.events {
		if e.Kind != "" {
			kinds = append(kinds, e.Kind)
		}
	}
	return kinds
}

// shown is a Reporter that counts.
type shown struct {
	checkpoints []uint64
	events      int
	closed      bool
}

func (s *shown) open(*Run) Reporter { return s }
func (s *shown) Event(Event) error  { s.events++; return nil }
func (s *shown) Checkpoint(c Checkpoint) (string, error) {
	if len(c.Bank) != 50*2 || len(c.Chains) != 20*2 || c.Truth == nil || c.Likelihood == nil {
		return "", fmt.Errorf("incomplete: %+v", c)
	}
	s.checkpoints = append(s.checkpoints, c.Iteration)
	return fmt.Sprint("picture ", c.Iteration), nil
}
func (s *shown) Close() error { s.closed = true; return nil }

// startRun begins a run in a new folder.
func startRun(t testing.TB, c settings.Config, o Options) *Run {
	t.Helper()
	if o.Dir == "" {
		o.Dir = filepath.Join(t.TempDir(), "run")
	}
	r, err := Start(c, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// finish trains to the end and closes.
func finish(t testing.TB, r *Run, h *hooks) Result {
	t.Helper()
	if h == nil {
		h = &hooks{}
	}
	res, err := r.Train(context.Background(), h)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return res
}

// lastTensors are all tensors of a run's last checkpoint, by file and name.
func lastTensors(t testing.TB, dir string) map[string][]float32 {
	t.Helper()
	out := map[string][]float32{}
	paths, err := filepath.Glob(filepath.Join(dir, "*.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		tensors, _, err := weightfile.LoadSafetensors(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range tensors {
			out[filepath.Base(path)+" "+x.Name] = x.Data
		}
	}
	return out
}

// sameTensors fails unless a and b are equal bit for bit.
func sameTensors(t testing.TB, a, b map[string][]float32) {
	t.Helper()
	if len(a) != len(b) || len(a) == 0 {
		t.Fatalf("%d tensors and %d", len(a), len(b))
	}
	for name, x := range a {
		if !slices.Equal(x, b[name]) {
			t.Errorf("%s differs", name)
		}
	}
}

// TestRunFolder: a run leaves everything that the design names, and its log tells what happened.
func TestRunFolder(t *testing.T) {
	shown := &shown{}
	r := startRun(t, tiny(t, "log.pictures=checkpoint"), Options{Workers: 2, Report: shown.open})
	h := &hooks{}
	var progress []Progress
	h.progress = func(p Progress) { progress = append(progress, p) }
	res := finish(t, r, h)
	if res.Status != Finished || res.Iteration != 12 || res.Likelihood == nil || !(res.Likelihood.KL > 0) {
		t.Errorf("result %+v", res)
	}
	if len(progress) != 12 || progress[11].Iteration != 12 || progress[11].Iterations != 12 || progress[11].Left != 0 {
		t.Errorf("progress %+v", progress)
	}
	for _, name := range []string{
		"config.toml", "state.json", "events.jsonl",
		"checkpoints/step-000012/weights.safetensors", "checkpoints/step-000012/ema.safetensors",
		"checkpoints/step-000012/optimizer.safetensors", "checkpoints/step-000012/chains.safetensors",
		"checkpoints/step-000012/state.json", "checkpoints/step-000004/weights.safetensors",
	} {
		if _, err := os.Stat(r.Folder.Join(filepath.FromSlash(name))); err != nil {
			t.Error(err)
		}
	}
	if res.Picture != "picture 12" || fmt.Sprint(shown.checkpoints) != "[4 8 12]" || !shown.closed {
		t.Errorf("picture %s, shown %+v", res.Picture, shown)
	}
	events, err := ReadEvents(r.Folder.Join("events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != len(h.events) || len(events) != shown.events {
		t.Errorf("%d lines, %d events observed, %d shown", len(events), len(h.events), shown.events)
	}
	actual := checkpoint.Size(checkpoint.OS{}, r.Folder.Checkpoints(), 12)
	if said := r.Trainer().SnapshotBytes(); said > actual || float64(said) < 0.8*float64(actual)-8192 {
		t.Errorf("a checkpoint was said to take %d bytes and takes %d", said, actual)
	}
	if m := h.events[0].Message; !strings.Contains(m, "the last 3 are kept") {
		t.Errorf("start: %s", m)
	}
	steps := 0
	for _, e := range events {
		if e.Kind == "" {
			if steps++; e.Step != int64(steps) || !(e.GradientNorm > 0) || !(e.Rate > 0) {
				t.Errorf("log step %d: %+v", steps, e)
			}
		}
	}
	for _, e := range events {
		if e.Kind == "checkpoint" && !strings.Contains(e.Message, fmt.Sprintf("step-%06d,", e.Step)) {
			t.Errorf("the event of a checkpoint has step %d: %s", e.Step, e.Message)
		}
	}
	kinds := h.kinds()
	if steps != 12 || kinds[0] != "start" || kinds[len(kinds)-1] != "finished" || !slices.Contains(kinds, "checkpoint") {
		t.Errorf("%d log steps, kinds %v", steps, kinds)
	}
	_, meta, err := weightfile.LoadSafetensors(r.Folder.Join("checkpoints", "step-000012", "weights.safetensors"))
	if err != nil || meta["net"] != "toy" || !strings.Contains(meta["config"], "temperature") {
		t.Errorf("metadata %v, %v", meta, err)
	}
}

// TestWorkers: 1, 2, 3 and 8 workers compute the same bits.
func TestWorkers(t *testing.T) {
	t.Parallel()
	for _, preset := range []string{"toy", "images"} {
		t.Run(preset, func(t *testing.T) {
			var want map[string][]float32
			counts := []int{1, 2, 3, 8}
			if testing.Short() {
				counts = []int{1, 3}
			}
			for _, workers := range counts {
				c := tiny(t)
				if preset == "images" {
					c = tinyImages(t)
				}
				r := startRun(t, c, Options{Workers: workers})
				got := lastTensors(t, finish(t, r, nil).Checkpoint)
				if want == nil {
					want = got
				}
				sameTensors(t, got, want)
			}
		})
	}
}

// tinyImages is a run on a folder of a few pictures made for it.
func tinyImages(t testing.TB, keys ...string) settings.Config {
	t.Helper()
	c, err := settings.Resolve(settings.Layers{Preset: "cifar10-small", Settings: append([]string{
		"data.name=folder", "model.n=4", "train.iterations=3", "train.batch=5", "chains.count=6", "sampler.steps=2", "checkpoint.every=2", "log.pictures=none",
	}, keys...), Flags: map[string]any{"data.dir": pictureFolder(t, 7, 3)}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// pictureFolder makes a folder of n pictures of 32×32, others for another shift.
func pictureFolder(t testing.TB, n, shift int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		picture := image.NewRGBA(image.Rect(0, 0, 32, 32))
		for k := range picture.Pix {
			picture.Pix[k] = byte(k * (i + shift) % 255)
			if k%4 == 3 {
				picture.Pix[k] = 255
			}
		}
		var b bytes.Buffer
		if err := png.Encode(&b, picture); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.png", i)), b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestStopAndResume: a run that was stopped and resumed, with other workers, ends with the bits of one that was not.
func TestStopAndResume(t *testing.T) {
	whole := startRun(t, tiny(t), Options{Workers: 1})
	want := lastTensors(t, finish(t, whole, nil).Checkpoint)

	r := startRun(t, tiny(t), Options{Workers: 2})
	ctx, cancel := context.WithCancel(context.Background())
	res, err := r.Train(ctx, &hooks{progress: func(p Progress) {
		if p.Iteration == 5 {
			cancel()
		}
	}})
	if err != nil || res.Status != Interrupted || res.Iteration != 5 {
		t.Fatalf("%+v, %v", res, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err = Resume(r.Folder.Path, nil, nil, Options{Workers: 3}); err != nil {
		t.Fatal(err)
	}
	if r.Resumed != 5 || r.Config.Preset != "rings-small" {
		t.Errorf("resumed from %d, preset %q", r.Resumed, r.Config.Preset)
	}
	sameTensors(t, lastTensors(t, finish(t, r, nil).Checkpoint), want)

	_, err = Resume(r.Folder.Path, []string{"sampler.steps=4"}, nil, Options{})
	var ke *settings.KeyError
	if !errors.As(err, &ke) || ke.Key != "sampler.steps" {
		t.Errorf("resuming with another sampler: %v", err)
	}
	if r, err = Resume(r.Folder.Path, []string{"train.iterations=14", "log.every=2"}, nil, Options{}); err != nil {
		t.Fatal(err)
	}
	longer := lastTensors(t, finish(t, r, nil).Checkpoint)
	sameTensors(t, longer, lastTensors(t, finish(t, startRun(t, tiny(t, "train.iterations=14"), Options{}), nil).Checkpoint))
}

func TestTimeLimit(t *testing.T) {
	r := startRun(t, tiny(t), Options{MaxTime: time.Nanosecond})
	if res := finish(t, r, nil); res.Status != TimeLimit || res.Iteration != 0 {
		t.Errorf("%+v", res)
	}
	r, err := Resume(r.Folder.Path, nil, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if res := finish(t, r, nil); res.Status != Finished {
		t.Errorf("%+v", res)
	}
}

// ramp is a program's own source: points whose coordinates grow.
type ramp struct{}

func (ramp) Shape() (h, w, c int) { return 1, 1, 3 }
func (ramp) Batch(dst []float32, key tensor.Key) {
	random := key.Rand()
	for i := range dst {
		dst[i] = float32(i%3) + float32(random.Float64())
	}
}

// TestOwnNetworkAndData: a run of the program's own network and data is resumed with the same bits, goes back to the first
// weights where there is no checkpoint yet, and refuses to go on without what it was begun with.
func TestOwnNetworkAndData(t *testing.T) {
	own := func() Options {
		g := nn.NewGraph(1, 1, 3)
		network := nn.NewNetwork(g, g.Linear("out", g.Swish(g.Linear("in", g.Input(), 16, true)), 1, true))
		network.Init(7)
		return Options{Network: network, Source: ramp{}}
	}
	want := lastTensors(t, finish(t, startRun(t, tiny(t), own()), nil).Checkpoint)
	r := startRun(t, tiny(t), own())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if _, err := r.Train(ctx, &hooks{progress: func(p Progress) {
		if p.Iteration == 5 {
			cancel()
		}
	}}); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	var ke *settings.KeyError
	if _, err := Resume(r.Folder.Path, nil, nil, Options{}); !errors.As(err, &ke) || ke.Key != "data.name" {
		t.Errorf("resumed without its data: %v", err)
	}
	if _, err := Resume(r.Folder.Path, nil, nil, Options{Source: ramp{}}); !errors.As(err, &ke) || ke.Key != "model.net" {
		t.Errorf("resumed without its network: %v", err)
	}
	r, err := Resume(r.Folder.Path, nil, nil, own())
	if err != nil {
		t.Fatal(err)
	}
	sameTensors(t, lastTensors(t, finish(t, r, nil).Checkpoint), want)

	plain := startRun(t, tiny(t), Options{MaxTime: 1})
	finish(t, plain, nil)
	if _, err := Resume(plain.Folder.Path, nil, nil, own()); err == nil || !strings.Contains(err.Error(), "config.toml names") {
		t.Errorf("the toy's run went on with another network: %v", err)
	}

	o := own()
	r = startRun(t, tiny(t, "checkpoint.every=100", "guard.lower=1"), o)
	h := &hooks{}
	h.progress = func(p Progress) {
		if p.Iteration == 3 && r.rollbacks == 0 {
			o.Network.Params()[0].Data[0] = float32(math.NaN())
		}
	}
	res, err := r.Train(context.Background(), h)
	if err != nil || res.Rollbacks != 1 {
		t.Fatalf("%+v, %v", res, err)
	}
	sameTensors(t, lastTensors(t, res.Checkpoint), want)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

// Chains that a bound keeps at their start are told of before training.
func TestWarnsOfChainsThatCannotLeaveTheirStart(t *testing.T) {
	for _, c := range []struct {
		preset string
		set    []string
		warns  bool
	}{
		{"flowers-literal", nil, true}, {"cifar10-literal", nil, true}, {"mnist-literal", nil, true},
		{"flowers", nil, false}, {"cifar10", nil, false}, {"mnist", nil, false},
		{"rings", nil, true}, // 100 steps of at most 0.01, from a Gaussian of sd 2
		{"cifar10-literal", []string{"sampler.b=inf"}, false},
		{"cifar10-literal", []string{"sampler.drift_form=full"}, false},
		{"cifar10-literal", []string{"chains.start=persistent"}, false},
		{"cifar10-small", nil, false}, {"rings-small", nil, false}, {"cifar10-pyramid", nil, false},
	} {
		cfg, err := settings.Resolve(settings.Layers{Preset: c.preset, Settings: c.set})
		if err != nil {
			t.Fatal(err)
		}
		h, channels := 1, 2
		if cfg.Network.Net != "toy" {
			h, channels = 32, 3
		}
		network, err := cfg.NewNetwork(h, h, channels)
		if err != nil {
			t.Fatal(err)
		}
		if cfg, err = cfg.Resolved(); err != nil {
			t.Fatal(err)
		}
		if why := outOfReach(cfg.Train, network); (why != "") != c.warns {
			t.Errorf("%s %v: %q", c.preset, c.set, why)
		}
	}
}
