package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anila/nn/weightfile"
	"anila/tensor"
	"anila/train/eval"
	"anila/train/report"
)

// saveResNet56 writes random weights of the CIFAR-10 classifier.
func saveResNet56(t *testing.T, path string) {
	t.Helper()
	var tensors []weightfile.Tensor
	add := func(name string, spread, centre float32, shape ...int) {
		size := 1
		for _, d := range shape {
			size *= d
		}
		x := make([]float32, size)
		tensor.Key{Seed: 1, Chain: uint32(len(tensors))}.Uniforms(x)
		for i, u := range x {
			x[i] = centre + spread*(2*u-1)
		}
		tensors = append(tensors, weightfile.Tensor{Name: name, Shape: shape, Data: x})
	}
	layer := func(name, norm string, in, out int) {
		add(name+".weight", float32(math.Sqrt(6/float64(9*in))), 0, out, in, 3, 3)
		for i, part := range []string{"bias", "weight", "running_mean", "running_var"} {
			add(norm+"."+part, 0.3, float32(i%2), out)
		}
	}
	layer("conv1", "bn1", 3, 16)
	in := 16
	for stage := range 3 {
		for block := range 9 {
			name := fmt.Sprintf("layer%d.%d.", stage+1, block)
			layer(name+"conv1", name+"bn1", in, 16<<stage)
			in = 16 << stage
			layer(name+"conv2", name+"bn2", in, in)
		}
	}
	if err := weightfile.Save(path, tensors, nil); err != nil {
		t.Fatal(err)
	}
}

// savePictures writes an array of n random pictures, spread about grey.
func savePictures(t *testing.T, path string, n int, spread float32, seed uint64) {
	t.Helper()
	x := make([]float32, n*16*16*3)
	tensor.Key{Seed: seed}.Uniforms(x)
	for i, u := range x {
		x[i] = spread * (2*u - 1)
	}
	if err := weightfile.SaveNPY(path, []int{n, 16, 16, 3}, x); err != nil {
		t.Fatal(err)
	}
}

func readJSON(t *testing.T, path string) (r evalResult) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestEvalPictures holds arrays of pictures against each other by every measure, through files and back.
func TestEvalPictures(t *testing.T) {
	dir := t.TempDir()
	saveResNet56(t, filepath.Join(dir, "net.safetensors"))
	savePictures(t, filepath.Join(dir, "data.npy"), 60, 1, 1)
	savePictures(t, filepath.Join(dir, "near.npy"), 40, 1, 2)
	savePictures(t, filepath.Join(dir, "far.npy"), 40, 0.3, 3)
	judge := func(samples string, more ...string) outcome {
		t.Helper()
		return anila(t, dir, append([]string{"eval", "--samples", samples, "--n", "40", "--weights-file", "net.safetensors"}, more...)...)
	}
	judge("near.npy", "--data", "data.npy", "--swd", "--neighbours", "nearest.png", "--out", "near.json", "--save-reference", "data.npz", "--save-samples", "near.npz").
		want(t, exitDone, "FD-ResNet56 (40 against 60)", "KD-ResNet56 (40 against 60)", "SWD·10³ at 16×16 (40 against 40)", "wrote", "nearest.png")
	judge("far.npy", "--data", "data.npy", "--out", "far.json", "--baseline", "near.json").want(t, exitDone, "is not nearer than")
	near, far := readJSON(t, filepath.Join(dir, "near.json")), readJSON(t, filepath.Join(dir, "far.json"))
	if len(near.Distances) != 3 || len(near.Nearest) != 12 || len(far.Distances) != 2 {
		t.Fatalf("%+v\n%+v", near, far)
	}
	if p, q := near.Pictures, far.Pictures; p == nil || q == nil || p.Samples.Count != 40 || len(p.Unlike) != 1 || len(q.Unlike) != 5 {
		t.Errorf("noise has no neighbours, dull noise neither SD nor distance: %+v, %+v", p, q)
	}
	for i, d := range far.Distances {
		if d.Value < 2*near.Distances[i].Value {
			t.Errorf("%s: dull pictures are at %g, others at %g", d.Name(), d.Value, near.Distances[i].Value)
		}
	}
	if page, err := os.Stat(filepath.Join(dir, "nearest.png")); err != nil || page.Size() == 0 {
		t.Errorf("nearest.png: %v", err)
	}

	// Saved statistics give the same distance, from the command and from the library, and say what they are of.
	judge("near.npy", "--reference", "data.npz", "--out", "again.json", "--baseline", "near.json").want(t, exitDone, "is not nearer than")
	if again := readJSON(t, filepath.Join(dir, "again.json")); len(again.Distances) != 1 || again.Distances[0] != near.Distances[0] {
		t.Errorf("by statistics %+v, by pictures %+v", again.Distances, near.Distances[0])
	}
	var saved [2]*eval.Statistics
	for i, name := range []string{"near.npz", "data.npz"} {
		var err error
		if saved[i], err = eval.LoadStatistics(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if distance, err := eval.Frechet(saved[0], saved[1]); err != nil || distance != near.Distances[0].Value || saved[1].N != 60 {
		t.Errorf("%g of %+v, %v", distance, saved[1], err)
	}

	// A folder of pictures is read at the size of the data, and other numbers are not compared.
	savePNGs(t, filepath.Join(dir, "pictures"), 3, 20)
	judge("pictures", "--data", "data.npy", "--n", "3", "--json").want(t, exitDone, `"measure": "FD-ResNet56"`, `"reference_n": 60`)
	judge("pictures", "--data", "data.npy", "--n", "3", "--baseline", "near.json").
		want(t, exitFailed, "FD-ResNet56 (3 against 60) and FD-ResNet56 (40 against 60) cannot be compared")
}

// TestEvalModel judges a model of the plane, exactly, and one of pictures by its samples and its f.
func TestEvalModel(t *testing.T) {
	dir := trained(t)
	anila(t, dir, "eval", "--model", "run").want(t, exitDone, "KL(truth ‖ model)", "masses")
	anila(t, dir, "eval", "--model", "run", "--json").want(t, exitDone, `"kl"`)
	anila(t, dir, "eval", "--model", "run", "--n", "10").want(t, exitUsage, "--n", "exact likelihood")
	savePNGs(t, filepath.Join(dir, "pictures"), 9, 32)
	anila(t, dir, "train", "--preset", "cifar10-small", "--out", "small", "--data", "pictures", "--set", "data.name=folder", "--set", "model.n=4",
		"--set", "train.iterations=2", "--set", "train.batch=4", "--set", "sampler.steps=2").want(t, exitDone)
	anila(t, dir, "eval", "--model", "small", "--data", "pictures", "--features", "none", "--n", "6", "--swd").
		want(t, exitDone, "2 steps of anila", "mean f of 6 train", "mean f of 6 samples", "AUROC of train against samples", "SWD·10³ at 16×16 (6 against 6)")
}

// savePNGs makes a folder of n random pictures.
func savePNGs(t *testing.T, dir string, n, side int) {
	t.Helper()
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		x := make([]float32, side*side*3)
		tensor.Key{Seed: uint64(i)}.Uniforms(x)
		if err := report.WritePNG(filepath.Join(dir, fmt.Sprint(i, ".png")), picture(x, side, side, 3)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEvalWrongUse(t *testing.T) {
	dir := t.TempDir()
	savePictures(t, filepath.Join(dir, "x.npy"), 5, 1, 1)
	if err := os.WriteFile(filepath.Join(dir, "bad.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]struct {
		code int
		text string
	}{
		"":                                   {exitUsage, "--model or --samples"},
		"--model run --samples x.npy":        {exitUsage, "--model or --samples"},
		"--samples x.npy":                    {exitUsage, "--data is needed"},
		"--samples x.npy --data x.npy --n 1": {exitUsage, "two samples"},
		"--samples x.npy --data x.npy --features vgg":                              {exitUsage, "resnet56, inception"},
		"--samples x.npy --data x.npy --features inception":                        {exitUsage, "--weights-file"},
		"--samples x.npy --data x.npy --features none --n 5":                       {exitUsage, "nothing to compute"},
		"--samples x.npy --data x.npy --features none --swd --weights-file w":      {exitUsage, "--weights-file"},
		"--samples x.npy --data x.npy --steps 3":                                   {exitUsage, "--steps"},
		"--samples x.npy --reference s.npz --reference-n 5":                        {exitUsage, "--reference-n"},
		"--samples x.npy --data x.npy --out x.txt":                                 {exitUsage, ".json"},
		"--samples x.npy --data x.npy --n 5":                                       {exitFailed, "--weights-file names the weights"},
		"--samples x.npy --data x.npy --features none --swd --n 50":                {exitFailed, "holds 5"},
		"--samples x.npy --data rings --features none --swd --n 5":                 {exitUsage, "points"},
		"--samples x.npy --data x.npy --features none --swd --n 5 --baseline none": {exitFailed, "none"},
		"--samples x.npy --data x.npy --n 5 --baseline bad.json":                   {exitFailed, "not a result"},
		"--samples no.npy --data x.npy --features none --swd --n 5":                {exitFailed, "no.npy"},
	} {
		t.Run(line, func(t *testing.T) {
			anila(t, dir, append([]string{"eval"}, strings.Fields(line)...)...).want(t, want.code, want.text)
		})
	}
}
