//go:build !windows

package run

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"anila/train/checkpoint"
)

// Kills of the short form and, with ANILA_SOAK set, of the long one.
const (
	killsShort = 100
	killsLong  = 1000
)

// TestKill kills the real program (SIGKILL) at random moments, at least a fifth of them while it writes a checkpoint, and
// resumes it until the run is finished; then another run, until the number of kills is reached. Every run must end with the
// weights of one that nobody disturbed.
func TestKill(t *testing.T) {
	t.Parallel() // most of its time goes to waiting for the disk
	kills := killsShort
	if os.Getenv("ANILA_SOAK") != "" {
		kills = killsLong
	}
	if testing.Short() {
		t.Skip("builds the program and kills it 100 times: not with -short")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "anila-cpu")
	if out, err := exec.Command("go", "build", "-o", program, "anila/cmd/anila-cpu").CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	begin := []string{"train", "--preset", "rings-small", "--workers", "1"}
	for _, s := range []string{"train.iterations=60", "train.batch=16", "chains.count=16", "chains.bank=20", "sampler.steps=2", "ema.decay=0.5",
		"checkpoint.every=3", "checkpoint.keep=2", "log.every=10", "log.pictures=none"} {
		begin = append(begin, "--set", s)
	}
	run := func(dir string) *exec.Cmd {
		args := append(begin, "--out", dir)
		if _, err := os.Stat(filepath.Join(dir, "config.toml")); err == nil {
			args = []string{"train", "--resume", dir}
		}
		return exec.Command(program, args...)
	}
	final := func(dir string) map[string][]float32 {
		return lastTensors(t, checkpoint.Dir(filepath.Join(dir, "checkpoints"), 60))
	}
	whole := filepath.Join(dir, "whole")
	began := time.Now()
	if out, err := run(whole).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	length := time.Since(began)
	want := final(whole)

	random := rand.New(rand.NewPCG(1, 2))
	killed, inside, runs := 0, 0, 0
	for killed < kills {
		runs++
		dir := filepath.Join(dir, fmt.Sprint("run", runs))
		for {
			c := run(dir)
			var out bytes.Buffer
			c.Stdout, c.Stderr = &out, &out
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- c.Wait() }()
			var err error
			// Every other kill waits for a checkpoint to be under way.
			writing := killed%2 == 0
			deadline := time.After(time.Duration(random.Float64() * float64(length) / 4))
			if err = waitFor(ended, deadline, dir, writing); err == errKill {
				if c.Process.Kill() == nil {
					killed++
				}
				if err = <-ended; err != nil && isWriting(dir) {
					inside++
				}
				if err != nil {
					continue
				}
			}
			if err != nil && !strings.Contains(out.String(), "the run is finished") { // killed between the last checkpoint and its end
				t.Fatalf("run %d after %d kills: %v\n%s", runs, killed, err, out.String())
			}
			break
		}
		sameTensors(t, final(dir), want)
		if t.Failed() {
			t.Fatalf("run %d, %d kills", runs, killed)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills, %d of them inside a checkpoint write, over %d runs; all ended with the same weights", killed, inside, runs)
	if inside < killed/5 {
		t.Errorf("only %d of %d kills fell inside a checkpoint write", inside, killed)
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
