package main

import (
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anila/nn/weightfile"
)

// TestConvert takes weights around all formats and scores with each: the same bits.
func TestConvert(t *testing.T) {
	dir := trained(t)
	anila(t, dir, "score", "--force", "--model", "run", "--data", "x.npy", "--out", "f.npy").want(t, exitDone)
	want, err := os.ReadFile(filepath.Join(dir, "f.npy"))
	if err != nil {
		t.Fatal(err)
	}
	from := "run"
	for _, to := range []string{"a.pth", "b.npz", "c.safetensors", "d.th"} {
		anila(t, dir, "convert", from, to).want(t, exitDone, "10 tensors", "10593 values", "toy")
		anila(t, dir, "score", "--force", "--model", to, "--data", "x.npy", "--out", to+".npy").want(t, exitDone)
		if got, err := os.ReadFile(filepath.Join(dir, to+".npy")); err != nil || string(got) != string(want) {
			t.Errorf("%s scores otherwise (%v)", to, err)
		}
		from = to
	}
	anila(t, dir, "convert", "d.th", "named.safetensors", "--net", "toy", "--leak", "0.1").want(t, exitDone)
	if _, metadata, err := weightfile.LoadSafetensors(filepath.Join(dir, "named.safetensors")); err != nil || metadata["net"] != "toy" || metadata["leak"] != "0.1" {
		t.Errorf("metadata %v, %v", metadata, err)
	}
	anila(t, dir, "convert", "a.pth", "a.txt").want(t, exitUsage, "a.txt", ".safetensors")
	anila(t, dir, "convert", "a.pth").want(t, exitUsage, "IN and OUT")
	anila(t, dir, "convert", "missing.pth", "a.npz").want(t, exitFailed, "missing.pth")
	anila(t, dir, "convert", "x.npy", "a.npz").want(t, exitFailed, "x.npy", "single array")
	anila(t, dir, "convert", "a.pth", "v.safetensors", "--net", "vanilla").want(t, exitFailed, "a.pth", "vanilla")
}

func loadWeights(t *testing.T, path string) *weightfile.File {
	t.Helper()
	w, err := weightfile.Load(path, "")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestConvertHalf: half the bytes, the same words but for the machine's folders, values that are those of half precision, and what
// it does to f in a line; a value that does not fit leaves nothing behind.
func TestConvertHalf(t *testing.T) {
	dir := trained(t)
	anila(t, dir, "convert", "run", "whole.safetensors").want(t, exitDone)
	o := anila(t, dir, "convert", "run", "half.safetensors", "--dtype", "f16")
	o.want(t, exitDone, "10 tensors", "half precision moves f of 64 samples", "of its standard deviation")
	load := func(name string) *weightfile.File { return loadWeights(t, filepath.Join(dir, name)) }
	whole, half := load("whole.safetensors"), load("half.safetensors")
	if !maps.Equal(whole.Metadata, half.Metadata) || whole.Metadata["config"] == "" || whole.Metadata["iteration"] != "6" {
		t.Errorf("metadata %v and %v", whole.Metadata, half.Metadata)
	}
	changed := 0
	for i, tensor := range half.Tensors {
		for k, v := range tensor.Data {
			w := float64(whole.Tensors[i].Data[k])
			if math.Abs(float64(v)-w) > math.Abs(w)/2048+1.0/(1<<25) {
				t.Fatalf("%s[%d] is %v, was %v", tensor.Name, k, v, w)
			}
			if float64(v) != w {
				changed++
			}
		}
	}
	if changed == 0 {
		t.Error("no value was rounded")
	}
	anila(t, dir, "score", "--force", "--model", "half.safetensors", "--data", "x.npy", "--out", "f.npy").want(t, exitDone)
	anila(t, dir, "convert", "run", "half.pth", "--dtype", "f16").want(t, exitUsage, "half.pth", ".safetensors")
	anila(t, dir, "convert", "run", "half.npz", "--dtype", "f8").want(t, exitUsage, "f16")
	large := load("whole.safetensors")
	large.Tensors[3].Data[1] = 70000
	if err := weightfile.Save(filepath.Join(dir, "large.npz"), large.Tensors, large.Metadata); err != nil {
		t.Fatal(err)
	}
	anila(t, dir, "convert", "large.npz", "none.safetensors", "--dtype", "f16").want(t, exitFailed, "element 1", large.Tensors[3].Name, "65504")
	if _, err := os.Stat(filepath.Join(dir, "none.safetensors")); err == nil {
		t.Error("a file was left behind")
	}
}

// TestMean: the weights are the mean of the checkpoints' named, for every command; what has none is refused.
func TestMean(t *testing.T) {
	dir := t.TempDir()
	anila(t, dir, tinyTrain("--out", "run", "--set", "checkpoint.every=2", "--set", "checkpoint.keep=0")...).want(t, exitDone)
	anila(t, dir, "convert", "run", "mean.safetensors", "--mean", "2,4,6").want(t, exitDone)
	anila(t, dir, "info", "--model", "mean.safetensors").want(t, exitDone, "mean of          iterations 2, 4, 6")
	load := func(name string) *weightfile.File { return loadWeights(t, filepath.Join(dir, name)) }
	var parts []*weightfile.File
	for _, i := range []string{"2", "4", "6"} {
		parts = append(parts, load("run/checkpoints/step-00000"+i+"/ema.safetensors"))
	}
	for i, tensor := range load("mean.safetensors").Tensors {
		for k, v := range tensor.Data {
			sum := 0.0
			for _, p := range parts {
				sum += float64(p.Tensors[i].Data[k])
			}
			if v != float32(sum/3) {
				t.Fatalf("%s[%d] is %v, want %v", tensor.Name, k, v, sum/3)
			}
		}
	}
	sample := []string{"sample", "--n", "4", "--steps", "3", "--set", "chains.start=noise-uniform"}
	anila(t, dir, append(sample, "--model", "run", "--mean", "2,4,6", "--out", "a.npy")...).want(t, exitDone)
	anila(t, dir, append(sample, "--model", "mean.safetensors", "--out", "b.npy")...).want(t, exitDone)
	a, errA := os.ReadFile(filepath.Join(dir, "a.npy"))
	b, errB := os.ReadFile(filepath.Join(dir, "b.npy"))
	if errA != nil || errB != nil || string(a) != string(b) {
		t.Errorf("samples of the run's mean and of its file differ: %v, %v", errA, errB)
	}
	anila(t, dir, "convert", "run", "x.npz", "--mean", "2,3").want(t, exitFailed, "step-000003")
	damaged := filepath.Join(dir, "run/checkpoints/step-000004/ema.safetensors")
	text, err := os.ReadFile(damaged)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)-1] ^= 1
	if err := os.WriteFile(damaged, text, 0o666); err != nil {
		t.Fatal(err)
	}
	anila(t, dir, "convert", "run", "x.npz", "--mean", "2,4").want(t, exitFailed, "step-000004", "SHA-256")
	anila(t, dir, "convert", "run", "x.npz", "--mean", "2", "--weights", "best").want(t, exitUsage, "--mean")
	anila(t, dir, "convert", "mean.safetensors", "x.npz", "--mean", "2").want(t, exitUsage, "--mean", "is no run")
}

// TestConventions brings weights of a network that is low on data, without a word about it, to the same scores.
func TestConventions(t *testing.T) {
	dir := trained(t)
	anila(t, dir, "score", "--force", "--model", "run", "--data", "x.npy", "--out", "f.npy").want(t, exitDone)
	want, err := os.ReadFile(filepath.Join(dir, "f.npy"))
	if err != nil {
		t.Fatal(err)
	}
	anila(t, dir, "convert", "run", "f.safetensors").want(t, exitDone)
	w, err := weightfile.Load(filepath.Join(dir, "f.safetensors"), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, tensor := range w.Tensors {
		if strings.HasPrefix(tensor.Name, "f.8.") { // the last layer
			for i := range tensor.Data {
				tensor.Data[i] = -tensor.Data[i]
			}
		}
	}
	if err := weightfile.Save(filepath.Join(dir, "energy.pth"), w.Tensors, nil); err != nil {
		t.Fatal(err)
	}
	same := func(arguments ...string) {
		t.Helper()
		anila(t, dir, append([]string{"score", "--force", "--data", "x.npy", "--out", "g.npy", "--model"}, arguments...)...).want(t, exitDone)
		if got, err := os.ReadFile(filepath.Join(dir, "g.npy")); err != nil || string(got) != string(want) {
			t.Errorf("%v scores otherwise (%v)", arguments, err)
		}
	}
	same("energy.pth", "--convention", "energy")
	same("energy.pth", "--convention", "ebm-anatomy", "--epsilon", "0.1")
	anila(t, dir, "convert", "energy.pth", "turned.npz", "--convention", "ebm-anatomy", "--epsilon", "0.1").want(t, exitDone)
	same("turned.npz")
	anila(t, dir, "convert", "turned.npz", "again.pth").want(t, exitDone)
	same("again.pth")
	if w, err = weightfile.Load(filepath.Join(dir, "again.pth"), ""); err != nil || w.Metadata["temperature"] != "0.005000000000000001" || w.Metadata["net"] != "toy" {
		t.Errorf("metadata %v, %v", w.Metadata, err)
	}
	anila(t, dir, "score", "--force", "--model", "energy.pth", "--data", "x.npy", "--out", "g.npy").want(t, exitDone, "--convention energy")
	anila(t, dir, "score", "--force", "--model", "energy.pth", "--data", "x.npy", "--out", "g.npy", "--convention", "negative").want(t, exitFailed, "negative", "ebm-anatomy")
	anila(t, dir, "score", "--force", "--model", "energy.pth", "--data", "x.npy", "--out", "g.npy", "--convention", "ebm-anatomy").want(t, exitFailed, "ε")
	anila(t, dir, "score", "--force", "--model", "run", "--data", "x.npy", "--out", "g.npy", "--convention", "energy").want(t, exitFailed, "its network is f")
	anila(t, dir, "score", "--force", "--model", "turned.npz", "--data", "x.npy", "--out", "g.npy", "--convention", "energy").want(t, exitFailed, "its network is f")
}
