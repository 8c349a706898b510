package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anila/nn/weightfile"
)

// TestCheckOutputs: inputs, runs and what exists are not written over, by whatever path they are named.
func TestCheckOutputs(t *testing.T) {
	dir := t.TempDir()
	put := func(path string) {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"in.npy", "old.npy", "run/config.toml", "run/lock", "run/checkpoints/step-000001/weights.safetensors",
		"copied/weights.safetensors", "copied/state.json", "pictures/a.png", "pictures/deep/b.png", "file"} {
		put(path)
	}
	t.Chdir(dir)
	for link, to := range map[string]string{"link.npy": "in.npy", "linked": "run", "dangling.npy": "new.npy", "indirect": "pictures"} {
		if err := os.Symlink(to, link); err != nil {
			t.Skip(err)
		}
	}
	if err := os.Link("in.npy", "hard.npy"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("folder.npy", 0o777); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		out         string
		forced, not string // what is said with and without --force; "" passes
	}{
		{"new.npy", "", ""},
		{"old.npy", "", "--force"},
		{"dangling.npy", "", ""},
		{"in.npy", "is an input", "is an input"},
		{"./run/../in.npy", "is an input", "is an input"},
		{filepath.Join(dir, "in.npy"), "is an input", "is an input"},
		{"link.npy", "is an input", "is an input"},
		{"hard.npy", "is an input", "is an input"},
		{"pictures/c.png", "lies in pictures", "lies in pictures"},
		{"pictures/deep/C.PNG", "lies in pictures", "lies in pictures"},
		{"indirect/grid.png", "lies in pictures", "lies in pictures"},
		{"pictures/samples", "lies in pictures", "lies in pictures"},
		{"pictures/result.json", "", ""},
		{"pictures-2.png", "", ""},
		{"run/f.npy", "lies in the run", "lies in the run"},
		{"run/checkpoints/step-000001/f.npy", "lies in the run", "lies in the run"},
		{"run/checkpoints/step-000001/weights.safetensors", "lies in the run", "lies in the run"},
		{"linked/f.npy", "lies in the run", "lies in the run"},
		{"copied/f.npy", "lies in the run", "lies in the run"},
		{"nowhere/f.npy", "no folder nowhere", "no folder nowhere"},
		{"file/f.npy", "file/f.npy", "file/f.npy"},
		{"folder.npy", "is a folder", "is a folder"},
		{os.DevNull, "no regular file", "no regular file"},
	} {
		for force, want := range map[bool]string{true: c.forced, false: c.not} {
			err := checkOutputs(force, []string{"", "in.npy", "pictures", "cifar10"}, output{"--out", c.out})
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s, --force %v: %v, want %q", c.out, force, err, want)
			}
		}
	}
	if err := checkOutputs(true, nil, output{"--out", "a.npy"}, output{"--grad", ""}, output{"--grad", "./a.npy"}); err == nil || !strings.Contains(err.Error(), "same file") {
		t.Errorf("two outputs of one name: %v", err)
	}
	if left, _ := filepath.Glob(".anila-cpu-*"); left != nil {
		t.Errorf("%v are left behind", left)
	}
	if os.Getuid() == 0 {
		return // whom no mode keeps out
	}
	if err := os.Mkdir("locked", 0o555); err != nil {
		t.Fatal(err)
	}
	if err := checkOutputs(false, nil, output{"--out", "locked/f.npy"}); err == nil {
		t.Error("a folder that cannot be written passed")
	}
}

// TestNoCommandOverwrites: every command that writes files looks at them first, and its inputs are as they were.
func TestNoCommandOverwrites(t *testing.T) {
	dir := trained(t)
	x := []float32{1, 0, 0, 1, -1, 0}
	if err := weightfile.SaveNPY(filepath.Join(dir, "x.npy"), []int{3, 2}, x); err != nil {
		t.Fatal(err)
	}
	anila(t, dir, "convert", "run", "w.pth").want(t, exitDone)
	anila(t, dir, "sample", "--model", "run", "--n", "4", "--out", "old.npy").want(t, exitDone)
	before := contents(t, dir)
	for _, line := range []string{
		"score --model run --data x.npy --out x.npy --force",
		"score --model run --data x.npy --out f.npy --grad x.npy --force",
		"score --model run --data old.npy --against x.npy --out x.npy --force",
		"score --model run --data x.npy --out old.npy",
		"score --model run --data x.npy --out g.npy --grad old.npy",
		"score --model run --data x.npy --out run/f.npy",
		"score --model run --data x.npy --out run/checkpoints/f.csv --force",
		"score --model w.pth --net toy --data x.npy --out f.npy --grad f.npy",
		"sample --model run --out old.npy",
		"sample --model run --out run/plots/new.png --force",
		"sample --model run --out nowhere/new.png",
		"convert w.pth w.pth --force",
		"convert run w.pth",
		"convert run run/w.pth",
		"eval --samples x.npy --data old.npy --features none --swd --n 2 --out x.json --neighbours old.npy",
		"eval --samples x.npy --data old.npy --features none --swd --n 2 --out x.npy --force",
		"eval --samples x.npy --data old.npy --n 2 --save-reference s.npz --save-samples s.npz",
		"train --out run/again",
		"compare --seeds 1 --out run/compared",
		"diagnose --model run --steps 20 --out run/long",
		"diagnose --model run --steps 20 --out run/checkpoints",
	} {
		if o := anila(t, dir, strings.Fields(line)...); o.code == exitDone {
			t.Errorf("%s: passed: %s%s", line, o.stdout, o.stderr)
		}
	}
	after := contents(t, dir)
	for path, b := range before {
		if after[path] != b {
			t.Errorf("%s is another file", path)
		}
		delete(after, path)
	}
	for path := range after {
		t.Errorf("%s is new", path)
	}
	anila(t, dir, "sample", "--model", "run", "--n", "5", "--out", "old.npy", "--force").want(t, exitDone, "wrote old.npy")
}

// contents reads all files under a folder.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestWhatIsNoNumber: NaN is told, and not taken for a score, a sample or data.
func TestWhatIsNoNumber(t *testing.T) {
	dir := trained(t)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, x := range map[string][]float32{"good.npy": {1, 0, 0, 1, -1, 0}, "bad.npy": {1, 0, nan, 1, 0, inf}, "worst.npy": {nan, nan, nan, nan, nan, nan}} {
		if err := weightfile.SaveNPY(filepath.Join(dir, name), []int{3, 2}, x); err != nil {
			t.Fatal(err)
		}
	}
	overflown := []string{"sample", "--model", "run", "--n", "20", "--set", "sampler.kernel=langevin", "--set", "sampler.drift=1e39", "--set", "sampler.noise=1", "--set", "guard.state=0"}
	blown := []string{"sample", "--model", "run", "--n", "20", "--set", "sampler.kernel=langevin", "--set", "sampler.drift=1e20", "--set", "sampler.noise=1"}
	for _, c := range []struct {
		arguments []string
		code      int
		texts     []string
		written   string
	}{
		{[]string{"score", "--model", "run", "--data", "bad.npy", "--out", "1.npy"}, exitDone, []string{"2 values are NaN or infinite", "mean f", "NaN or infinite for 2 of them"}, "1.npy"},
		{[]string{"score", "--model", "run", "--data", "worst.npy", "--out", "2.npy"}, exitDone, []string{"f is finite for none"}, "2.npy"},
		{[]string{"score", "--model", "run", "--data", "bad.npy", "--against", "good.npy", "--out", "3.npy"}, exitFailed, []string{"no AUROC", "of bad.npy", "0 of good.npy"}, "3.npy"},
		{[]string{"score", "--model", "run", "--data", "good.npy", "--against", "bad.npy", "--out", "4.npy"}, exitFailed, []string{"no AUROC"}, "4.npy"},
		{[]string{"score", "--model", "run", "--data", "rings", "--against", "gmm", "--limit", "50", "--out", "5.npy"}, exitDone, []string{"scored 50 items of rings", "AUROC 0."}, "5.npy"},
		{append(blown, "--out", "s.npy"), exitFailed, []string{"of 20 chains exploded", "guard.state"}, ""},
		{append(overflown, "--out", "s.npy"), exitFailed, []string{"chains exploded", "NaN"}, ""},
		{append(blown, "--out", "s.png"), exitFailed, []string{"are no samples"}, ""},
		{[]string{"train", "--data", "bad.npy", "--out", "t"}, exitFailed, []string{"bad.npy", "2 of 3 rows hold NaN or infinite values"}, ""},
		{[]string{"eval", "--samples", "good.npy", "--data", "bad.npy", "--n", "2", "--features", "none", "--swd"}, exitFailed, []string{"--data bad.npy", "no pictures"}, ""},
	} {
		t.Run(strings.Join(c.arguments, " "), func(t *testing.T) {
			before := len(contents(t, dir))
			anila(t, dir, c.arguments...).want(t, c.code, c.texts...)
			if _, err := os.Stat(filepath.Join(dir, c.written)); err != nil {
				t.Error(err)
			}
			if c.written == "" && len(contents(t, dir)) != before {
				t.Error("something was written")
			}
		})
	}
}
