//go:build !windows

package run

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"anila/train/checkpoint"
)

// killed is a kind of run that TestKill kills: its settings, and how often in the short form and, with ANILA_SOAK set, in the
// long one.
type killed struct {
	name        string
	short, long int
	iterations  int64
	every       int64 // checkpoint.every
	images      bool
	keys        []string
}

var kills = []killed{
	{"points", 50, 500, 60, 3, false, []string{"preset=rings-small", "train.batch=16", "chains.count=16", "chains.bank=20", "sampler.steps=2", "ema.decay=0.5",
		"checkpoint.keep=2", "log.every=7", "log.pictures=none"}},
	{"roll-backs, the clock", 25, 300, 30, 6, false, []string{"preset=rings-small", "train.batch=16", "chains.count=16", "chains.bank=20", "sampler.steps=2",
		"chains.start=replay", "chains.restart=0.3", "ema.decay=0.5", "checkpoint.keep=2", "checkpoint.minutes=0.0002", "log.every=4", "log.pictures=none",
		"optim.rate=0.05", "optim.rate_min=0", "optim.decay=1", "guard.gap=50", "guard.lower=0.5", "guard.rollbacks=8"}}, // to iteration 0 three times, to 6, to 0
	{"images, pictures", 25, 300, 12, 3, true, []string{"preset=cifar10-small", "model.n=4", "data.name=folder", "data.size=32", "train.batch=5", "chains.count=6",
		"sampler.steps=2", "chains.start=persistent", "chains.bank=20", "ema.decay=0.5", "checkpoint.keep=2", "checkpoint.minutes=0.001", "log.every=2",
		"log.pictures=checkpoint"}},
	{"points, a picture at the end", 0, 100, 12, 4, false, []string{"preset=rings-small", "train.batch=16", "chains.count=16", "chains.bank=20", "sampler.steps=2",
		"checkpoint.keep=1", "log.every=5", "log.pictures=end"}},
}

// TestKill kills the real program (SIGKILL) at random moments, at least a fifth of them while it writes a checkpoint, asks it
// at others to end (SIGTERM, SIGHUP) or for a checkpoint (SIGUSR1), and resumes it until it says that the run is finished; then
// another run, until the number of kills is reached. Every run must end finished, with the bits of one that nobody disturbed,
// its log without a hole and number for number the same, and its pictures and its page there.
func TestKill(t *testing.T) {
	t.Parallel() // most of its time goes to waiting for the disk
	if testing.Short() {
		t.Skip("builds the program and kills it 100 times: not with -short")
	}
	program := filepath.Join(t.TempDir(), "anila-cpu")
	if out, err := exec.Command("go", "build", "-o", program, "anila/cmd/anila-cpu").CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	for i, k := range kills {
		n := k.short
		if os.Getenv("ANILA_SOAK") != "" {
			n = k.long
		}
		if n > 0 {
			t.Run(k.name, func(t *testing.T) { t.Parallel(); k.test(t, program, n, uint64(i)) })
		}
	}
}

func (k killed) test(t *testing.T, program string, kills int, seed uint64) {
	dir := t.TempDir()
	begin := []string{"train", "--workers", "1", "--set", fmt.Sprint("train.iterations=", k.iterations), "--set", fmt.Sprint("checkpoint.every=", k.every)}
	if k.images {
		begin = append(begin, "--data", pictureFolder(t, 7, 3))
	}
	for _, s := range k.keys {
		if preset, ok := strings.CutPrefix(s, "preset="); ok {
			begin = append(begin, "--preset", preset)
		} else {
			begin = append(begin, "--set", s)
		}
	}
	run := func(dir string) *exec.Cmd {
		args := append(slices.Clone(begin), "--out", dir)
		if _, err := os.Stat(filepath.Join(dir, configName)); err == nil {
			args = []string{"train", "--resume", dir}
		}
		return exec.Command(program, args...)
	}
	whole := filepath.Join(dir, "whole")
	began := time.Now()
	if out, err := run(whole).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	length := time.Since(began)
	want := k.look(t, whole)
	if k.name == "roll-backs, the clock" && want.rollbacks == 0 {
		t.Fatal("nothing was rolled back")
	}

	random := rand.New(rand.NewPCG(1, seed))
	done, inside, asked, runs := 0, 0, 0, 0
	for done < kills {
		runs++
		dir := filepath.Join(dir, fmt.Sprint("run", runs))
		for ended := false; !ended; {
			c := run(dir)
			var out bytes.Buffer
			c.Stdout, c.Stderr = &out, &out
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			end := make(chan error, 1)
			go func() { end <- c.Wait() }()
			deadline := time.After(time.Duration(random.Float64() * float64(length) / 4))
			err := waitFor(end, deadline, dir, done%2 == 0) // every other kill waits for a checkpoint to be under way
			if err == errKill {
				signal := syscall.SIGKILL
				if random.IntN(4) == 0 {
					signal = []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1}[random.IntN(3)]
				}
				if c.Process.Signal(signal) == nil {
					asked++
				}
				if signal == syscall.SIGUSR1 {
					time.Sleep(time.Duration(random.IntN(5)) * time.Millisecond)
					signal = syscall.SIGKILL
					c.Process.Kill()
				}
				if err = <-end; err != nil && signal == syscall.SIGKILL {
					done++
					if isWriting(dir) {
						inside++
					}
				}
				if err != nil && (signal == syscall.SIGKILL || c.ProcessState.ExitCode() == 130 || c.ProcessState.ExitCode() == -1) {
					continue
				}
			}
			if err != nil {
				t.Fatalf("run %d after %d kills: %v\n%s", runs, done, err, out.String())
			}
			ended = true
		}
		k.compare(t, k.look(t, dir), want)
		if t.Failed() {
			t.Fatalf("run %d, %d kills: %s", runs, done, dir)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills, %d of them inside a checkpoint write, %d signals over %d runs; all finished with the same bits and the same log",
		done, inside, asked, runs)
	if inside < done/5 {
		t.Errorf("only %d of %d kills fell inside a checkpoint write", inside, done)
	}
}

// left is what a run leaves.
type left struct {
	tensors   map[string][]float32
	lines     []string // log steps
	saved     []int64  // checkpoints that the log tells of
	rollbacks int
	events    []Event
	status    Status
	files     []string // pictures and pages
}

func (k killed) look(t *testing.T, dir string) (l left) {
	t.Helper()
	l.tensors = lastTensors(t, checkpoint.Dir(filepath.Join(dir, "checkpoints"), k.iterations))
	l.lines, l.saved = numbers(t, dir)
	var err error
	if l.events, err = ReadEvents(filepath.Join(dir, journalName)); err != nil {
		t.Fatal(err)
	}
	for _, e := range l.events {
		if e.Kind == "rollback" {
			l.rollbacks++
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "state.json"))
	var s struct {
		Status    Status
		Iteration int64
	}
	if err != nil || json.Unmarshal(b, &s) != nil || s.Iteration != k.iterations {
		t.Errorf("state.json: %s, %v", b, err)
	}
	l.status = s.Status
	for _, pattern := range []string{"report.html", "plots/*.png", "samples/*.png"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			name, _ := filepath.Rel(dir, path)
			l.files = append(l.files, name)
		}
	}
	return l
}

// compare holds what a disturbed run left against an undisturbed one.
func (k killed) compare(t *testing.T, got, want left) {
	t.Helper()
	sameTensors(t, got.tensors, want.tensors)
	if last := got.events[len(got.events)-1]; got.status != Finished || last.Kind != string(Finished) {
		t.Errorf("status %s, last event %+v", got.status, last)
	}
	if !slices.Equal(got.lines, want.lines) || len(want.lines) == 0 {
		t.Errorf("log steps\n%s\nwant\n%s", strings.Join(got.lines, "\n"), strings.Join(want.lines, "\n"))
	}
	if got.rollbacks != want.rollbacks {
		t.Errorf("%d roll-backs in the log, want %d", got.rollbacks, want.rollbacks)
	}
	for step := k.every; step <= k.iterations; step += k.every {
		if slices.Contains(want.saved, step) && !slices.Contains(got.saved, step) {
			t.Errorf("no line of checkpoint %d: %v", step, got.saved)
		}
	}
	for _, name := range want.files {
		scheduled := true
		if digits, ok := strings.CutPrefix(name, "samples/step-"); ok {
			var step int64
			fmt.Sscanf(digits, "%d.png", &step)
			scheduled = step%k.every == 0
		}
		if scheduled && !slices.Contains(got.files, name) {
			t.Errorf("%s is missing: %v", name, got.files)
		}
	}
}

var errKill = fmt.Errorf("time to kill")

// waitFor returns the process's end, or errKill at the deadline or, with writing, at a checkpoint write after it.
func waitFor(ended <-chan error, deadline <-chan time.Time, dir string, writing bool) error {
	select {
	case err := <-ended:
		return err
	case <-deadline:
	}
	for writing && !isWriting(dir) {
		select {
		case err := <-ended:
			return err
		case <-time.After(50 * time.Microsecond):
		}
	}
	return errKill
}

// isWriting tells whether a checkpoint is under way, or was when the process died.
func isWriting(dir string) bool {
	entries, _ := os.ReadDir(filepath.Join(dir, "checkpoints"))
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".writing-") {
			return true
		}
	}
	return false
}
