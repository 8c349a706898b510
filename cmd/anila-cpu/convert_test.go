package main

import (
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
