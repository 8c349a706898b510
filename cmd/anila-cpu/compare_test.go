package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"anila/tensor"
	"anila/train/eval/features"
	"anila/train/report"
)

// TestCompare trains two samplers with two seeds each, at equal iterations and at equal seconds.
func TestCompare(t *testing.T) {
	dir := t.TempDir()
	o := anila(t, dir, append([]string{"compare", "--sampler", "anila,b=0.2", "--sampler", "mala,adapt=5", "--seeds", "2", "--out", "c", "--json"}, tiny...)...)
	o.want(t, exitDone)
	var table []comparison
	if err := json.Unmarshal([]byte(o.stdout), &table); err != nil {
		t.Fatalf("%v in %s", err, o.stdout)
	}
	if table[0].Limited == nil || table[1].Limited != nil || table[0].Runs[1].Limited == nil {
		t.Errorf("the share of limited steps is missing, or is told of a kernel without a bound: %+v", table)
	}
	if len(table) != 2 || table[0].Sampler != "anila,b=0.2" || table[1].Iterations != (spread{6, 0}) || table[0].KL == nil || table[0].KL.SD == 0 {
		t.Errorf("table %+v", table)
	}
	if st, err := os.Stat(filepath.Join(dir, "c", "figure.png")); err != nil || st.Size() == 0 {
		t.Error(err)
	}
	o = anila(t, dir, append([]string{"compare", "--sampler", "gd", "--seeds", "1", "--seconds", "0.3"}, tiny...)...)
	o.want(t, exitDone, "gd", "limited", "KL, nats", "runs/compare-rings-001")
	anila(t, dir, "compare", "--sampler", "nuts").want(t, exitUsage, "nuts", "anila")
	anila(t, dir, "compare", "--sampler", "anila,b").want(t, exitUsage, "key=value")
	anila(t, dir, "compare", "--seeds", "0").want(t, exitUsage, "--seeds 0")
}

// TestCompareByDistance: image runs that measure on the way are judged by what they measured last.
func TestCompareByDistance(t *testing.T) {
	weights, err := features.Find("resnet56", "")
	if err != nil {
		t.Skipf("%s: %v", t.Name(), err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "pictures"), 0o777); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		x := make([]float32, 32*32*3)
		tensor.Key{Seed: uint64(i)}.Uniforms(x)
		if err := report.WritePNG(filepath.Join(dir, "pictures", fmt.Sprint(i, ".png")), picture(x, 32, 32, 3)); err != nil {
			t.Fatal(err)
		}
	}
	arguments := []string{"compare", "--sampler", "langevin", "--sampler", "anila,b=0.07", "--seeds", "1", "--preset", "cifar10-small", "--data", "pictures", "--out", "c"}
	for _, s := range []string{"data.name=folder", "model.n=2", "train.iterations=2", "train.batch=3", "sampler.steps=2", "eval.every=1", "eval.samples=4",
		"eval.weights=" + strconv.Quote(weights)} {
		arguments = append(arguments, "--set", s)
	}
	o := anila(t, dir, append(arguments, "--json")...)
	o.want(t, exitDone)
	var table []comparison
	if err := json.Unmarshal([]byte(o.stdout), &table); err != nil {
		t.Fatalf("%v in %s", err, o.stdout)
	}
	for _, c := range table {
		if c.Measure != "FD-ResNet56 (4 against 6)" || c.Distance == nil || !(c.Distance.Mean > 0) || c.Runs[0].Distance == nil {
			t.Errorf("row %+v", c)
		}
	}
}
