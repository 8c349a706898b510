package run

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"anila/nn/weightfile"
	"anila/train/checkpoint"
	"anila/train/model"
	"anila/train/settings"
)

// The places where a key may be seen to act, in the order in which a run comes by them: what acts at one changes most of
// those behind it, and none before it.
const (
	refused = "refused" // that the run is not begun
	network = "network" // names, shapes and first values of the parameters
	lines   = "lines"   // iterations that the log has a line of
	folders = "folders" // checkpoints that are left
	value   = "value"   // mean f of the first batch of data
	chains  = "chains"  // their ends and the bank after the first iteration
	loss    = "loss"    // of the first iteration
	rate    = "rate"    // of each iteration
	moments = "moments" // of the optimizer after the first iteration
	weights = "weights" // after the first iteration
	average = "average" // of the weights, after the first iteration
	later   = "later"   // weights in the end
	events  = "events"  // what else happened, and when
	kept    = "kept"    // weights that were measured best
	shows   = "shows"   // pictures
)

var places = []string{refused, network, lines, folders, value, chains, loss, rate, moments, weights, average, later, kept, events, shows}

// common settings of all rows: three iterations of toys, or of images with the folder's pictures.
var (
	points = []string{"data.name=rings", "model.net=toy", "model.n=4", "train.iterations=3", "train.batch=8", "chains.count=6", "chains.bank=12",
		"chains.start=replay", "chains.restart=0.25", "sampler.kernel=anila", "sampler.steps=2", "sampler.drift=1", "sampler.noise=0.25",
		"sampler.b=0.001", "optim.name=adam", "ema.decay=0.5", "checkpoint.every=1", "checkpoint.keep=0", "log.every=1"}
	pictures = []string{"model.net=vanilla", "model.n=2", "train.iterations=2", "train.batch=3", "chains.count=2", "chains.start=noise-uniform",
		"sampler.steps=1", "checkpoint.every=1", "checkpoint.keep=0", "log.every=1"}
	levels = []string{"model.net=pyramid", "model.n=1", "levels.pictures=[6, 6]", "train.batch=3", "chains.count=2", "chains.start=noise-uniform",
		"sampler.steps=1", "train.iterations=4", "checkpoint.every=1", "checkpoint.keep=0", "log.every=1"}
	table = []string{"data.name=TABLES/t.csv", "model.net=mlp", "model.widths=[4]", "train.iterations=2", "train.batch=8", "chains.count=6",
		"chains.start=noise-uniform", "sampler.kernel=anila", "sampler.steps=2", "sampler.drift=1", "sampler.noise=0.25", "sampler.b=0.001",
		"optim.name=adam", "checkpoint.every=1", "checkpoint.keep=0", "log.every=1"}
	measured  = slices.Concat(pictures, []string{"eval.every=1", "eval.samples=2", "eval.weights=RESNET56"})
	diverging = []string{"guard.policy=rollback", "guard.state=1e-9", "guard.rollbacks=2"}
)

// row says where a key is seen first when its value goes from one to another.
type row struct {
	key      string
	from, to string
	seen     string
	base     []string // nil: points
	with     []string // that it needs to act
}

var rows = []row{
	{key: "seed", from: "1", to: "2", seen: network},
	{key: "model.net", from: "vanilla", to: "resnet", seen: network, base: pictures},
	{key: "model.n", from: "4", to: "5", seen: network},
	{key: "model.widths", from: "[4]", to: "[4, 3]", seen: network, with: []string{"model.net=mlp"}},
	{key: "model.layers", from: `[{type = "conv", out = 4}, {type = "sum"}, {type = "linear", out = 1}]`,
		to: `[{type = "conv", out = 5}, {type = "sum"}, {type = "linear", out = 1}]`, seen: network, base: slices.Concat(pictures, []string{"model.net=layers"})},
	{key: "model.init", from: "", to: "INIT", seen: network},
	{key: "model.leak", from: "0.05", to: "0.25", seen: value},
	{key: "model.temperature", from: "1", to: "0.5", seen: loss},
	{key: "model.reference_sd", from: "0", to: "1", seen: chains},
	{key: "model.spectral_norm", from: "false", to: "true", seen: value},
	{key: "data.name", from: "rings", to: "gmm", seen: value},
	{key: "data.dir", from: "bright", to: "dark", seen: value, base: pictures},
	{key: "data.size", from: "32", to: "40", seen: value, base: pictures},
	{key: "data.noise", from: "0", to: "0.25", seen: value},
	{key: "data.flip", from: "false", to: "true", seen: value, base: pictures},
	{key: "data.array", from: "a", to: "b", seen: value, base: table, with: []string{"data.name=TABLES/two.npz"}},
	{key: "data.layout", from: "nhwc", to: "nchw", seen: value, base: table, with: []string{"data.name=TABLES/images.npy", "model.net=mlp"}},
	{key: "data.missing", from: "refuse", to: "drop", seen: refused, base: table, with: []string{"data.name=TABLES/gaps.csv"}},
	{key: "data.label", from: "", to: "c", seen: network, base: table},
	{key: "data.drop", from: "[]", to: `["b"]`, seen: network, base: table},
	{key: "data.columns", from: "[]", to: `["b", "a", "c"]`, seen: value, base: table},
	{key: "data.held_out", from: "0", to: "0.25", seen: value, base: table},
	{key: "data.scale", from: "none", to: "range", seen: value, base: table},
	{key: "data.shift", from: "[0]", to: "[1]", seen: value, base: table, with: []string{"data.unit=[1]"}},
	{key: "data.unit", from: "[1]", to: "[2]", seen: value, base: table, with: []string{"data.shift=[0]"}},
	{key: "sampler.kernel", from: "anila", to: "langevin", seen: chains},
	{key: "sampler.steps", from: "2", to: "3", seen: chains},
	{key: "sampler.drift", from: "1", to: "2", seen: chains},
	{key: "sampler.noise", from: "0.25", to: "0.5", seen: chains, with: []string{"model.temperature=1"}},
	{key: "sampler.step", from: "0.01", to: "0.02", seen: chains},
	{key: "sampler.b", from: "0.001", to: "0.002", seen: chains},
	{key: "sampler.b_unit", from: "gradient", to: "noise/drift", seen: chains},
	{key: "sampler.correct", from: "false", to: "true", seen: chains, with: []string{"model.temperature=0"}},
	{key: "sampler.scope", from: "coord", to: "sample", seen: chains},
	{key: "sampler.noise_form", from: "sqrt", to: "linear", seen: chains},
	{key: "sampler.drift_form", from: "scaled", to: "full", seen: chains},
	{key: "sampler.drift_fall", from: "0", to: "0.5", seen: chains},
	{key: "sampler.noise_fall", from: "0", to: "0.5", seen: chains, with: []string{"model.temperature=1"}},
	{key: "sampler.leapfrog", from: "2", to: "3", seen: chains, with: []string{"sampler.kernel=hmc", "sampler.step=0.1"}},
	{key: "sampler.adapt", from: "0", to: "5", seen: chains, with: []string{"sampler.kernel=mala"}},
	{key: "chains.start", from: "replay", to: "noise-uniform", seen: chains},
	{key: "chains.count", from: "6", to: "5", seen: chains},
	{key: "chains.bank", from: "12", to: "13", seen: chains},
	{key: "chains.restart", from: "0", to: "1", seen: chains},
	{key: "chains.noise", from: "uniform", to: "gaussian", seen: chains},
	{key: "chains.scale", from: "1", to: "2", seen: chains},
	{key: "chains.clamp", from: "0", to: "0.5", seen: chains},
	{key: "levels.pictures", from: "[6, 6]", to: "[3, 6]", seen: rate, base: levels},
	{key: "levels.batch", from: "[3, 3]", to: "[2, 3]", seen: value, base: levels},
	{key: "levels.steps", from: "[1, 1]", to: "[2, 1]", seen: chains, base: levels},
	{key: "levels.rate", from: "[0.01, 0.01]", to: "[0.02, 0.01]", seen: rate, base: levels},
	{key: "levels.fade", from: "0", to: "1", seen: later, base: levels},
	{key: "train.iterations", from: "3", to: "4", seen: lines},
	{key: "train.batch", from: "8", to: "9", seen: value},
	{key: "train.shards", from: "1", to: "2", seen: chains},
	{key: "train.alpha", from: "0", to: "1", seen: loss},
	{key: "train.clip", from: "0", to: "1e-3", seen: weights, with: []string{"optim.name=sgd"}},
	{key: "optim.name", from: "adam", to: "sgd", seen: moments},
	{key: "optim.rate", from: "0.01", to: "0.02", seen: rate},
	{key: "optim.rate_min", from: "0", to: "0.009", seen: rate, with: []string{"optim.rate=0.01", "optim.decay=0.5"}},
	{key: "optim.decay", from: "1", to: "0.5", seen: rate},
	{key: "optim.weight_decay", from: "0", to: "0.5", seen: weights, with: []string{"optim.name=adamw"}},
	{key: "optim.beta1", from: "0.9", to: "0.5", seen: moments},
	{key: "optim.beta2", from: "0.999", to: "0.5", seen: moments},
	{key: "ema.decay", from: "0.5", to: "0.0625", seen: average},
	{key: "guard.policy", from: "ignore", to: "stop", seen: lines, with: []string{"guard.state=1e-9"}},
	{key: "guard.gap", from: "0", to: "1e-9", seen: lines, with: []string{"guard.policy=stop"}},
	{key: "guard.state", from: "0", to: "1e-9", seen: lines, with: []string{"guard.policy=stop"}},
	{key: "guard.gradient", from: "0", to: "1e9", seen: lines, with: []string{"guard.policy=stop"}},
	{key: "guard.rollbacks", from: "2", to: "1", seen: events, with: diverging},
	{key: "guard.lower", from: "0.5", to: "0.25", seen: events, with: diverging},
	{key: "checkpoint.every", from: "1", to: "2", seen: folders},
	{key: "checkpoint.minutes", from: "0", to: "1e-9", seen: folders, with: []string{"checkpoint.every=0"}},
	{key: "checkpoint.keep", from: "3", to: "2", seen: folders},
	{key: "checkpoint.keep_every", from: "0", to: "2", seen: folders, with: []string{"checkpoint.keep=1"}},
	{key: "checkpoint.max_bytes", from: "0", to: "1", seen: folders},
	{key: "checkpoint.best", from: "false", to: "true", seen: kept, base: measured},
	{key: "eval.every", from: "1", to: "2", seen: events, base: measured},
	{key: "eval.samples", from: "2", to: "3", seen: events, base: measured},
	{key: "eval.features", from: "resnet56", to: "inception", seen: refused, base: measured}, // these weights are of the first
	{key: "eval.weights", from: "RESNET56", to: "none.th", seen: refused, base: measured},
	{key: "log.every", from: "1", to: "2", seen: lines},
	{key: "log.pictures", from: "none", to: "end", seen: shows},
}

// TestEveryKeyActs runs each key's row with both values: what is seen differs first where the row says.
func TestEveryKeyActs(t *testing.T) {
	dirs := map[string]string{}
	for i, name := range []string{"bright", "dark"} {
		dirs[name] = pictureFolder(t, 7, 5+3*i)
	}
	dirs["tables"] = tables(t)
	for _, k := range settings.Keys() {
		if !slices.ContainsFunc(rows, func(r row) bool { return r.key == k.Name }) {
			t.Errorf("%s has no row: say what it changes, and where that is seen", k.Name)
		}
	}
	if testing.Short() {
		t.Skip("trains twice for each key")
	}
	for _, r := range rows {
		t.Run(r.key, func(t *testing.T) {
			t.Parallel()
			from, to := r.observe(t, dirs, r.from), r.observe(t, dirs, r.to)
			for _, place := range places {
				if from[place] != to[place] {
					if place != r.seen {
						t.Errorf("%s = %s or %s is seen first in %s, want %s", r.key, r.from, r.to, place, r.seen)
					}
					return
				}
			}
			t.Errorf("%s = %s or %s changes nothing", r.key, r.from, r.to)
		})
	}
}

// tables makes the files of the rows about arrays and tables.
func tables(t *testing.T) string {
	dir := t.TempDir()
	text, gaps := "a,b,c\n", "a,b,c\n1,,3\n"
	for i := range 16 {
		line := fmt.Sprintf("%d,%d,%d\n", i, i*i%7, i%3)
		text, gaps = text+line, gaps+line
	}
	x := make([]float32, 16*3*4*5)
	for i := range x {
		x[i] = float32(i%11)/5 - 1
	}
	arrays := []weightfile.Tensor{{Name: "a", Shape: []int{16, 3}, Data: x[:48]}, {Name: "b", Shape: []int{16, 3}, Data: x[48:96]}}
	for name, err := range map[string]error{
		"t.csv":      os.WriteFile(filepath.Join(dir, "t.csv"), []byte(text), 0o666),
		"gaps.csv":   os.WriteFile(filepath.Join(dir, "gaps.csv"), []byte(gaps), 0o666),
		"images.npy": weightfile.SaveNPY(filepath.Join(dir, "images.npy"), []int{16, 3, 4, 5}, x),
		"two.npz":    weightfile.SaveNPZ(filepath.Join(dir, "two.npz"), arrays, nil),
	} {
		if err != nil {
			t.Fatal(name, err)
		}
	}
	return dir
}

// observe runs the row with one value and writes down what is there to see, by place.
func (r row) observe(t *testing.T, dirs map[string]string, setting string) map[string]string {
	base, flags := points, map[string]any{}
	if r.base != nil && r.base[0] != table[0] {
		base = append([]string{"data.name=folder", "data.size=32"}, r.base...)
		flags["data.dir"] = dirs["bright"]
	}
	if r.base != nil && r.base[0] == table[0] {
		base = r.base
	}
	keys := slices.Concat(base, r.with)
	if r.key == "data.dir" {
		flags["data.dir"] = dirs[setting]
	} else {
		keys = append(keys, r.key+"="+setting)
	}
	for i, s := range keys {
		keys[i] = strings.Replace(s, "TABLES", dirs["tables"], 1)
	}
	if slices.ContainsFunc(keys, func(s string) bool { return strings.HasPrefix(s, "sampler.step=") }) {
		keys = slices.DeleteFunc(keys, func(s string) bool {
			return strings.HasPrefix(s, "sampler.drift=") || strings.HasPrefix(s, "sampler.noise=")
		})
	}
	cfg, err := settings.Resolve(settings.Layers{Preset: "rings-small", Settings: keys, Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	drawn := &drawings{}
	if cfg.Init != "" {
		other := cfg
		other.Train.Seed++
		network, err := other.NewNetwork(1, 1, 2)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Init = filepath.Join(t.TempDir(), "init.safetensors")
		if err := weightfile.SaveSafetensors(cfg.Init, network.Tensors(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if cfg.Eval.Weights == "RESNET56" {
		cfg.Eval.Weights = resnet56(t)
	}
	run, err := Start(cfg, Options{Dir: filepath.Join(t.TempDir(), "run"), Report: func(*Run) Reporter { return drawn }})
	if err != nil {
		return map[string]string{refused: "yes"}
	}
	seen := map[string]string{network: fmt.Sprint(run.Trainer().Network().Tensors())}
	h := &hooks{}
	if _, err := run.Train(context.Background(), h); err != nil && cfg.Guard.Policy == "ignore" {
		t.Fatal(err)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	for _, e := range h.events {
		switch {
		case e.Kind == "":
			if e.Step == 1 {
				seen[value], seen[loss] = fmt.Sprint(e.FData), fmt.Sprint(e.Loss)
			}
			seen[lines] += fmt.Sprint(e.Step, " ")
			seen[rate] += fmt.Sprint(e.Rate, " ")
		case e.Kind == "rollback", e.Kind == "eval":
			seen[events] += e.Message
		case e.Kind != "start" && e.Kind != "checkpoint":
			seen[events] += fmt.Sprint(e.Step, " ", e.Kind, "; ")
		}
	}
	root := run.Folder.Checkpoints()
	steps, err := checkpoint.List(checkpoint.OS{}, root)
	if err != nil {
		t.Fatal(err)
	}
	seen[folders] = fmt.Sprint(steps)
	file := func(step int64, name string) string {
		tensors, _, err := weightfile.LoadSafetensors(filepath.Join(checkpoint.Dir(root, step), name))
		if err != nil {
			return "none" // not kept
		}
		return fmt.Sprint(tensors)
	}
	for _, name := range model.ChainFiles(cfg.Train.Shards) {
		seen[chains] += file(1, name)
	}
	seen[moments] = file(1, "optimizer.safetensors")
	seen[weights], seen[average], seen[later] = file(1, "weights.safetensors"), file(1, "ema.safetensors"), file(slices.Max(append(steps, 0)), "weights.safetensors")
	_, err = os.Stat(run.Folder.Join(model.Best))
	seen[kept], seen[shows] = fmt.Sprint(err == nil), fmt.Sprint(drawn.at)
	return seen
}

// drawings is a Reporter that notes which checkpoints are drawn.
type drawings struct{ at []uint64 }

func (d *drawings) Event(Event) error { return nil }
func (d *drawings) Close() error      { return nil }
func (d *drawings) Checkpoint(c Checkpoint) (string, error) {
	d.at = append(d.at, c.Iteration)
	return "", nil
}
