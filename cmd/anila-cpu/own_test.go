package main

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"anila/nn/weightfile"
	"anila/tensor"
	"anila/train/data"
)

// columns are three columns of a table, far from standard: a number, twice that and noise, and the label's.
func columns(n int) string {
	var b strings.Builder
	b.WriteString("height,weight,kind\n")
	x := make([]float32, 2*n)
	tensor.Key{Seed: 5}.Normals(x)
	for i := range n {
		fmt.Fprintf(&b, "%g,%g,%s\n", 170+10*x[2*i], 140+20*x[2*i]+0.5*x[2*i+1], []string{"a", "b"}[i%2])
	}
	return b.String()
}

// TestOwnTable: a table to scores in two commands; samples come back in its units; what is far from it has a low f.
func TestOwnTable(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("people.csv", columns(200))
	write("odd.csv", "weight,note,height\n140,x,170\n160,y,180\n,z,170\n100,v,190\n") // the last two: no weight, and unlike the others
	write("bad.csv", "height,weight,kind\n1,,a\n")
	anila(t, dir, "train", "--data", "people.csv", "--out", "run").want(t, exitFailed, `data.label = "kind"`)
	anila(t, dir, "train", "--data", "people.csv", "--set", "data.label=kind", "--set", "train.iterations=400", "--out", "run").want(t, exitDone,
		"picked     model.net = mlp", "picked     data.scale = standard", "picked     data.held_out = 0.1", "20 of 200 items", "people.csv, 1×1×2")
	anila(t, dir, "score", "--model", "run", "--data", "odd.csv", "--out", "f.csv").want(t, exitFailed, `column "weight": a value is missing`)
	anila(t, dir, "score", "--model", "run", "--data", "people.csv", "--out", "f.csv", "--grad", "g.npy").want(t, exitDone, "scored 200 items")
	write("whole.csv", "weight,note,height\n140,x,170\n160,y,180\n100,v,190\n")
	anila(t, dir, "score", "--model", "run", "--data", "whole.csv", "--out", "odd.npy").want(t, exitDone, "scored 3 items")
	f, err := weightfile.LoadNPY(filepath.Join(dir, "odd.npy"))
	if err != nil {
		t.Fatal(err)
	}
	if !(f.Data[2] < f.Data[0]-0.1 && f.Data[2] < f.Data[1]-0.1) {
		t.Errorf("f %v: the last is unlike the others", f.Data)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "f.csv")); err != nil || !strings.HasPrefix(string(text), "index,f,label\n0,") || !strings.Contains(string(text), ",b\n") {
		t.Errorf("%.60s, %v", text, err)
	}
	anila(t, dir, "sample", "--model", "run", "--n", "300", "--out", "s.csv").want(t, exitDone, "drew 300 samples")
	source, err := data.Open(filepath.Join(dir, "s.csv"), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	s := data.MeasureSet(source.(data.Set), 0)
	if c := source.(*data.ArraySet).Columns; strings.Join(c, " ") != "height weight" || math.Abs(s.Mean[0]-170) > 3 || math.Abs(s.SD[1]-20) > 6 {
		t.Errorf("samples have columns %v, means %v, deviations %v", c, s.Mean, s.SD)
	}
	anila(t, dir, "sample", "--model", "run", "--n", "300", "--out", "s.png").want(t, exitDone, "wrote s.png") // the plane of its two columns
	// A gradient by the table's own units: that of f where one number of a row is moved.
	write("near.csv", "height,weight\n170,140\n170.01,140\n")
	anila(t, dir, "score", "--model", "run", "--data", "near.csv", "--out", "near.npy", "--grad", "near-g.npy").want(t, exitDone)
	near, err := weightfile.LoadNPY(filepath.Join(dir, "near.npy"))
	if err != nil {
		t.Fatal(err)
	}
	g, err := weightfile.LoadNPY(filepath.Join(dir, "near-g.npy"))
	if err != nil {
		t.Fatal(err)
	}
	if slope := float64(near.Data[1]-near.Data[0]) / 0.01; math.Abs(slope-float64(g.Data[0])) > 0.1*math.Abs(slope)+1e-3 {
		t.Errorf("f rises by %v, the gradient is %v", slope, g.Data[0])
	}
	anila(t, dir, "eval", "--model", "run").want(t, exitDone, "held out   20 items of people.csv", "log Z", "AUROC")
	anila(t, dir, "train", "--resume", "run", "--set", "train.iterations=410").want(t, exitDone, "410 iterations")
	anila(t, dir, "convert", "run", "--torch-module").want(t, exitDone, "nn.Linear(2, 128)", "shift, unit = torch.tensor([1", "N(x; 0, 1²)")
}

// TestOwnImages: grey images of a size of their own, in another range, get a network that fits and are brought to [−1, 1].
func TestOwnImages(t *testing.T) {
	dir := t.TempDir()
	x := make([]float32, 40*12*9)
	tensor.Key{Seed: 1}.Uniforms(x)
	for i := range x {
		x[i] *= 4
	}
	if err := weightfile.SaveNPY(filepath.Join(dir, "x.npy"), []int{40, 12, 9}, x); err != nil {
		t.Fatal(err)
	}
	small := []string{"--set", "train.iterations=2", "--set", "sampler.steps=2", "--set", "log.pictures=none", "--out", "run"}
	anila(t, dir, append([]string{"train", "--data", "x.npy"}, small...)...).want(t, exitDone,
		"picked     model.net = layers", "picked     data.scale = range", "picked     train.batch = 40", "x.npy, 12×9×1")
	anila(t, dir, "sample", "--model", "run", "--n", "5", "--steps", "2", "--out", "s.npy").want(t, exitDone)
	s, err := weightfile.LoadNPY(filepath.Join(dir, "s.npy"))
	if err != nil {
		t.Fatal(err)
	}
	m := data.Measure(s.Data, 12, 9, 1)
	if len(s.Shape) != 4 || math.Abs(m.Mean[0]-2) > 0.3 {
		t.Errorf("samples of shape %v with mean %v, where the data's is 2", s.Shape, m.Mean)
	}
}

// TestNetworksInPyTorch: weights go from a network in TOML to the module that convert prints, and back, with one f.
func TestNetworksInPyTorch(t *testing.T) {
	python := os.Getenv("ANILA_PYTHON")
	if python == "" {
		python = "python3"
	}
	if err := exec.Command(python, "-c", "import torch, numpy").Run(); err != nil {
		t.Skip("no Python with torch and numpy (ANILA_PYTHON names one)")
	}
	dir := t.TempDir()
	x := make([]float32, 6*8*8*3)
	tensor.Key{Seed: 1}.Uniforms(x)
	for i := range x {
		x[i] = 2*x[i] - 1
	}
	if err := weightfile.SaveNPY(filepath.Join(dir, "x.npy"), []int{6, 8, 8, 3}, x); err != nil {
		t.Fatal(err)
	}
	const network = `preset = "cifar10-small"
[model]
net = "layers"
layers = [{type = "conv", out = 6, padding = 1}, {type = "leaky_relu"}, {type = "residual", out = 8}, {type = "max_pool"}, {type = "nonlocal"},
  {type = "swish"}, {type = "flatten"}, {type = "linear", out = 5}, {type = "relu"}, {type = "linear", out = 1, no_bias = true}]
[data]
size = 8
`
	const script = `
import numpy, torch
exec(open("module.py").read())
model.load_state_dict(torch.load("w.pth", weights_only=True))
x = torch.from_numpy(numpy.load("x.npy")).permute(0, 3, 1, 2)
numpy.save("theirs.npy", model(x).flatten().detach().numpy())
torch.save(model.state_dict(), "back.pth")
`
	for name, text := range map[string]string{"net.toml": network, "script.py": script} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	anila(t, dir, "train", "--config", "net.toml", "--data", "x.npy", "--set", "train.iterations=1", "--set", "train.batch=3", "--set", "sampler.steps=1",
		"--set", "log.pictures=none", "--out", "run").want(t, exitDone, "layers, ")
	anila(t, dir, "convert", "run", "w.pth").want(t, exitDone)
	module := anila(t, dir, "convert", "run", "--torch-module")
	if err := os.WriteFile(filepath.Join(dir, "module.py"), []byte(module.stdout), 0o666); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(python, "script.py")
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, module.stdout)
	}
	anila(t, dir, "score", "--model", "run", "--data", "x.npy", "--out", "ours.npy").want(t, exitDone)
	anila(t, dir, "score", "--model", "back.pth", "--net", "net.toml", "--data", "x.npy", "--out", "back.npy").want(t, exitDone)
	var f [3][]float32
	for i, name := range []string{"ours.npy", "theirs.npy", "back.npy"} {
		a, err := weightfile.LoadNPY(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		f[i] = a.Data
	}
	for i, v := range f[0] {
		if !(math.Abs(float64(v-f[1][i])) <= 1e-6) || v != f[2][i] || v == 0 {
			t.Errorf("f %v here, %v in PyTorch, %v when it came back", v, f[1][i], f[2][i])
		}
	}
}

// TestInfoOfNetworks: shapes, parameters and time of a network in TOML.
func TestInfoOfNetworks(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "net.toml"), []byte("[model]\nnet = \"layers\"\nlayers = [{type = \"conv\", out = 4, kernel = 5}, {type = \"sum\"}, {type = \"linear\", out = 1}]\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	anila(t, dir, "info", "--net", "net.toml", "--shape", "9x9x2", "--time").want(t, exitDone, "layers, items of 9×9×2", "204 parameters", "5 parameters", "parameters       209", "Langevin step")
	anila(t, dir, "info", "--net", "net.toml", "--shape", "4x4x2").want(t, exitUsage, "layer 0 (conv), to which 4×4×2 comes")
	anila(t, dir, "info", "--net", "mlp", "--shape", "x").want(t, exitUsage, "--shape x")
}
