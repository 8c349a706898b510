//go:build linux

package mpi

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// settings of a run of points in four shards that is done in a moment, with as many iterations, and with other keys.
func settings(out string, iterations int, keys ...string) []string {
	args := []string{"train", "--preset", "rings-small", "--out", out, "--workers", "1"}
	for _, k := range append([]string{"train.shards=4", "model.n=8", "train.batch=16", "chains.count=16", "chains.bank=64", "chains.start=replay", "sampler.steps=3",
		"log.pictures=none", "log.every=20", "checkpoint.every=20", "checkpoint.keep=0", fmt.Sprint("train.iterations=", iterations)}, keys...) {
		args = append(args, "--set", k)
	}
	return args
}

// pictures makes a folder of small pictures.
func pictures(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for n := range 8 {
		p := image.NewRGBA(image.Rect(0, 0, 32, 32))
		for i := range p.Pix {
			p.Pix[i] = byte(i * (i + 7*n) >> 3)
		}
		for i := range 32 {
			p.Set(i, n, color.White)
		}
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%d.png", n)))
		if err == nil {
			err = png.Encode(f, p)
		}
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	return dir
}

// images are settings of a run of pictures in four shards.
func images(out, folder string, keys ...string) []string {
	args := []string{"train", "--data", folder, "--preset", "cifar10-small", "--out", out, "--workers", "1"}
	for _, k := range append([]string{"data.name=folder", "train.shards=4", "model.n=4", "train.batch=4", "chains.count=8", "chains.bank=16", "chains.start=persistent", "sampler.steps=3",
		"log.pictures=none", "log.every=1", "checkpoint.every=2", "train.iterations=4", "ema.decay=0.5"}, keys...) {
		args = append(args, "--set", k)
	}
	return args
}

// TestSameBits: one, two and four ranks of MPI leave what one process without it leaves: weights, average, optimizer, chains,
// bank and log.
func TestSameBits(t *testing.T) {
	p := built(t)
	folder := pictures(t)
	for name, args := range map[string]func(out string) []string{
		"points": func(out string) []string {
			return settings(out, 40, "sampler.kernel=mala", "sampler.adapt=5", "model.temperature=0.02")
		},
		"pictures": func(out string) []string { return images(out, folder) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			plain := filepath.Join(dir, "plain")
			finish(t, 0, append([]string{p.plain}, args(plain)...)...)
			want := trace(t, plain, false)
			for _, n := range []int{1, 2, 4} {
				out := filepath.Join(dir, strconv.Itoa(n))
				finish(t, 0, p.over(n, args(out)...)...)
				if got := trace(t, out, false); got != want {
					t.Errorf("%d ranks leave\n%s\nwant\n%s", n, got, want)
				}
			}
		})
	}
}

// TestSamplesOverRanks: sample and eval give over ranks what they give in one process; and one rank's word is enough.
func TestSamplesOverRanks(t *testing.T) {
	p := built(t)
	dir, folder := t.TempDir(), pictures(t)
	run := filepath.Join(dir, "run")
	finish(t, 0, append([]string{p.plain}, images(run, folder, "sampler.kernel=mala", "sampler.adapt=3", "sampler.drift_form=scaled", "sampler.drift_fall=0", "chains.clamp=0", "sampler.noise_fall=0")...)...)
	for name, args := range map[string][]string{
		"sample": {"sample", "--model", run, "--n", "7", "--steps", "13", "--out"},
		"eval":   {"eval", "--model", run, "--n", "8", "--features", "none", "--swd", "--data", folder, "--steps", "5", "--out"},
	} {
		end := map[string]string{"sample": ".npy", "eval": ".json"}[name]
		read := func(command ...string) string {
			out := filepath.Join(dir, fmt.Sprint(name, len(command), end))
			finish(t, 0, append(command, out)...)
			b, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			os.Remove(out)
			return string(b)
		}
		want := read(append([]string{p.plain}, args...)...)
		for _, n := range []int{2, 3} {
			if read(p.over(n, args...)...) != want {
				t.Errorf("%s over %d ranks gives something else", name, n)
			}
		}
	}
	said := finish(t, 1, p.over(3, "sample", "--model", filepath.Join(dir, "none"), "--out", filepath.Join(dir, "x.npy"))...)
	if strings.Count(said, "no such file") != 1 {
		t.Errorf("of a model that is not there: %s", said)
	}
	finish(t, 2, p.over(2, "sample", "--no-such-flag")...)
}

// TestSignals sends ranks signals at random moments: SIGKILL, SIGTERM, SIGUSR1, and SIGSTOP with SIGCONT after the rank was named. Each
// run is gone on with by another number of ranks, and in the end has the bits of the run that nobody disturbed.
func TestSignals(t *testing.T) {
	p := built(t)
	dir := t.TempDir()
	run, r := filepath.Join(dir, "run"), rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	keys := func(iterations int) []string {
		return []string{"--set", fmt.Sprint("train.iterations=", iterations), "--set", "log.every=100000", "--patience", "500ms", "--workers", "1"}
	}
	const endless = 1 << 30
	args := settings(run, endless, "checkpoint.every=200", "checkpoint.keep=3", "log.every=100000")
	args = append(args, "--patience", "500ms")
	counts, ranks := map[syscall.Signal]int{}, []int{2, 4}
	wait := func() { time.Sleep(time.Duration(r.IntN(300)) * time.Millisecond) }
	const sessions, stops = 12, 2
	for session := range sessions {
		n := ranks[session%2]
		from := len(events(run))
		j := begin(t, p.over(n, args...)...)
		args = append([]string{"train", "--resume", run}, keys(endless)...)
		j.until(t, "it saved", func() bool { return told(run, from, "checkpoint", "") })
		for range stops {
			wait()
			rank := r.IntN(n)
			pid, from := j.rank(p, rank), len(events(run))
			counts[syscall.SIGSTOP]++
			syscall.Kill(pid, syscall.SIGSTOP)
			if rank == 0 { // of which rank 1 speaks, on standard error
				time.Sleep(800 * time.Millisecond)
				syscall.Kill(pid, syscall.SIGCONT)
				continue
			}
			j.until(t, "the rank that stands was named", func() bool { return told(run, from, "waiting", fmt.Sprintf("rank %d on ", rank)) })
			syscall.Kill(pid, syscall.SIGCONT)
			j.until(t, "the rank that went on was named", func() bool { return told(run, from, "waiting", "is over") })
		}
		wait()
		signal := []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM}[session/2%2]
		pid := j.rank(p, r.IntN(n))
		counts[signal]++
		sent := time.Now()
		syscall.Kill(pid, signal)
		code := j.end()
		if took := time.Since(sent); took > 30*time.Second {
			t.Errorf("after %v the ranks went on for %s", signal, took)
		}
		if signal == syscall.SIGTERM && code != 130 || code == 0 {
			t.Errorf("after %v: exit code %d\n%s", signal, code, &j.out)
		}
		if left := j.processes(""); len(left) > 0 {
			t.Errorf("after %v there are still %v", signal, left)
		}
	}
	step := int64(0)
	for _, e := range events(run) {
		step = max(step, e.Step)
	}
	iterations := int(step) + 50
	finish(t, 0, p.over(2, append([]string{"train", "--resume", run}, keys(iterations)...)...)...)
	plain := filepath.Join(dir, "plain")
	finish(t, 0, append([]string{p.plain}, settings(plain, iterations, "checkpoint.every=200", "checkpoint.keep=3", "log.every=100000")...)...)
	if got, want := trace(t, run, true), trace(t, plain, true); got != want {
		t.Errorf("after %v signals in %d iterations the run has\n%s\nwant\n%s", counts, iterations, got, want)
	}
	t.Logf("%d iterations, signals %v", iterations, counts)
}

// TestOneRankFails: a rank that cannot write, or that gives other bits, ends all, with its name.
func TestOneRankFails(t *testing.T) {
	p := built(t)
	dir := t.TempDir()
	apart := func(first []string, others []string, args []string) []string {
		return slices.Concat(p.start, []string{p.sizes, "1"}, first, args, []string{":", p.sizes, "1"}, others, args)
	}
	// A file of a rank's bank has 8 MB, and the rank may write files of 6.
	full := filepath.Join(dir, "full")
	args := settings(full, 1<<30, "chains.bank=4000000", "checkpoint.every=5", "log.every=100000")
	started := time.Now()
	said := finish(t, 1, apart([]string{p.mpi}, []string{"sh", "-c", `ulimit -f 12288; exec "$@"`, "sh", p.mpi}, args)...)
	if !strings.Contains(said, "rank 1 on ") || !strings.Contains(said, "file too large") {
		t.Errorf("after %s, of a rank that cannot write: %s", time.Since(started), said)
	}
	args = settings(filepath.Join(dir, "tier"), 20)
	said = finish(t, 1, apart([]string{p.mpi}, []string{"env", "ANILA_ISA=generic", p.mpi}, args)...)
	if !strings.Contains(said, "rank 1 on ") || !strings.Contains(said, "instruction set generic") {
		t.Errorf("of a rank on another tier: %s", said)
	}
	if _, err := os.Stat(filepath.Join(dir, "tier")); err == nil {
		t.Error("there is a run all the same")
	}
	version := func(program string) string { return finish(t, 0, program, "version") }
	if version(p.mpi) == version(p.other) {
		t.Log("not checked: both builds have the same version, outside of a repository")
		return
	}
	said = finish(t, 1, apart([]string{p.mpi}, []string{p.other}, args)...)
	if !strings.Contains(said, "rank 1 on ") || !strings.Contains(said, "version") {
		t.Errorf("of a rank of another version: %s", said)
	}
}

// TestBuiltWithout: the default build refuses to be one of several.
func TestBuiltWithout(t *testing.T) {
	p := built(t)
	said := finish(t, 2, append(slices.Concat(p.start, []string{p.sizes, "2", p.plain}), settings(filepath.Join(t.TempDir(), "run"), 20)...)...)
	if !strings.Contains(said, "built without MPI: make build-mpi") {
		t.Error(said)
	}
}
