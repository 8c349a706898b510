package main

import (
	"os"
	"path/filepath"
	"testing"

	"anila/nn/weightfile"
)

// TestConvert takes weights around all formats and scores with each: the same bits.
func TestConvert(t *testing.T) {
	dir := trained(t)
	anila(t, dir, "score", "--model", "run", "--data", "x.npy", "--out", "f.npy").want(t, exitDone)
	want, err := os.ReadFile(filepath.Join(dir, "f.npy"))
	if err != nil {
		t.Fatal(err)
	}
	from := "run"
	for _, to := range []string{"a.pth", "b.npz", "c.safetensors", "d.th"} {
		anila(t, dir, "convert", from, to).want(t, exitDone, "10 tensors", "10593 values", "toy")
		anila(t, dir, "score", "--model", to, "--data", "x.npy", "--out", to+".npy").want(t, exitDone)
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
