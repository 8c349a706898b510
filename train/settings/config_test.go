package settings

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"anila/langevin"
	"anila/train/data"
)

// TestPresetsAreValidAndRoundTrip: every preset validates, names its source, and its resolved file reads back equal.
func TestPresetsAreValidAndRoundTrip(t *testing.T) {
	for _, p := range Presets() {
		t.Run(p.Name, func(t *testing.T) {
			c, err := Resolve(Layers{Preset: p.Name})
			if err != nil {
				t.Fatal(err)
			}
			if p.Source == "" || p.Summary == "" {
				t.Error("no source or summary")
			}
			if c.resolved().Train.Sampler.Temperature <= 0 {
				t.Errorf("temperature %v", c.resolved().Train.Sampler.Temperature)
			}
			for _, c := range []Config{c, c.resolved()} {
				file := filepath.Join(t.TempDir(), "config.toml")
				if err := os.WriteFile(file, c.TOML(), 0o666); err != nil {
					t.Fatal(err)
				}
				back, err := Resolve(Layers{File: file})
				if err != nil {
					t.Fatal(err)
				}
				back.Preset = c.Preset
				if !reflect.DeepEqual(back, c) {
					t.Errorf("read back %+v\nwant      %+v", back, c)
				}
			}
		})
	}
}

// TestExperimentsAreSettings: the files that docs/experiments.md trains with are configurations of this program.
func TestExperimentsAreSettings(t *testing.T) {
	files, err := filepath.Glob("../../docs/experiments/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no experiments: %v", err)
	}
	for _, file := range files {
		if _, err := Resolve(Layers{File: file}); err != nil {
			t.Error(err)
		}
	}
}

// TestPublishedNumbers pins the numbers that papers state.
func TestPublishedNumbers(t *testing.T) {
	for _, c := range []struct {
		preset, key string
		want        any
	}{
		{"rings", "sampler.b", 0.01}, {"rings", "sampler.steps", 100}, {"rings", "sampler.scope", "sample"},
		{"rings", "chains.scale", 2.0}, {"rings", "train.iterations", 10_000},
		{"cifar10-literal", "model.n", 64}, {"cifar10-literal", "model.leak", 0.2}, {"cifar10-literal", "train.batch", 64}, {"cifar10-literal", "sampler.b", 2e-4},
		{"cifar10-literal", "sampler.noise_form", "linear"}, {"flowers-literal", "optim.rate", 1e-3},
		{"flowers-anatomy-convergent", "optim.decay", 0.99995}, {"flowers-anatomy-convergent", "sampler.noise", 0.0075},
		{"rings-anatomy-convergent", "sampler.steps", 500}, {"cifar10-anatomy-oscillating", "chains.start", "persistent"},
	} {
		cfg, err := NewConfig(c.preset)
		if err != nil {
			t.Fatal(err)
		}
		v := validator{c: &cfg}
		if got := v.value(c.key); got != c.want {
			t.Errorf("%s: %s = %v, want %v", c.preset, c.key, got, c.want)
		}
	}
	c, _ := NewConfig("rings-anatomy-convergent")
	if got, want := c.resolved().Train.Sampler.Temperature, 0.125*0.125/2; got != want {
		t.Errorf("T = %v, want %v", got, want)
	}
}

func TestPrecedence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "run.toml")
	text := "preset = \"rings\"\nseed = 7\n[train]\niterations = 50\nbatch = 10\n[sampler]\nb = 1\n"
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	c, err := Resolve(Layers{File: file, Settings: []string{"train.iterations = 60", "sampler.kernel=langevin", "sampler.b=inf"},
		Flags: map[string]any{"train.iterations": 70}})
	if err != nil {
		t.Fatal(err)
	}
	if c.Preset != "rings" || c.Train.Seed != 7 || c.Train.Batch != 10 || c.Iterations != 70 || c.Train.Sampler.Steps != 100 ||
		c.Train.Sampler.Kernel != "langevin" || !math.IsInf(c.Train.Sampler.B, 1) {
		t.Errorf("%+v", c)
	}
}

// TestStep: step = s is drift s/(2T), noise √s, whichever layer says it last.
func TestStep(t *testing.T) {
	c, err := Resolve(Layers{Preset: "rings", Settings: []string{"sampler.step=0.04", "model.temperature=0.5"}})
	if err != nil {
		t.Fatal(err)
	}
	r := c.resolved().Train
	if r.Sampler.Drift != 0.04 || r.Sampler.Noise != 0.2 || r.Sampler.Temperature != 0.5 {
		t.Errorf("step: %+v", r.Sampler)
	}
	if c, err = Resolve(Layers{Preset: "rings-small", Settings: []string{"sampler.drift=0.5", "sampler.noise=0.2"}}); err != nil {
		t.Fatal(err)
	}
	if r := c.resolved().Train; r.Sampler.Step != 0 || r.Sampler.Drift != 0.5 || r.Sampler.Noise != 0.2 {
		t.Errorf("drift: %+v", r.Sampler)
	}
}

// TestLayersGiveWay: a later layer's network by name replaces the layers of a preset, unless that layer asks for both, an error.
func TestLayersGiveWay(t *testing.T) {
	got, err := Resolve(Layers{Preset: "cifar10-replay", Settings: []string{"model.net=resnet"}})
	if err != nil || got.Network.Net != "resnet" || len(got.Network.Layers) > 0 {
		t.Errorf("network %q with %d layers: %v", got.Network.Net, len(got.Network.Layers), err)
	}
	if got, err = Resolve(Layers{Preset: "cifar10-replay", Settings: []string{"model.n=8"}}); err != nil || len(got.Network.Layers) == 0 {
		t.Errorf("%d layers: %v", len(got.Network.Layers), err)
	}
	if _, err := Resolve(Layers{Preset: "cifar10-replay", Settings: []string{"model.net=resnet", `model.layers=[{type="sum"}]`}}); err == nil {
		t.Error("layers of resnet")
	}
}

// TestCorrectionGivesWay: a later layer's sampler that cannot be corrected ends the correction of an earlier one, unless that
// layer asks for both, which is an error.
func TestCorrectionGivesWay(t *testing.T) {
	for _, c := range []struct {
		settings []string
		want     bool
	}{
		{nil, true},
		{[]string{"sampler.b=0.3"}, true},
		{[]string{"sampler.step=0.02"}, true},
		{[]string{"optim.rate=0.01"}, true},
		{[]string{"sampler.kernel=langevin"}, false},
		{[]string{"sampler.kernel=hmc"}, false},
		{[]string{"sampler.noise_form=linear"}, false},
		{[]string{"sampler.drift_form=full"}, false},
		{[]string{"sampler.drift=0.5", "sampler.noise=0.2"}, false},
		{[]string{"sampler.drift=0.5", "sampler.noise=0.2", "model.temperature=0.04"}, true},
	} {
		got, err := Resolve(Layers{Preset: "rings-small", Settings: c.settings})
		if err != nil || got.Train.Sampler.Correct != c.want {
			t.Errorf("%q: corrected %v, want %v (%v)", c.settings, got.Train.Sampler.Correct, c.want, err)
		}
		if _, err := Resolve(Layers{Preset: "rings-small", Settings: append(c.settings, "sampler.correct=true")}); (err == nil) != c.want {
			t.Errorf("%q and corrected: %v", c.settings, err)
		}
	}
}

// TestLinearNoise: the linear form goes with every kernel; those with an accept step have its ratio.
func TestLinearNoise(t *testing.T) {
	for _, kernel := range langevin.Kernels() {
		c, err := Resolve(Layers{Preset: "rings-small", Settings: []string{
			"sampler.kernel=" + kernel, "sampler.noise_form=linear", "sampler.step=0.05", "model.temperature=0.5"}})
		if err != nil || c.resolved().Train.Sampler.NoiseForm != "linear" {
			t.Errorf("%s: %q, %v", kernel, c.Train.Sampler.NoiseForm, err)
		}
	}
}

// TestConfigErrors: every refusal names the key, the value and what would be right.
func TestConfigErrors(t *testing.T) {
	for _, c := range []struct {
		setting string
		want    []string
	}{
		{"sampler.stepz=3", []string{`"sampler.stepz"`, "sampler.step"}},
		{"iterations=3", []string{`"iterations"`, "train.iterations"}},
		{"optimizer.rate=3", []string{`"optimizer.rate"`, "optim.rate"}},
		{"preset=gmm", []string{"preset", "--preset"}},
		{"train.iterations=many", []string{"train.iterations", `"many"`, "an integer"}},
		{"model.spectral_norm=1", []string{"model.spectral_norm", "1", "true or false"}},
		{"train.iterations=1.5", []string{"train.iterations", "1.5", "an integer"}},
		{"train.iterations=0", []string{"train.iterations = 0", "≥ 1"}},
		{"train.iterations=549755813888", []string{"train.iterations = 549755813888", "2³⁹ steps"}},
		{"seed=-1", []string{"seed", "-1", "≥ 0"}},
		{"sampler.kernel=langvin", []string{"sampler.kernel", "langvin", "nearest: langevin"}},
		{"sampler.noise=0", []string{"sampler.noise = 0.0", "gd"}},
		{"sampler.kernel=hmc", []string{"sampler.step = 0.0", "hmc"}},
		{"sampler.adapt=10", []string{"sampler.adapt = 10", "anila"}},
		{"sampler.b=-1", []string{"sampler.b = -1", "> 0"}},
		{"sampler.b=nan", []string{"sampler.b = nan", "> 0"}},
		{"optim.rate=inf", []string{"optim.rate = inf", "> 0"}},
		{"chains.bank=5", []string{"chains.bank = 5", "chains.count = 512"}},
		{"sampler.kernel", []string{"sampler.kernel", "key=value"}},
	} {
		_, err := Resolve(Layers{Preset: "rings-small", Settings: append([]string{"sampler.drift=1", "sampler.noise=0.1"}, c.setting)})
		if err == nil {
			t.Errorf("%s: no error", c.setting)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not say %q", c.setting, err, w)
			}
		}
	}
	_, err := Resolve(Layers{Preset: "rings-smal"})
	if err == nil || !strings.Contains(err.Error(), "rings-small") {
		t.Errorf("unknown preset: %v", err)
	}
	_, err = Resolve(Layers{Preset: "rings", Settings: []string{"sampler.step=1", "sampler.drift=1"}})
	var ke *KeyError
	if !errors.As(err, &ke) || ke.Key != "sampler.drift" {
		t.Errorf("step and drift: %v", err)
	}
	_, err = Resolve(Layers{Preset: "rings", Settings: []string{"sampler.kernel=gd"}})
	if err == nil || !strings.Contains(err.Error(), "model.temperature") {
		t.Errorf("no noise: %v", err)
	}
}

// TestTextComesBack: every text that TOML can say is written so that it is read back; bytes that are none are refused.
func TestTextComesBack(t *testing.T) {
	for _, text := range []string{"", "plain", `C:\data\new`, "with \"quotes\" and 'others'", "a\ttab", "two\nlines\r\n", "bell\a and \b \f \v \x00 \x1b", "\x7f\u0080\u009f",
		"Bücher/データ/😀", "\ufeff", "\u2028", "#[]{}=,", "\ufffd"} {
		c, err := Resolve(Layers{Preset: "rings-small", Flags: map[string]any{"data.dir": text}})
		if err != nil {
			t.Fatal(err)
		}
		back, err := Resolve(Layers{File: "x", Text: c.TOML()})
		if err != nil || back.Data.Dir != text {
			t.Errorf("%q came back as %q, %v", text, back.Data.Dir, err)
		}
	}
	for _, text := range []string{"\xff", "caf\xe9", "\xed\xa0\x80"} {
		_, err := Resolve(Layers{Preset: "rings-small", Flags: map[string]any{"data.dir": text}})
		var ke *KeyError
		if !errors.As(err, &ke) || ke.Key != "data.dir" || !strings.Contains(err.Error(), "UTF-8") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestAnchored: paths hold from everywhere, names of sets stay names.
func TestAnchored(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, want string }{{"x/y.npy", filepath.Join(here, "x", "y.npy")}, {"cifar10", "cifar10"}, {"folder", "folder"}, {"", ""}} {
		got := Config{Data: Data{Name: c.name, Dir: "data"}, Eval: Eval{Weights: "w.pth"}}.Anchored()
		if got.Data.Name != c.want || got.Data.Dir != filepath.Join(here, "data") || got.Eval.Weights != filepath.Join(here, "w.pth") {
			t.Errorf("%q: %+v", c.name, got)
		}
	}
	if got := (Config{}).Anchored(); got.Data.Dir != "" || got.Eval.Weights != "" {
		t.Errorf("%+v", got)
	}
}

// TestNetworksFitTheirData: which network takes points and which images is told by the shape of the data.
func TestNetworksFitTheirData(t *testing.T) {
	for _, c := range []struct {
		preset, net string
		h, w, c     int
		want        string // "" where it fits
	}{
		{"rings-small", "toy", 1, 1, 2, ""},
		{"rings-small", "toy", 1, 1, 7, ""},
		{"rings-small", "vanilla", 1, 1, 2, `model.net = "vanilla": want toy`},
		{"cifar10-small", "toy", 32, 32, 3, "want vanilla"},
		{"cifar10-small", "vanilla", 28, 28, 1, "at least 32×32"},
		{"cifar10-small", "own", 32, 32, 3, "model.net"},
	} {
		cfg, err := Resolve(Layers{Preset: c.preset, Settings: []string{"model.net=" + c.net}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = cfg.NewNetwork(c.h, c.w, c.c); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s on %d×%d×%d: %v, want %q", c.net, c.h, c.w, c.c, err, c.want)
		}
	}
}

// TestDataNames: what package data opens can be trained on, and nothing else.
func TestDataNames(t *testing.T) {
	for name, want := range map[string]bool{"cifar10-test": true, "mnist-padded": true, "some/x.npy": true, "own": true, "imagenet": false, "x.csv": true} {
		_, err := Resolve(Layers{Preset: "cifar10-small", Settings: []string{"data.name=" + name}})
		if (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNetworkInTOML: a network written as a list of layers is read in every form of TOML, comes back from the resolved file,
// and is the built-in vanilla bit for bit.
func TestNetworkInTOML(t *testing.T) {
	const tables = `
preset = "cifar10-small"
[model]
net = "layers"
leak = 0.2
[[model.layers]]
type = "conv"
out = 8
padding = 1
[[model.layers]]
type = "leaky_relu"
[[model.layers]]
type = "conv"
out = 16
kernel = 4
stride = 2
padding = 1
[[model.layers]]
type = "leaky_relu"
[[model.layers]]
type = "conv"
out = 32
kernel = 4
stride = 2
padding = 1
[[model.layers]]
type = "leaky_relu"
[[model.layers]]
type = "conv"
out = 64
kernel = 4
stride = 2
padding = 1
[[model.layers]]
type = "leaky_relu"
[[model.layers]]
type = "conv"
out = 1
kernel = 4
`
	file := filepath.Join(t.TempDir(), "net.toml")
	c, err := Resolve(Layers{File: file, Text: []byte(tables)})
	if err != nil {
		t.Fatal(err)
	}
	back, err := Resolve(Layers{File: file, Text: c.TOML()})
	if back.Preset = c.Preset; err != nil || !reflect.DeepEqual(back, c) {
		t.Fatalf("comes back as %+v, %v", back, err)
	}
	builtIn, err := Resolve(Layers{Preset: "cifar10-small", Settings: []string{"model.n=8", "model.leak=0.2"}})
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 2*32*32*3)
	for i := range x {
		x[i] = float32(i%7)/3 - 1
	}
	var f, g [2][]float32
	for i, cfg := range []Config{back, builtIn} {
		network, err := cfg.NewNetwork(32, 32, 3)
		if err != nil {
			t.Fatal(err)
		}
		f[i], g[i] = make([]float32, 2), make([]float32, len(x))
		network.NewEvaluator(2).LogDensityAndGradient(f[i], g[i], x)
	}
	if !reflect.DeepEqual(f[0], f[1]) || !reflect.DeepEqual(g[0], g[1]) || f[0][0] == 0 {
		t.Errorf("f is %v written in TOML, %v built in", f[0], f[1])
	}
	for text, want := range map[string]string{
		`[{type = "conv", out = 4}, {type = "pool"}]`: `layer 1: type "pool" is none of conv`,
		`[{type = "conv", out = 4, width = 3}]`:       `layer 0 (conv) has no field "width"; it has out, kernel`,
		`[{type = "conv", out = "4"}]`:                `out = "4": a whole number`,
		`"vanilla"`:                                   "a list of tables",
		`[]`:                                          "a list of layers",
		`[{type = "conv", out = 1, kernel = 3}, {type = "linear"}]`: "",
	} {
		c, err := Resolve(Layers{Preset: "cifar10-small", Settings: []string{"model.net=layers", "model.layers=" + text}})
		if want == "" { // what fits is seen when the shape of items is known
			if err == nil {
				_, err = c.NewNetwork(32, 32, 3)
			}
			want = "layer 1 (linear), to which 30×30×1 comes"
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("model.layers = %s: error %v, want %q", text, err, want)
		}
	}
	for _, set := range [][]string{{"model.layers=[{type = \"sum\"}]"}, {"model.net=mlp", "model.widths=[0]"}} {
		if _, err := Resolve(Layers{Preset: "cifar10-small", Settings: set}); err == nil {
			t.Errorf("%v is taken", set)
		}
	}
}

// Keys that the data at hand would leave unread are an error that names the key.
func TestKeysThatDataDoNotHave(t *testing.T) {
	array, err := data.NewArray("mine.npy", make([]float32, 8), 1, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	images, err := data.NewImages("pictures", make([]byte, 4*4*4*3), 4, 4, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	table, err := data.NewArray("mine.csv", make([]float32, 8), 1, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	table.Columns = []string{"a", "b"}
	rings, err := data.Open("rings", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key    string
		data   Data
		refuse []data.Source
		take   []data.Source
	}{
		{"data.label", Data{Label: "kind"}, []data.Source{array, images, rings}, []data.Source{table}},
		{"data.drop", Data{Drop: []string{"x"}}, []data.Source{array, images, rings}, []data.Source{table}},
		{"data.columns", Data{Columns: []string{"x"}}, []data.Source{array, images, rings}, []data.Source{table}},
		{"data.array", Data{Array: "x"}, []data.Source{table, images, rings}, []data.Source{array}},
		{"data.layout", Data{Layout: "nchw"}, []data.Source{table, images, rings}, []data.Source{array}},
		{"data.missing", Data{Missing: "drop"}, []data.Source{images, rings}, []data.Source{array, table}},
	} {
		for _, source := range c.refuse {
			conf := Config{Data: c.data}
			_, err := conf.Prepare(source)
			var key *KeyError
			if !errors.As(err, &key) || key.Key != c.key {
				t.Errorf("%s on %T: %v", c.key, source, err)
			}
		}
		for _, source := range c.take {
			if err := c.data.fits(source); err != nil {
				t.Errorf("%s on %T: %v", c.key, source, err)
			}
		}
	}
}
