package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"anila/langevin"
	"anila/nn/weightfile"
)

// tiny are settings that make a toy run short.
var tiny = []string{"--set", "train.iterations=6", "--set", "train.batch=16", "--set", "sampler.steps=3", "--set", "chains.bank=64",
	"--set", "log.every=2", "--set", "checkpoint.every=4"}

func tinyTrain(arguments ...string) []string {
	return append(append([]string{"train"}, tiny...), arguments...)
}

// trained makes a finished tiny run at dir/run, and x.npy, some points.
func trained(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	anila(t, dir, tinyTrain("--out", "run")...).want(t, exitDone)
	if err := weightfile.SaveNPY(filepath.Join(dir, "x.npy"), []int{3, 1, 1, 2}, []float32{1, 0, 0, 2, -3, 0}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTrainEndToEnd(t *testing.T) {
	dir := t.TempDir()
	anila(t, dir, tinyTrain()...).want(t, exitDone, "runs/rings-small-001", "6 iterations", "limited    ", "KL", "masses", "samples/step-000006.png")
	run := filepath.Join(dir, "runs", "rings-small-001")
	for _, f := range []string{"config.toml", "events.jsonl", "state.json", "samples/step-000006.png", "checkpoints/step-000006/weights.safetensors"} {
		if st, err := os.Stat(filepath.Join(run, f)); err != nil || st.Size() == 0 {
			t.Errorf("%s: %v", f, err)
		}
	}
	anila(t, dir, tinyTrain()...).want(t, exitDone, "runs/rings-small-002")
	anila(t, dir, "train", "--resume", run).want(t, exitDone, "finished", "train.iterations=12") // as a queue of a cluster does
	anila(t, dir, "train", "--resume", run, "--from-start").want(t, exitFailed, "--from-start", "step-000006")
	anila(t, dir, "train", "--resume", run, "--set", "train.iterations=8").want(t, exitDone, "resumed    at iteration 6", "8 iterations")
	anila(t, dir, "train", "--resume", run, "--set", "train.iterations=9", "--set", "sampler.steps=4").want(t, exitUsage, "sampler.steps")
}

// TestTrainFrom begins a run with another one's state: without changes it ends as that one does when it goes on, and it stands on
// its own.
func TestTrainFrom(t *testing.T) {
	dir := trained(t)
	anila(t, dir, "train", "--from", "run").want(t, exitUsage, "train.iterations = 6: want more than the 6", "step-000006")
	anila(t, dir, "train", "--from", "run", "--seed", "9").want(t, exitUsage, "seed = 9: want 123", "random numbers go on")
	anila(t, dir, "train", "--from", "run", "--set", "train.iterations=8", "--out", "run").want(t, exitFailed, "not empty")
	anila(t, dir, "train", "--from", "run", "--set", "train.iterations=8", "--out", "run/new").want(t, exitFailed, "lies in the run")
	anila(t, dir, "train", "--from", "run", "--set", "train.iterations=8", "--out", "new").
		want(t, exitDone, "from       ", filepath.Join("run", "checkpoints", "step-000006"), "resumed    at iteration 6", "8 iterations")
	anila(t, dir, "train", "--from", "run/checkpoints/step-000004", "--set", "train.iterations=8", "--set", "ema.decay=0.1").
		want(t, exitDone, filepath.Join("runs", "rings-small-001"), "resumed    at iteration 4")
	anila(t, dir, "train", "--resume", "run", "--set", "train.iterations=8").want(t, exitDone)
	var weights [2][]byte
	for i, run := range []string{"run", "new"} {
		tensors, _, err := weightfile.LoadSafetensors(filepath.Join(dir, run, "checkpoints", "step-000008", "ema.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		weights[i] = fmt.Append(nil, tensors)
	}
	if !bytes.Equal(weights[0], weights[1]) {
		t.Error("a run that goes on from another without changes has other weights than that one resumed")
	}
	anila(t, dir, "train", "--resume", "new", "--set", "train.iterations=9").want(t, exitDone, "from       ", "resumed    at iteration 8")
}

// TestTrainWrongUse feeds train what cannot be: the words name the flag, the key or the file, and what would be right.
func TestTrainWrongUse(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"bad.toml": "[sampler]\nstepz = 3\n", "broken.toml": "sampler = [", "full/x": ""} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		line  string
		code  int
		texts []string
	}{
		{"--presett rings", exitUsage, []string{"--presett"}},
		{"--preset ring", exitUsage, []string{`"ring"`, "rings"}},
		{"--set sampler.stepz=3", exitUsage, []string{"sampler.stepz", "sampler.steps"}},
		{"--set sampler.steps=many", exitUsage, []string{"sampler.steps", "many", "integer"}},
		{"--set sampler.kernel=nuts", exitUsage, []string{"sampler.kernel", "nuts", "anila"}},
		{"--set steps", exitUsage, []string{"key=value"}},
		{"--config bad.toml", exitUsage, []string{"bad.toml", "stepz", "sampler.steps"}},
		{"--config broken.toml", exitFailed, []string{"broken.toml"}},
		{"--config missing.toml", exitFailed, []string{"missing.toml"}},
		{"--out full", exitFailed, []string{"full", "not empty"}},
		{"--resume full", exitFailed, []string{"full", "config.toml"}},
		{"--resume run --preset rings", exitUsage, []string{"--preset", "--resume"}},
		{"--from run --preset rings", exitUsage, []string{"--preset", "--from"}},
		{"--from run --config bad.toml", exitUsage, []string{"--config", "--from"}},
		{"--from run --init run", exitUsage, []string{"--init", "--from"}},
		{"--from run --resume run", exitUsage, []string{"--from", "--resume"}},
		{"--from run --dry-run", exitUsage, []string{"--from", "--dry-run"}},
		{"--from full", exitFailed, []string{"full", "checksums.sha256 is missing"}},
		{"--from nowhere", exitFailed, []string{"nowhere"}},
		{"--from-start", exitUsage, []string{"--from-start", "--resume"}},
		{"--profile gpu", exitUsage, []string{`"gpu"`, "cpu, mem"}},
		{"--max-time soon", exitUsage, []string{"soon"}},
		{"--max-time -1s", exitUsage, []string{"-1s"}},
		{"--workers -2", exitUsage, []string{"-2"}},
		{"--workers 1000000000", exitUsage, []string{"1000000000", "--workers", "4096"}},
		{"--isa sse2", exitUsage, []string{"sse2", "generic"}},
		{"--preset cifar10-small --data nowhere", exitFailed, []string{"nowhere", "data_batch_1.bin", "cs.toronto.edu"}},
		{"--preset mnist-small", exitFailed, []string{"ANILA_DATA", "train-images"}},
		{"stray", exitUsage, []string{`"stray"`}},
	} {
		t.Run(c.line, func(t *testing.T) {
			anila(t, dir, append([]string{"train"}, strings.Fields(c.line)...)...).want(t, c.code, c.texts...)
		})
	}
	if runs, _ := filepath.Glob(filepath.Join(dir, "runs", "*")); len(runs) > 0 {
		t.Errorf("refused runs left folders: %v", runs)
	}
}

// waitForLog returns as soon as a run has logged a step.
func waitForLog(t *testing.T, run string) {
	t.Helper()
	for range 600 {
		if b, _ := os.ReadFile(filepath.Join(run, "events.jsonl")); bytes.Count(b, []byte("\n")) > 2 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the run never logged a step")
}

func TestTrainInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("os.Interrupt cannot be sent on windows")
	}
	dir := t.TempDir()
	long := tinyTrain("--set", "train.iterations=100000000", "--out", "run", "--profile", "cpu")
	command, stdout, stderr := start(t, dir, nil, long...)
	waitForLog(t, filepath.Join(dir, "run"))
	command.Process.Signal(os.Interrupt)
	finish(t, command, stdout, stderr).want(t, exitInterrupted, "interrupted at iteration", "--resume run")
	if st, err := os.Stat(filepath.Join(dir, "run", "profile", "cpu.pprof")); err != nil || st.Size() == 0 {
		t.Errorf("the profile of an interrupted run: %v", err)
	}
	var state struct {
		Status    string
		Iteration int
	}
	b, err := os.ReadFile(filepath.Join(dir, "run", "state.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &state); err != nil || state.Status != "interrupted" || state.Iteration < 1 {
		t.Fatalf("state.json: %+v, %v", state, err)
	}
	o := anila(t, dir, "train", "--resume", "run", "--set", fmt.Sprintf("train.iterations=%d", state.Iteration+2))
	o.want(t, exitDone, fmt.Sprintf("at iteration %d", state.Iteration), fmt.Sprintf("%d iterations", state.Iteration+2))
}

func TestTrainTimeLimit(t *testing.T) {
	dir := t.TempDir()
	anila(t, dir, tinyTrain("--set", "train.iterations=100000000", "--out", "run", "--max-time", "300ms")...).
		want(t, exitTimeLimit, "time limit", "--resume run")
	if folders, _ := filepath.Glob(filepath.Join(dir, "run", "checkpoints", "step-*")); len(folders) == 0 {
		t.Error("no checkpoint after a time limit")
	}
}

func TestTrainProfiles(t *testing.T) {
	dir := t.TempDir()
	for mode, file := range map[string]string{"mem": "mem.pprof", "mutex": "mutex.pprof", "block": "block.pprof", "trace": "trace.out"} {
		anila(t, dir, tinyTrain("--out", mode, "--profile", mode)...).want(t, exitDone)
		if _, err := os.Stat(filepath.Join(dir, mode, "profile", file)); err != nil {
			t.Error(err)
		}
	}
}

// TestWorkersDoNotMatter trains with 1 and 3 workers through the binary and compares the weights.
func TestWorkersDoNotMatter(t *testing.T) {
	dir := t.TempDir()
	weights := func(run string, workers string) []byte {
		anila(t, dir, tinyTrain("--out", run, "--workers", workers)...).want(t, exitDone)
		b, err := os.ReadFile(filepath.Join(dir, run, "checkpoints", "step-000006", "weights.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if !bytes.Equal(weights("a", "1"), weights("b", "3")) {
		t.Error("1 and 3 workers give different weights")
	}
}

func TestScore(t *testing.T) {
	dir := trained(t)
	anila(t, dir, "score", "--force", "--model", "run", "--data", "x.npy", "--out", "f.npy", "--grad", "g.npy").want(t, exitDone, "scored 3 items", "ema.safetensors")
	f, err := weightfile.LoadNPY(filepath.Join(dir, "f.npy"))
	if err != nil || len(f.Data) != 3 {
		t.Fatalf("f.npy: %v, %v", f, err)
	}
	g, err := weightfile.LoadNPY(filepath.Join(dir, "g.npy"))
	if err != nil || len(g.Data) != 6 || fmt.Sprint(g.Shape) != "[3 1 1 2]" {
		t.Fatalf("g.npy: %v, %v", g, err)
	}
	// The gradient is that of f: a step along it changes f by |g|² times its length.
	const step = 1e-2
	x := []float32{1, 0, 0, 2, -3, 0}
	for i := range x {
		x[i] += step * g.Data[i]
	}
	if err := weightfile.SaveNPY(filepath.Join(dir, "y.npy"), []int{3, 2}, x); err != nil {
		t.Fatal(err)
	}
	anila(t, dir, "score", "--force", "--model", "run", "--data", "y.npy", "--out", "fy.npy").want(t, exitDone)
	moved, err := weightfile.LoadNPY(filepath.Join(dir, "fy.npy"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range f.Data {
		want := step * (math.Pow(float64(g.Data[2*i]), 2) + math.Pow(float64(g.Data[2*i+1]), 2))
		if got := float64(moved.Data[i] - f.Data[i]); math.Abs(got-want) > 0.05*want+1e-6 {
			t.Errorf("item %d: f grows by %g along its gradient, want %g", i, got, want)
		}
	}
	anila(t, dir, "score", "--force", "--model", "run", "--data", "y.npy", "--against", "x.npy", "--out", "fy.npy").want(t, exitDone, "AUROC 0.", "against 3 items of x.npy")
	// One item alone has the bits of its row in a batch, and .csv holds the same numbers.
	if err := weightfile.SaveNPY(filepath.Join(dir, "one.npy"), []int{1, 2}, []float32{0, 2}); err != nil {
		t.Fatal(err)
	}
	anila(t, dir, "score", "--force", "--model", "run", "--data", "one.npy", "--out", "one.csv").want(t, exitDone)
	csv, err := os.ReadFile(filepath.Join(dir, "one.csv"))
	if want := fmt.Sprintf("index,f,label\n0,%g,\n", f.Data[1]); err != nil || string(csv) != want {
		t.Errorf("one.csv is %q, want %q", csv, want)
	}
}

// TestScoreForeignFile scores with a file that holds only PyTorch's names and shapes.
func TestScoreForeignFile(t *testing.T) {
	dir := trained(t)
	tensors, _, err := weightfile.LoadSafetensors(filepath.Join(dir, "run", "checkpoints", "step-000006", "ema.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if err := weightfile.SaveSafetensors(filepath.Join(dir, "bare.safetensors"), tensors, nil); err != nil {
		t.Fatal(err)
	}
	anila(t, dir, "score", "--force", "--model", "run", "--data", "x.npy", "--out", "f.npy").want(t, exitDone)
	anila(t, dir, "score", "--force", "--model", "bare.safetensors", "--data", "x.npy", "--out", "bare.npy").want(t, exitDone, "toy", "leak 0.05", "assumed")
	anila(t, dir, "score", "--force", "--model", "bare.safetensors", "--leak", "0.2", "--data", "x.npy", "--out", "leak.npy").want(t, exitDone, "leak 0.2")
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if read("f.npy") != read("bare.npy") {
		t.Error("the guessed network gives other numbers")
	}
	if read("f.npy") == read("leak.npy") {
		t.Error("--leak changes nothing")
	}
	anila(t, dir, "sample", "--model", "bare.safetensors", "--n", "5", "--out", "s.npy").want(t, exitUsage, "bare.safetensors", "temperature", "--preset")
	anila(t, dir, "sample", "--model", "bare.safetensors", "--n", "5", "--out", "s.npy", "--set", "model.temperature=0.02").want(t, exitDone, "preset rings")
	// Without a bank, chains start from the noise that would have filled it.
	for _, noise := range langevin.StartNoises() {
		anila(t, dir, "sample", "--model", "bare.safetensors", "--preset", "rings-small", "--n", "5", "--steps", "1", "--out", noise+".npy", "--set", "chains.noise="+noise).
			want(t, exitDone, "noise-"+noise)
	}
	if read("uniform.npy") == read("gaussian.npy") {
		t.Error("chains.noise changes no start")
	}
	tensors[0].Data[0] = float32(math.NaN())
	if err := weightfile.SaveSafetensors(filepath.Join(dir, "nan.safetensors"), tensors, nil); err != nil {
		t.Fatal(err)
	}
	anila(t, dir, "sample", "--model", "nan.safetensors", "--preset", "rings", "--n", "5", "--out", "nan.npy").want(t, exitFailed, "5 of 5 chains start", "f is NaN")
	anila(t, dir, "diagnose", "--model", "nan.safetensors", "--preset", "rings", "--chains", "3", "--steps", "5").want(t, exitFailed, "3 of 3 chains start", "f is NaN")
	anila(t, dir, "score", "--force", "--model", "bare.safetensors", "--net", "vanilla", "--data", "x.npy", "--out", "f.npy").want(t, exitFailed, "bare.safetensors", "vanilla")
}

func TestSample(t *testing.T) {
	dir := trained(t)
	anila(t, dir, "sample", "--model", "run", "--n", "20", "--out", "a.npy").want(t, exitDone, "drew 20 samples", "bank")
	anila(t, dir, "sample", "--model", "run", "--n", "20", "--out", "b.npy", "--workers", "3").want(t, exitDone)
	anila(t, dir, "sample", "--model", "run", "--n", "20", "--out", "c.npy", "--seed", "2").want(t, exitDone)
	read := func(name string) []float32 {
		a, err := weightfile.LoadNPY(filepath.Join(dir, name))
		if err != nil || fmt.Sprint(a.Shape) != "[20 1 1 2]" {
			t.Fatalf("%s: %v, %v", name, a, err)
		}
		return a.Data
	}
	a, b, c := read("a.npy"), read("b.npy"), read("c.npy")
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Error("samples depend on the workers")
	}
	if fmt.Sprint(a) == fmt.Sprint(c) {
		t.Error("samples do not depend on the seed")
	}
	anila(t, dir, "sample", "--model", "run", "--n", "600", "--out", "p.png", "--set", "chains.start=noise-gaussian", "--steps", "20", "--set", "sampler.kernel=mala").
		want(t, exitDone, "20 steps of mala", "noise-gaussian")
	picture, err := os.Open(filepath.Join(dir, "p.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer picture.Close()
	if m, err := png.Decode(picture); err != nil || m.Bounds().Dx() < 600 {
		t.Errorf("p.png: %v", err)
	}
}

// TestModelWrongUse holds what score and sample say about models, data and outputs that cannot be.
func TestModelWrongUse(t *testing.T) {
	dir := trained(t)
	if err := os.WriteFile(filepath.Join(dir, "junk.safetensors"), []byte("\x08\x00\x00\x00\x00\x00\x00\x00{\"a\":1}}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		line  string
		code  int
		texts []string
	}{
		{"score --data x.npy --out f.npy", exitUsage, []string{"--model"}},
		{"score --model run --out f.npy", exitUsage, []string{"--data"}},
		{"score --model run --data x.npy", exitUsage, []string{"--out", "f.csv"}},
		{"score --model run --data x.npy --out f.npy --channels 2", exitUsage, []string{"--channels 2"}},
		{"score --model run --data x.npy --out f.txt", exitUsage, []string{"f.txt", ".csv"}},
		{"score --model run --data x.npy --out f.npy --grad g.csv", exitUsage, []string{"g.csv", ".npy"}},
		{"score --model run --data imagenet --out f.npy", exitFailed, []string{"imagenet", "cifar10"}},
		{"score --model run --data missing.npy --out f.npy", exitFailed, []string{"missing.npy"}},
		{"score --model nowhere --data x.npy --out f.npy", exitFailed, []string{"nowhere"}},
		{"score --model empty --data x.npy --out f.npy", exitFailed, []string{"empty", "checkpoint"}},
		{"score --model junk.safetensors --data x.npy --out f.npy", exitFailed, []string{"junk.safetensors", "byte"}},
		{"score --model run --weights worst --data x.npy --out f.npy", exitUsage, []string{`"worst"`, "ema, raw or best"}},
		{"score --model run --weights best --data x.npy --out f.npy", exitFailed, []string{"--weights best", "checkpoint.best"}},
		{"sample --model run", exitUsage, []string{"--out"}},
		{"sample --model run --out a.jpg", exitUsage, []string{"a.jpg", ".png"}},
		{"sample --model run --out folder", exitUsage, []string{"grid.png"}},
		{"sample --model run --steps 3000000000 --out a.npy", exitFailed, []string{"3000000000 steps", "2³¹"}},
		{"sample --model run --n 100000000000 --out a.npy", exitFailed, []string{"100000000000 samples", "of memory"}},
		{"sample --model run --n 9000000000000000000 --out a.npy", exitFailed, []string{"of memory"}},
		{"score --model run --data rings --limit 9000000000000 --out a.npy", exitUsage, []string{"--limit"}},
		{"diagnose --model run --chains 9000000000000", exitUsage, []string{"--chains"}},
		{"sample --model run --n 0 --out a.npy", exitUsage, []string{"--n 0"}},
		{"sample --model run --out a.npy --set sampler.b=-1", exitUsage, []string{"sampler.b", "-1"}},
		{"sample --model run --preset rings --out a.npy", exitUsage, []string{"--preset", "--set"}},
	} {
		t.Run(c.line, func(t *testing.T) {
			anila(t, dir, strings.Fields(c.line)...).want(t, c.code, c.texts...)
		})
	}
}

// TestSampleSkipsDamagedCheckpoint falls back to the newest good checkpoint, and says so.
func TestSampleSkipsDamagedCheckpoint(t *testing.T) {
	dir := trained(t)
	newest := filepath.Join(dir, "run", "checkpoints", "step-000006", "weights.safetensors")
	b, err := os.ReadFile(newest)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(newest, b, 0o644); err != nil {
		t.Fatal(err)
	}
	anila(t, dir, "sample", "--model", "run", "--n", "5", "--out", "s.npy").want(t, exitDone, "skipped", "step-000006", "step-000004")
}

// A rank says when it has more workers than processors that it may use.
func TestCrowdedRank(t *testing.T) {
	for _, c := range []struct {
		workers, processors int
		says                bool
	}{{4, 1, true}, {2, 2, false}, {1, 2, false}, {4, 0, false}} {
		if got := crowded(c.workers, c.processors); strings.Contains(got, fmt.Sprintf("%d processors", c.processors)) != c.says || !c.says && got != "" {
			t.Errorf("%d workers on %d processors: %q", c.workers, c.processors, got)
		}
	}
}
