package main

import (
	bigendian "encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anila/nn/weightfile"
)

// saveMNIST writes a set of few images, with labels, in MNIST's files.
func saveMNIST(t *testing.T, dir, part string, n int) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	images := bigendian.BigEndian.AppendUint32([]byte{0, 0, 8, 3}, uint32(n))
	images = append(images, 0, 0, 0, 28, 0, 0, 0, 28)
	for i := range n * 28 * 28 {
		images = append(images, byte(i*i))
	}
	labels := append(bigendian.BigEndian.AppendUint32([]byte{0, 0, 8, 1}, uint32(n)), make([]byte, n)...)
	for name, b := range map[string][]byte{"-images-idx3-ubyte": images, "-labels-idx1-ubyte": labels} {
		if err := os.WriteFile(filepath.Join(dir, part+name), b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDataMeansTheSameEverywhere: what --data names is what a command works with, or an error; nothing is passed over.
func TestDataMeansTheSameEverywhere(t *testing.T) {
	dir := trained(t)
	saveMNIST(t, filepath.Join(dir, "sets", "mnist"), "train", 8)
	saveMNIST(t, filepath.Join(dir, "sets", "mnist"), "t10k", 4)
	savePNGs(t, filepath.Join(dir, "pictures"), 6, 32)
	if err := weightfile.SaveNPY(filepath.Join(dir, "points.npy"), []int{40, 2}, make([]float32, 80)); err != nil {
		t.Fatal(err)
	}
	small := []string{"--set", "train.iterations=1", "--set", "train.batch=4", "--set", "sampler.steps=2", "--set", "log.pictures=none"}
	train := func(more ...string) []string { return append(append([]string{"train"}, more...), small...) }
	image := []string{"--preset", "mnist-small", "--set", "model.n=2"}
	for _, c := range []struct {
		arguments []string
		code      int
		texts     []string
	}{
		{train("--data", "points.npy"), exitDone, []string{"points.npy, 1×1×2"}},
		{append(train("--data", "pictures", "--out", "p"), image...), exitDone, []string{"data       folder, 32×32×3"}},
		{append(train("--data", "mnist", "--dir", "sets", "--out", "m"), image...), exitDone, []string{"data       mnist, 32×32×1"}},
		{append(train("--data", "sets"), image...), exitDone, []string{"data       mnist, 32×32×1"}},
		{train("--data", "sets"), exitFailed, []string{"--data", "folder of sets (mnist, mnist-test)"}},
		{train("--data", "pictures", "--out", "picked"), exitDone, []string{"data       pictures", "picked     model.net = layers"}},
		{train("--data", "typo.npy"), exitFailed, []string{"typo.npy is neither"}},
		{train("--dir", "sets"), exitUsage, []string{"--dir sets", "rings"}},
		{train("--data", "points.npy", "--dir", "sets"), exitUsage, []string{"--dir sets", "points.npy"}},
		{[]string{"compare", "--sampler", "gd", "--seeds", "1", "--data", "sets"}, exitFailed, []string{"folder of sets"}},
		{[]string{"score", "--model", "m", "--data", "sets", "--out", "1.npy"}, exitDone, []string{"scored 8 items"}},
		{[]string{"score", "--model", "m", "--data", "mnist-test", "--out", "2.npy"}, exitDone, []string{"scored 4 items"}}, // in the run's folder
		{[]string{"score", "--model", "p", "--data", "pictures", "--against", "mnist-test", "--dir", "sets", "--out", "3.npy"}, exitFailed, []string{"32×32×1", "32×32×3"}},
		{[]string{"score", "--model", "p", "--data", "pictures", "--against", "mnist-test", "--dir", "sets", "--channels", "3", "--out", "9.npy"}, exitDone, []string{"AUROC", "4 items of mnist-test"}},
		{[]string{"score", "--model", "m", "--data", "pictures", "--channels", "1", "--out", "10.npy"}, exitDone, []string{"scored 6 items"}},
		{[]string{"score", "--model", "p", "--data", "pictures", "--out", "4.npy"}, exitDone, []string{"scored 6 items"}},
		{[]string{"score", "--model", "p", "--data", "pictures", "--dir", "sets", "--out", "5.npy"}, exitUsage, []string{"--dir sets"}},
		{[]string{"sample", "--model", "run", "--data", "points.npy", "--set", "chains.start=data", "--n", "3", "--out", "6.npy"}, exitDone, []string{"from data"}},
		{[]string{"sample", "--model", "run", "--data", "sets", "--n", "3", "--out", "7.npy"}, exitFailed, []string{"folder of sets"}},
		{[]string{"sample", "--model", "m", "--set", "chains.start=data", "--n", "3", "--out", "8.npy"}, exitDone, []string{"from data"}}, // the run's
		{[]string{"diagnose", "--model", "p", "--data", "pictures", "--chains", "2", "--steps", "8", "--out", "d"}, exitDone, nil},
		{[]string{"diagnose", "--target", "rings", "--data", "pictures", "--steps", "8"}, exitUsage, []string{"--data", "--target"}},
		{[]string{"eval", "--model", "m", "--features", "none", "--n", "4", "--data", "sets"}, exitDone, []string{"mean f of 4 test"}},
		{[]string{"eval", "--model", "p", "--features", "none", "--n", "4"}, exitDone, []string{"folder", "mean f of 4 train"}},
		{[]string{"eval", "--samples", "mnist-test", "--data", "mnist", "--dir", "sets", "--features", "none", "--swd", "--n", "4"}, exitDone, []string{"SWD"}},
	} {
		t.Run(strings.Join(c.arguments, " "), func(t *testing.T) { anila(t, dir, c.arguments...).want(t, c.code, c.texts...) })
	}
}
