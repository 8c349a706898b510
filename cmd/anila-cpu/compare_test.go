package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"anila/tensor"
	"anila/train/eval/features"
	"anila/train/report"
	"anila/train/run"
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
	if len(table) != 2 || table[0].Sampler != "anila,b=0.2" || *table[1].Iterations != (spread{6, 0}) || table[0].KL == nil || table[0].KL.SD == 0 {
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

// compareTiny runs a comparison of short runs.
func compareTiny(t *testing.T, dir string, arguments ...string) outcome {
	t.Helper()
	return anila(t, dir, append(append([]string{"compare"}, arguments...), tiny...)...)
}

// TestCompareWhatDiverges: an entrant that diverges, from the start or by NaN that is let through, is a row; what was done
// before and what comes after stands.
func TestCompareWhatDiverges(t *testing.T) {
	dir := t.TempDir()
	o := compareTiny(t, dir, "--sampler", "anila", "--sampler", "langevin,drift=1e9,noise=1", "--sampler", "anila,b=1e-30", "--sampler", "anila,b=1e30", "--seeds", "2", "--out", "a")
	o.want(t, exitDone, "langevin,drift=1e9,noise=1", "2, 2 diverged", "seed 2: train: training diverged", "anila,b=1e-30", "the bound of anila,b=1e30 never binds")
	var table []comparison
	if err := json.Unmarshal(readFile(t, filepath.Join(dir, "a", "table.json")), &table); err != nil {
		t.Fatal(err)
	}
	if len(table) != 4 || table[1].Diverged != 2 || table[1].KL != nil || len(table[1].Runs) != 2 || table[0].KL == nil || table[2].KL == nil || table[3].Limited == nil || table[3].Limited.Mean != 0 {
		t.Errorf("table %+v", table)
	}
	o = compareTiny(t, dir, "--sampler", "anila", "--seeds", "1", "--set", "guard.policy=ignore", "--set", "optim.rate=1e30", "--out", "b", "--json")
	o.want(t, exitDone, "NaN")
	if err := json.Unmarshal([]byte(o.stdout), &table); err != nil || len(table) != 1 || table[0].Runs[0].KL == nil {
		t.Errorf("%v: %s", err, o.stdout)
	}
	for _, folder := range []string{"a", "b"} {
		if st, err := os.Stat(filepath.Join(dir, folder, "figure.png")); err != nil || st.Size() == 0 {
			t.Error(err)
		}
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCompareGoesOn: after Ctrl-C, and after a kill, the table of what is done is there, and going on gives the numbers of a
// comparison that was never stopped.
func TestCompareGoesOn(t *testing.T) {
	dir := t.TempDir()
	arguments := []string{"compare", "--sampler", "anila,b=0.2", "--sampler", "langevin", "--seeds", "1"}
	for _, s := range []string{"train.iterations=60", "train.batch=16", "sampler.steps=3", "chains.bank=64", "log.every=5", "checkpoint.every=20", "log.pictures=end"} {
		arguments = append(arguments, "--set", s)
	}
	anila(t, dir, append(arguments, "--out", "whole")...).want(t, exitDone)
	stop := func(signal os.Signal, within string, arguments ...string) outcome {
		command, stdout, stderr := start(t, dir, nil, arguments...)
		waitForLog(t, filepath.Join(dir, "parts", within))
		if err := command.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		return finish(t, command, stdout, stderr)
	}
	stop(os.Kill, "01-anila-seed1", append(arguments, "--out", "parts")...)
	stop(os.Interrupt, "02-langevin-seed1", append(arguments, "--out", "parts")...). // the same command goes on
												want(t, exitInterrupted, "run 2 of 2", "1 of 2 runs are done", "compare --resume parts", "anila,b=0.2", "figure and runs in")
	anila(t, dir, append(slices.Clone(arguments), "--seeds", "3", "--out", "parts")...).want(t, exitFailed, "another comparison")
	anila(t, dir, "compare", "--resume", "parts", "--seeds", "2").want(t, exitUsage, "--seeds", "--resume")
	anila(t, dir, "compare", "--resume", "nowhere").want(t, exitFailed, "nowhere")
	anila(t, dir, "compare", "--resume", "parts").want(t, exitDone)
	if got, want := compareNumbers(t, filepath.Join(dir, "parts")), compareNumbers(t, filepath.Join(dir, "whole")); got != want {
		t.Errorf("stopped twice:\n%s\nnever stopped:\n%s", got, want)
	}
	if n := countMeasured(t, filepath.Join(dir, "whole", "02-langevin-seed1")); n < measurements {
		t.Errorf("%d measurements of a run, want %d", n, measurements)
	}
}

// countMeasured counts the measurements of a run's log.
func countMeasured(t *testing.T, folder string) (n int) {
	t.Helper()
	events, err := run.ReadEvents(filepath.Join(folder, "events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if _, ok := e.Extra["kl"]; ok {
			n++
		}
	}
	return n
}

// compareNumbers are those of a table that do not depend on the time.
func compareNumbers(t *testing.T, folder string) string {
	t.Helper()
	var table []comparison
	if err := json.Unmarshal(readFile(t, filepath.Join(folder, "table.json")), &table); err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, c := range table {
		for _, r := range c.Runs {
			text += fmt.Sprintln(c.Sampler, r.Seed, r.Iterations, *r.KL, r.Limited != nil)
		}
	}
	return text
}

// TestCompareMeasuresAtEqualSeconds: the course is measured whatever checkpoint.every is, and the clock leaves the measuring
// out.
func TestCompareMeasuresAtEqualSeconds(t *testing.T) {
	dir := t.TempDir()
	compareTiny(t, dir, "--sampler", "gd", "--seeds", "1", "--seconds", "0.5", "--out", "c", "--set", "checkpoint.every=0").want(t, exitDone)
	if n := countMeasured(t, filepath.Join(dir, "c", "01-gd-seed1")); n < 2 {
		t.Errorf("%d measurements", n)
	}
	events, err := run.ReadEvents(filepath.Join(dir, "c", "01-gd-seed1", "events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if last := events[len(events)-1]; last.Seconds < 0.5 {
		t.Errorf("ended after %g seconds of training", last.Seconds)
	}
}
