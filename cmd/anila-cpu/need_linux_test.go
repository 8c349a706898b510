package main

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// needs reads the line "needs" of train: bytes of memory and of disk.
func needs(t *testing.T, stdout string) (memory, disk float64) {
	t.Helper()
	m := regexp.MustCompile(`needs +about ([\d.]+ [kMG]B) of memory .*, ([\d.]+ [kMG]B) on the disk`).FindStringSubmatch(stdout)
	if m == nil {
		t.Fatalf("no needs in %s", stdout)
	}
	value := func(s string) float64 {
		number, unit, _ := strings.Cut(s, " ")
		v, err := strconv.ParseFloat(number, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v * map[string]float64{"kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]
	}
	return value(m[1]), value(m[2])
}

// TestNeedIsMet: the estimate of memory and disk is within the factor of 1.6 that run.Need states of the peak of a real run's
// resident memory, and of its folder.
func TestNeedIsMet(t *testing.T) {
	dir := t.TempDir()
	savePNGs(t, filepath.Join(dir, "pictures"), 40, 32)
	images := []string{"--preset", "mnist-small", "--data", "pictures", "--set", "sampler.steps=1", "--set", "train.batch=16"}
	for name, arguments := range map[string][]string{
		"points":        {"--set", "train.iterations=20", "--set", "checkpoint.every=5"},
		"bank":          {"--set", "train.iterations=2", "--set", "chains.bank=3000000", "--set", "log.pictures=none"},
		"images":        append([]string{"--set", "train.iterations=4", "--set", "checkpoint.every=2"}, images...),
		"wide":          append([]string{"--set", "train.iterations=1", "--set", "model.n=64", "--set", "log.pictures=none"}, images...),
		"picture bank":  append([]string{"--set", "train.iterations=3", "--set", "checkpoint.every=1", "--set", "chains.start=persistent", "--set", "chains.bank=5000", "--set", "log.pictures=none"}, images...),
		"a deep resnet": append([]string{"--set", "train.iterations=1", "--set", "model.net=resnet", "--set", "log.pictures=none", "--set", "ema.decay=0.9"}, images...),
	} {
		t.Run(name, func(t *testing.T) {
			command, stdout, stderr := start(t, dir, nil, append([]string{"train", "--workers", "2", "--out", name}, arguments...)...)
			peak := watchPeak(command.Process.Pid)
			o := finish(t, command, stdout, stderr)
			o.want(t, exitDone)
			memory, disk := needs(t, o.stdout)
			within(t, "memory", memory, <-peak)
			within(t, "disk", disk, folderSize(t, filepath.Join(dir, name)))
		})
	}
}

// watchPeak gives the peak of a process's resident memory, in bytes, once it has ended. What wait4 tells is not it: that begins with
// the size of the process which started it.
func watchPeak(pid int) <-chan float64 {
	result := make(chan float64, 1)
	go func() {
		peak := 0.0
		for {
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
			if m == nil { // it has ended
				result <- peak
				return
			}
			peak, _ = strconv.ParseFloat(string(m[1]), 64)
			peak *= 1024
			time.Sleep(2 * time.Millisecond)
		}
	}()
	return result
}

func within(t *testing.T, what string, estimated, measured float64) {
	t.Helper()
	if ratio := measured / estimated; math.Abs(math.Log(ratio)) > math.Log(1.6) {
		t.Errorf("%s: %.1f MB estimated, %.1f MB measured, a factor of %.2f", what, estimated/1e6, measured/1e6, ratio)
	} else {
		t.Logf("%s: %.1f MB estimated, %.1f MB measured, a factor of %.2f", what, estimated/1e6, measured/1e6, ratio)
	}
}

func folderSize(t *testing.T, dir string) (size float64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var st os.FileInfo
			if st, err = d.Info(); err == nil {
				size += float64(st.Size())
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return size
}

// TestMoreThanThereIs: what no machine has is refused in a line, before anything is made.
func TestMoreThanThereIs(t *testing.T) {
	dir := t.TempDir()
	savePNGs(t, filepath.Join(dir, "pictures"), 4, 32)
	for _, c := range []struct {
		line  string
		code  int
		texts []string
	}{
		{"--set chains.start=persistent --set chains.bank=100000000000", exitUsage, []string{"chains.bank", "2³¹"}},
		{"--set chains.start=persistent --set chains.bank=9000000000000000000", exitUsage, []string{"chains.bank"}},
		{"--set train.batch=9000000000000000000", exitUsage, []string{"train.batch"}},
		{"--set chains.count=9000000000000000000", exitUsage, []string{"chains.count"}},
		{"--preset mnist-small --data pictures --set chains.start=persistent --set chains.bank=2000000000", exitFailed, []string{"of memory", "bank 24576.00 GB"}},
		{"--preset mnist-small --data pictures --set chains.start=persistent --set chains.bank=2000000000 --dry-run", exitFailed, []string{"of memory"}},
		{"--preset mnist-small --data pictures --set train.batch=2000000000", exitFailed, []string{"of memory"}},
		{"--preset mnist-small --data pictures --set model.n=4096", exitFailed, []string{"of memory", "network"}},
		{"--preset mnist-small --data pictures --set eval.every=1 --set eval.samples=2000000000 --set eval.weights=none.pth", exitFailed, []string{"of memory", "eval"}},
		{"--dry-run --out /proc/nowhere", exitFailed, []string{"of disk", "that of /proc/nowhere has 0 kB"}},
		{"--dry-run --out /proc/nowhere --force", exitDone, []string{"needs", "nothing was written"}},
		{"--dry-run", exitDone, []string{"needs", "of memory", "on the disk", "time", "nothing was written"}},
		{"--dry-run --resume x", exitUsage, []string{"--resume", "--dry-run"}},
	} {
		t.Run(c.line, func(t *testing.T) {
			o := anila(t, dir, append([]string{"train"}, strings.Fields(c.line)...)...)
			o.want(t, c.code, c.texts...)
			if n := strings.Count(o.stderr, "\n"); n > 3 {
				t.Errorf("%d lines: %s", n, o.stderr)
			}
		})
	}
	limited := exec.Command("sh", "-c", "ulimit -v 3000000; exec \"$0\" train --set chains.bank=300000000 --set log.pictures=none", binary)
	limited.Dir = dir
	if out, err := limited.CombinedOutput(); err == nil || !strings.Contains(string(out), "its address space (ulimit -v) has") {
		t.Errorf("%v: %s", err, out)
	}
	if _, err := os.Stat(filepath.Join(dir, "runs")); err == nil {
		t.Error("refused runs left a folder")
	}
}
