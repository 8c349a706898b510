package main

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"anila/train/data"
	"anila/train/model"
)

// mostCarried is what a model may add to the program.
const mostCarried = 2_000_000

// TestCarriedModels holds what is in the folder models: each model opens, has a card that is whole and agrees with its file,
// stays small, names no place of a machine, and gives pictures. A card or another file without a model is refused.
func TestCarriedModels(t *testing.T) {
	names := model.Carried(carriedModels)
	files, err := fs.ReadDir(carriedModels, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(strings.TrimSuffix(f.Name(), ".toml"), ".safetensors")
		if f.Name() != "README.md" && !slices.Contains(names, name) {
			t.Errorf("models/%s is neither a model nor the card of one", f.Name())
		}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			checkCarried(t, carriedModels, name)
		})
	}
}

func checkCarried(t *testing.T, models fs.FS, name string) {
	t.Helper()
	text, err := fs.ReadFile(models, name+".safetensors")
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > mostCarried {
		t.Errorf("%d bytes, at most %d: convert --dtype f16 halves them", len(text), mostCarried)
	}
	c, err := readCard(models, name)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Open(name, model.Options{Carried: models})
	if err != nil {
		t.Fatal(err)
	}
	if !m.Known || m.Guessed {
		t.Fatal("the file does not hold its network and settings: convert it from a run")
	}
	if d := m.Settings.Data; d.Dir != "" || m.Settings.Eval.Weights != "" || m.Settings.Init != "" || strings.ContainsAny(d.Name, `/\`) {
		t.Errorf("its settings name places of a machine: %q, %q, %q, %q", d.Dir, d.Name, m.Settings.Eval.Weights, m.Settings.Init)
	}
	if !strings.Contains(c.Weights, m.Metadata["iteration"]) {
		t.Errorf("the card's weights (%s) are not of iteration %s, as the file says", c.Weights, m.Metadata["iteration"])
	}
	x, err := m.Sample(context.Background(), 4, model.Sampling{Seed: 1, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	h, w, channels := m.Network.Shape()
	for i, v := range x.States {
		if !(math.Abs(float64(v)) <= 2) {
			t.Fatalf("pixel %d is %v", i, v)
		}
	}
	if s := data.Measure(x.States, h, w, channels); !(s.Neighbour >= 0.5) {
		t.Errorf("neighbouring pixels of samples correlate by %.2f: noise", s.Neighbour)
	}
	var page bytes.Buffer
	if c.print(&page); !strings.Contains(page.String(), c.Terms) || !strings.Contains(page.String(), c.Measures[0].Name) || !strings.Contains(page.String(), c.Limits[0]) {
		t.Errorf("the card prints as\n%s", page.String())
	}
}

// goodCard is one that leaves nothing out.
const goodCard = `
title = "Rings"
data = "drawn"
terms = "free"
command = "anila-cpu train"
version = "devel"
machine = "any"
hours = 0.01
weights = "average of iteration 6"
half = "not used"
limits = ["no pictures"]
[[measures]]
name = "KL"
value = 0.25
n = 1
of = "on a grid"
`

func TestCards(t *testing.T) {
	read := func(text string) error {
		_, err := readCard(fstest.MapFS{"m.toml": {Data: []byte(text)}}, "m")
		return err
	}
	if err := read(goodCard); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(goodCard), "\n") {
		if strings.HasPrefix(line, "value") || strings.HasPrefix(line, "[[") { // 0 may be a value
			continue
		}
		if read(strings.Replace(goodCard, line, "", 1)) == nil {
			t.Errorf("a card without %s passed", line)
		}
	}
	if err := read("colour = 1\n" + goodCard); err == nil || !strings.Contains(err.Error(), "colour") {
		t.Errorf("a key that no card has: %v", err)
	}
	if _, err := readCard(fstest.MapFS{}, "m"); err == nil {
		t.Error("no card passed")
	}
}

// TestModelsByName: the commands take a carried model by its name, say so, and a run of that name comes first.
func TestModelsByName(t *testing.T) {
	dir := trained(t)
	t.Chdir(dir)
	run := func(code int, line string, texts ...string) {
		t.Helper()
		var out, notes bytes.Buffer
		o := outcome{execute(strings.Fields(line), &out, &notes), "", ""}
		o.stdout, o.stderr = out.String(), notes.String()
		o.want(t, code, texts...)
	}
	run(exitDone, "convert run small.safetensors")
	text, err := os.ReadFile("small.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	before := carriedModels
	t.Cleanup(func() { carriedModels = before })
	carriedModels = fstest.MapFS{"small.safetensors": {Data: text}, "small.toml": {Data: []byte(goodCard)}, "other.safetensors": {Data: text}}
	const said = "the one that anila-cpu carries"
	run(exitDone, "sample --model small --n 3 --out s.npy --steps 2", "from small:", said)
	run(exitDone, "score --model small --data x.npy --out f.npy", said)
	run(exitDone, "eval --model small", said, "KL")
	run(exitDone, "diagnose --model small --steps 40 --chains 4 --out long", said)
	run(exitDone, "convert small back.safetensors", said)
	if back, err := os.ReadFile("back.safetensors"); err != nil || !bytes.Equal(back, text) {
		t.Errorf("convert changed it (%v)", err)
	}
	run(exitDone, "info --model small", "Rings", "KL 0.25", "no pictures", "10593 parameters", "chains start", "iteration        "+strconv.Itoa(6))
	run(exitDone, "info --model small --json", `"Terms": "free"`, `"Parameters": 10593`)
	run(exitFailed, "info --model other", "other.toml")
	run(exitUsage, "info --model small --net toy", "--net")
	run(exitDone, "info", "other small")
	const again = "train --preset rings-small --set train.iterations=1 --set train.batch=8 --set chains.bank=8 --set log.pictures=none --out "
	run(exitDone, again+"on --init small")
	run(exitFailed, again+"off --init smal", "model.init", "the program carries other, small")
	run(exitDone, "compare --preset rings-small --seeds 1 --set train.iterations=1 --set train.batch=8 --set chains.bank=8 --set log.pictures=none --out both --sampler langevin --sampler langevin,model.init=small")
	run(exitFailed, "sample --model smal --n 3 --out t.npy", "the program carries other, small")
	run(exitUsage, "sample --model small --weights raw --n 3 --out t.npy", "--weights raw", "is no run")
	run(exitUsage, "sample --model back.safetensors --weights raw --n 3 --out t.npy", "--weights raw", "is no run")
	if err := os.Rename("run", filepath.Join(dir, "small")); err != nil {
		t.Fatal(err)
	}
	run(exitDone, "sample --model small --n 3 --out u.npy --steps 2", "from "+filepath.Join("small", "checkpoints"))
}

// A reference is part of what chains climb, so info tells of it, and of none where there is none.
func TestInfoTellsOfTheReference(t *testing.T) {
	for name, want := range map[string]bool{"cifar10": true, "mnist": false} {
		i, err := readModel(name, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(i.Sampler, "Gaussian reference of sd 0.0079"); got != want {
			t.Errorf("%s: %s", name, i.Sampler)
		}
	}
}
