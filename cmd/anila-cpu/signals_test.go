//go:build !windows

package main

import (
	"bytes"
	"os"
	ossignal "os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// endless is a run that a signal has to end.
func endless(out string) []string {
	return tinyTrain("--set", "train.iterations=100000000", "--set", "checkpoint.every=0", "--set", "log.pictures=none", "--out", out)
}

// checkpoints are the folders of a run's checkpoints.
func checkpoints(t *testing.T, run string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(run, "checkpoints", "step-*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// waitFor waits until something is so.
func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 1200 {
		if is() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("waited for %s in vain", what)
}

// TestSignalsThatEnd: Ctrl-C, SIGTERM and a terminal that hangs up are answered at once, with a checkpoint and exit code 130.
func TestSignalsThatEnd(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			if s, ok := signal.(syscall.Signal); ok && ossignal.Ignored(s) {
				t.Skip("these tests were started with this signal ignored, and so is what they start")
			}
			dir := t.TempDir()
			command, stdout, stderr := start(t, dir, nil, endless("run")...)
			waitForLog(t, filepath.Join(dir, "run"))
			command.Process.Signal(signal)
			finish(t, command, stdout, stderr).want(t, exitInterrupted, "a checkpoint is written", "interrupted at iteration", "--resume run")
			if found := checkpoints(t, filepath.Join(dir, "run")); len(found) != 1 {
				t.Errorf("checkpoints %v", found)
			}
		})
	}
}

// TestInterruptLeavesTheIteration: an iteration of a minute is left at its next Langevin step; what resumes has the bits of a run
// that was not interrupted.
func TestInterruptLeavesTheIteration(t *testing.T) {
	dir := t.TempDir()
	long := tinyTrain("--set", "train.iterations=2", "--set", "sampler.steps=3000000", "--set", "train.batch=2", "--set", "log.pictures=none", "--out", "run")
	command, stdout, stderr := start(t, dir, nil, long...)
	waitFor(t, "the start", func() bool {
		b, _ := os.ReadFile(filepath.Join(dir, "run", "events.jsonl"))
		return bytes.Contains(b, []byte(`"start"`))
	})
	time.Sleep(100 * time.Millisecond) // into the first iteration
	began := time.Now()
	command.Process.Signal(os.Interrupt)
	finish(t, command, stdout, stderr).want(t, exitInterrupted, "interrupted at iteration 0", "--resume run")
	t.Logf("ended after %v", time.Since(began))
	if found := checkpoints(t, filepath.Join(dir, "run")); len(found) != 1 || filepath.Base(found[0]) != "step-000000" {
		t.Errorf("checkpoints %v", found)
	}
}

// TestSaveOnSignal: SIGUSR1 writes a checkpoint, as often as it comes, and training goes on.
func TestSaveOnSignal(t *testing.T) {
	dir := t.TempDir()
	run := filepath.Join(dir, "run")
	command, stdout, stderr := start(t, dir, nil, endless("run")...)
	waitForLog(t, run)
	var before []string
	for range 2 {
		command.Process.Signal(syscall.SIGUSR1)
		waitFor(t, "a checkpoint", func() bool {
			found := checkpoints(t, run)
			return len(found) > 0 && !slices.Equal(found, before)
		})
		before = checkpoints(t, run)
	}
	lines := func() int {
		b, _ := os.ReadFile(filepath.Join(run, "events.jsonl"))
		return bytes.Count(b, []byte("\n"))
	}
	n := lines()
	waitFor(t, "training to go on", func() bool { return lines() > n+3 })
	command.Process.Signal(syscall.SIGTERM)
	finish(t, command, stdout, stderr).want(t, exitInterrupted)
}

// TestNohup: a program that was started to outlive its terminal does.
func TestNohup(t *testing.T) {
	dir := t.TempDir()
	run := filepath.Join(dir, "run")
	command := program(dir, nil, "sh", append([]string{"-c", `trap "" HUP; exec "$@"`, "sh", binary}, endless("run")...)...) // as nohup does
	stdout, stderr := new(bytes.Buffer), new(bytes.Buffer)
	command.Stdout, command.Stderr = stdout, stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(3*time.Minute, func() { command.Process.Kill() })
	defer timer.Stop()
	waitForLog(t, run)
	command.Process.Signal(syscall.SIGHUP)
	lines := func() int {
		b, _ := os.ReadFile(filepath.Join(run, "events.jsonl"))
		return bytes.Count(b, []byte("\n"))
	}
	n := lines()
	waitFor(t, "training to go on", func() bool { return lines() > n+3 })
	command.Process.Signal(syscall.SIGTERM)
	finish(t, command, stdout, stderr).want(t, exitInterrupted)
}

// TestReaderThatEnds: training does not end with the program that reads its output (train | head, tee killed).
func TestReaderThatEnds(t *testing.T) {
	dir := t.TempDir()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	command := program(dir, nil, binary, tinyTrain("--set", "log.pictures=none", "--set", "train.iterations=200", "--out", "run")...)
	command.Stdout, command.Stderr = writer, writer
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the start", func() bool {
		b, _ := os.ReadFile(filepath.Join(dir, "run", "events.jsonl"))
		return bytes.Contains(b, []byte(`"start"`))
	})
	reader.Close()
	writer.Close()
	if err := command.Wait(); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "run", "state.json")); err != nil || !strings.Contains(string(b), `"finished"`) {
		t.Errorf("%s, %v", b, err)
	}
}

// TestOutputsObeyTheUmask: every file and folder that commands make has the rights that the umask leaves, no fewer and no more.
func TestOutputsObeyTheUmask(t *testing.T) {
	for mask, text := range map[os.FileMode]string{0o002: "002", 0o027: "027", 0o077: "077"} {
		dir := t.TempDir()
		do := func(arguments ...string) {
			t.Helper()
			c := program(dir, nil, "sh", append([]string{"-c", "umask " + text + `; exec "$@"`, "sh", binary}, arguments...)...)
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("%v: %v\n%s", arguments, err, out)
			}
		}
		do(tinyTrain("--out", "deep/run")...)
		do("sample", "--model", "deep/run", "--n", "3", "--steps", "1", "--out", "points.npy")
		do("convert", "deep/run/checkpoints/step-000006/ema.safetensors", "w.npz")
		seen := 0
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if path == dir || err != nil {
				return err
			}
			info, err := d.Info()
			want := 0o666 &^ mask
			if d.IsDir() {
				want = 0o777 &^ mask
			}
			if err == nil && info.Mode().Perm() != want {
				t.Errorf("umask %s: %s is %o, want %o", text, path, info.Mode().Perm(), want)
			}
			seen++
			return err
		})
		if err != nil || seen < 20 {
			t.Errorf("%d files, %v", seen, err)
		}
	}
}
