package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
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

func readEvents(t *testing.T, folder string) []run.Event {
	t.Helper()
	events, err := run.ReadEvents(filepath.Join(folder, "events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// countMeasured counts the measurements of a run's log.
func countMeasured(t *testing.T, folder string) (n int) {
	t.Helper()
	for _, e := range readEvents(t, folder) {
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
	for _, e := range readEvents(t, filepath.Join(dir, "c", "01-gd-seed1")) {
		if e.Kind == "warning" && strings.Contains(e.Message, "on the disk") {
			t.Errorf("of a run that is ended by its time: %s", e.Message)
		}
	}
	if n := countMeasured(t, filepath.Join(dir, "c", "01-gd-seed1")); n < 2 {
		t.Errorf("%d measurements", n)
	}
	events := readEvents(t, filepath.Join(dir, "c", "01-gd-seed1"))
	if last := events[len(events)-1]; last.Seconds < 0.5 {
		t.Errorf("ended after %g seconds of training", last.Seconds)
	}
}

// TestCompareInParts: parts that know nothing of each other, merged in any order, give table, figure and runs of the comparison
// in one go, but for the seconds.
func TestCompareInParts(t *testing.T) {
	dir := t.TempDir()
	arguments := []string{"--sampler", "anila,b=0.2", "--sampler", "langevin,drift=1e9,noise=1", "--seeds", "2", "--set", "log.pictures=end"}
	with := func(more ...string) []string { return append(slices.Clone(arguments), more...) }
	whole := compareTiny(t, dir, with("--out", "whole")...)
	whole.want(t, exitDone, "2 diverged")
	compareTiny(t, dir, with("--out", "p2", "--part", "2/3")...).want(t, exitDone, "run 1 of 1", "anila,b=0.2, seed 2")
	for _, i := range []int{1, 3} {
		compareTiny(t, dir, with("--out", fmt.Sprint("p", i), "--part", fmt.Sprint(i, "/3"))...).want(t, exitDone)
	}
	compareTiny(t, dir, with("--out", "p3", "--part", "3/3")...).want(t, exitDone) // nothing is left to do
	merged := anila(t, dir, "compare", "--merge", "p3", "p1", "p2", "--out", "merged")
	merged.want(t, exitDone, "2 diverged", "figure and runs in merged")
	timed := regexp.MustCompile(`(?s)"Seconds": (\{.*?\}|[\d.e-]+)`)
	for _, name := range []string{"table.json", planName, "figure.png"} {
		got, want := readFile(t, filepath.Join(dir, "merged", name)), readFile(t, filepath.Join(dir, "whole", name))
		if name != "figure.png" {
			got, want = timed.ReplaceAll(got, nil), timed.ReplaceAll(want, nil)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s of the parts:\n%s\nof the whole:\n%s", name, got, want)
		}
	}
	anila(t, dir, "compare", "--resume", "merged").want(t, exitDone, "2 diverged") // all there is to do is done

	t.Chdir(dir)
	edit := func(from, to string, change func(*plan)) {
		t.Helper()
		if err := os.CopyFS(filepath.Join(dir, to), os.DirFS(filepath.Join(dir, from))); err != nil {
			t.Fatal(err)
		}
		p, err := readPlan(filepath.Join(dir, to))
		if err == nil {
			change(p)
			err = p.save(filepath.Join(dir, to))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	edit("p1", "slow", func(p *plan) {
		p.Entrants[0].Config = strings.Replace(p.Entrants[0].Config, "steps        = 3", "steps = 4", 1)
	})
	edit("p1", "undone", func(p *plan) { p.Runs = p.Runs[:1] })
	edit("p1", "foreign", func(p *plan) { p.Runs[0].Seed = 2 })
	edit("p1", "twice", func(p *plan) { p.Runs[1] = p.Runs[0] })
	edit("p1", "away", func(p *plan) { p.Runs[1].Folder = "../p2" })
	edit("p1", "other", func(p *plan) { p.Seeds, p.Seconds = 4, 1 })
	edit("p1", "elsewhere", func(p *plan) {
		p.Entrants[0].Config = strings.Replace(p.Entrants[0].Config, `dir          = ""`, `dir = "/data"`, 1)
	})
	edit("p1", "broken", func(*plan) {})
	if err := os.Remove(filepath.Join(dir, "broken", "02-langevin-seed2", "events.jsonl")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		parts string
		words []string
	}{
		{"p2", []string{"part 1, 3 of 3 is missing"}},
		{"p1 p2 p1 p3", []string{"p1 and p1 (part 1 of 3) are the same part"}},
		{"p2 slow p3", []string{"p2 (part 2 of 3) is of another comparison than slow (part 1 of 3)", "anila,b=0.2 has steps = 3", "part 2, 3 of 3 is missing"}},
		{"p2 other p3", []string{"other (part 1 of 3)", "--seconds 0, not 1"}},
		{"undone p2 p3", []string{"undone (part 1 of 3): 1 of 2 runs are done", "--resume undone"}},
		{"foreign p2 p3", []string{"foreign (part 1 of 3): run 1"}},
		{"twice p2 p3", []string{"twice (part 1 of 3): run 2"}},
		{"away p2 p3", []string{"away (part 1 of 3): run 2"}},
		{"p1 whole nowhere", []string{"whole holds a whole comparison", "nowhere", "part 2, 3 of 3 is missing"}},
	} {
		_, err := readParts(strings.Fields(c.parts))
		for _, want := range c.words {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("merging %s: %v lacks %q", c.parts, err, want)
			}
		}
	}
	anila(t, dir, "compare", "--out", "none", "--merge", "broken", "p3", "p2").want(t, exitFailed, "--merge", "events.jsonl")
	anila(t, dir, "compare", "--out", "none", "--merge", "elsewhere", "p3", "p2").want(t, exitDone) // where data lie does not matter
	for line, want := range map[string]string{"--part 0/4": "--part 0/4", "--part 5/4": "5/4", "--part 1": "i/n", "--part 1/7": "only 6 runs", "--merge": "folders",
		"--merge p1 --seeds 3": "--seeds", "p1": `"p1"`, "--resume p1 --part 1/4": "--part"} {
		anila(t, dir, append([]string{"compare"}, strings.Fields(line)...)...).want(t, exitUsage, want)
	}
	compareTiny(t, dir, with("--part", "1/3", "--out", "p2")...).want(t, exitFailed, "another comparison")
}

// Every run belongs to exactly one part, whatever the numbers.
func TestPartsCoverAComparison(t *testing.T) {
	for entrants := 1; entrants <= 4; entrants++ {
		for seeds := 1; seeds <= 5; seeds++ {
			for parts := 1; parts <= entrants*seeds; parts++ {
				done := make([]int, entrants*seeds)
				for i := 1; i <= parts; i++ {
					p := plan{Seeds: seeds, Part: i, Parts: parts, Entrants: make([]entrant, entrants)}
					n := 0
					for e := range entrants {
						for s := uint64(1); s <= uint64(seeds); s++ {
							if p.mine(e, s) {
								n++
								done[p.number(e, s)]++
							}
						}
					}
					if n != p.total() || n == 0 {
						t.Errorf("%d runs in %d parts: part %d has %d, total says %d", entrants*seeds, parts, i, n, p.total())
					}
				}
				if slices.Max(done) != 1 || slices.Min(done) != 1 {
					t.Errorf("%d samplers, %d seeds, %d parts: runs are done %v times", entrants, seeds, parts, done)
				}
			}
		}
	}
}

// Curves that share a colour are told apart by their dashes.
func TestCurvesOfManySamplers(t *testing.T) {
	type look struct {
		color  color.RGBA
		dashed bool
	}
	seen := map[look]bool{}
	for i := range 2 * len(colors) {
		s := medianSeries("", i, []report.Series{{Steps: []float64{1}, Y: []float64{1}}})
		seen[look{s.Color, s.Dashed}] = true
	}
	if len(seen) != 2*len(colors) {
		t.Errorf("%d curves look different, of %d", len(seen), 2*len(colors))
	}
}
