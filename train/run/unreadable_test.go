package run

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"anila/train/checkpoint"
)

// tree is what lies below a folder: a digest for each file, by path. The file that says who writes is left out.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, path)
		if rel == lockName {
			return nil
		}
		switch {
		case err != nil:
			out[rel] = "unreadable"
		case d.Type().IsRegular():
			b, err := os.ReadFile(path)
			out[rel] = fmt.Sprintf("%x %v", sha256.Sum256(b), err)
		default:
			out[rel] = d.Type().String()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func sameTree(t *testing.T, got, want map[string]string) {
	t.Helper()
	for path, digest := range want {
		if got[path] != digest {
			t.Errorf("%s was changed: %s, before %s", path, got[path], digest)
		}
	}
	for path := range got {
		if want[path] == "" {
			t.Errorf("%s is new", path)
		}
	}
}

// interrupted makes a run of tiny's settings that was stopped at an iteration, and returns its folder.
func interrupted(t *testing.T, at uint64, keys ...string) string {
	t.Helper()
	r := startRun(t, tiny(t, keys...), Options{Report: (&drawer{}).open})
	stopAt(t, r, at)
	return r.Folder.Path
}

// drawer is a Reporter that writes files as package report does.
type drawer struct{ dir string }

func (f *drawer) open(r *Run) Reporter { return &drawer{r.Folder.Path} }
func (f *drawer) Event(Event) error    { return nil }
func (f *drawer) Close() error         { return os.WriteFile(filepath.Join(f.dir, "report.html"), nil, 0o666) }
func (f *drawer) Checkpoint(c Checkpoint) (string, error) {
	path := filepath.Join(f.dir, "samples", fmt.Sprintf("step-%06d.png", c.Iteration))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, nil, 0o666)
}

// loop makes a path unreadable for everybody, root too: a link to itself.
func loop(path string) error {
	if err := os.Rename(path, path+"-moved"); err != nil {
		return err
	}
	return os.Symlink(filepath.Base(path), path)
}

func noRights(path string) error { return os.Chmod(path, 0) }

// TestFaultUnreadable: for each file and each folder of a run, --resume of a run in which it cannot be read (which is not the
// same as damaged) either names it, fails and changes nothing, or does not need it and ends with the same bits.
func TestFaultUnreadable(t *testing.T) {
	if testing.Short() {
		t.Skip("trains and draws pictures for each of 32 files: not with -short")
	}
	t.Parallel() // most of its time goes to waiting for the disk
	if runtime.GOOS == "windows" {
		t.Skip("makes links and takes rights away")
	}
	keys := []string{"checkpoint.keep=2", "log.pictures=checkpoint", "log.every=2"}
	want := lastTensors(t, finish(t, startRun(t, tiny(t, keys...), Options{}), nil).Checkpoint)
	dir := interrupted(t, 9, keys...)
	var paths []string
	for path := range tree(t, dir) {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	needed := func(path string) bool {
		return path == "." || path == configName || path == journalName || path == "checkpoints" || strings.HasPrefix(path, "checkpoints/step-000009")
	}
	ways := map[string]func(string) error{"loop": loop}
	if os.Getuid() != 0 {
		ways["no rights"] = noRights
	}
	tried := 0
	for _, path := range append(paths, lockName) {
		for way, spoil := range ways {
			at := path + ", " + way
			if path == "." && way == "loop" {
				continue // another folder, then
			}
			tried++
			run := filepath.Join(t.TempDir(), "run")
			if err := os.CopyFS(run, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			if err := spoil(filepath.Join(run, path)); err != nil {
				t.Fatal(err)
			}
			before := tree(t, run)
			r, err := Resume(run, nil, nil, Options{})
			if needed(path) {
				if err == nil {
					r.Close()
					t.Errorf("%s: resumed from iteration %d", at, r.Resumed)
				} else if !strings.Contains(err.Error(), filepath.Base(path)) {
					t.Errorf("%s is not named: %v", at, err)
				}
				sameTree(t, tree(t, run), before)
			} else if err != nil {
				t.Errorf("%s: %v", at, err)
			} else {
				if r.Resumed != 9 {
					t.Errorf("%s: resumed from iteration %d", at, r.Resumed)
				}
				sameTensors(t, lastTensors(t, finish(t, r, nil).Checkpoint), want)
			}
			os.Chmod(filepath.Join(run, path), 0o777)
			if t.Failed() {
				t.Fatal(at)
			}
		}
	}
	t.Logf("%d files and folders, %d attempts", len(paths)+1, tried)
}

// damage flips a bit of a file of a checkpoint.
func damage(t *testing.T, dir string, step int64, file string) {
	t.Helper()
	path := filepath.Join(checkpoint.Dir(filepath.Join(dir, "checkpoints"), step), file)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestDamagedAreSetAside: damaged checkpoints get another name when the run is resumed from one before them, and count for
// nothing; where all are damaged, or gone, nothing happens without --from-start.
func TestDamagedAreSetAside(t *testing.T) {
	t.Parallel() // most of its time goes to waiting for the disk
	keys := []string{"checkpoint.keep=3", "checkpoint.every=3", "train.iterations=14"}
	want := lastTensors(t, finish(t, startRun(t, tiny(t, keys...), Options{}), nil).Checkpoint)
	t.Run("all but one", func(t *testing.T) {
		dir := interrupted(t, 10, append(keys, "checkpoint.keep=0")...) // 3, 6, 9 and 10
		for step, file := range map[int64]string{6: "weights.safetensors", 9: "state.json", 10: "chains.safetensors"} {
			damage(t, dir, step, file)
		}
		r, err := Resume(dir, []string{"checkpoint.keep=3"}, nil, Options{})
		if err != nil || r.Resumed != 3 {
			t.Fatalf("%v", err)
		}
		h := &hooks{}
		sameTensors(t, lastTensors(t, finish(t, r, h).Checkpoint), want)
		asides, _ := filepath.Glob(filepath.Join(dir, "checkpoints", "damaged-*"))
		steps, err := checkpoint.List(checkpoint.OS{}, filepath.Join(dir, "checkpoints"))
		if err != nil || len(asides) != 3 || !slices.Equal(steps, []int64{6, 9, 12, 14}) {
			t.Errorf("%v, %v, %v", asides, steps, err)
		}
		warned := 0
		for _, e := range h.events {
			if e.Kind == "warning" && strings.Contains(e.Message, "damaged-step-") {
				warned++
			}
		}
		if warned != 3 {
			t.Errorf("%d of 3 damaged checkpoints were told of", warned)
		}
	})
	for name, spoil := range map[string]func(dir string){
		"all damaged": func(dir string) {
			for _, step := range []int64{3, 6, 9, 10} {
				damage(t, dir, step, "weights.safetensors")
			}
		},
		"all gone": func(dir string) {
			for _, step := range []int64{3, 6, 9, 10} {
				if err := os.RemoveAll(checkpoint.Dir(filepath.Join(dir, "checkpoints"), step)); err != nil {
					t.Fatal(err)
				}
			}
		},
		"the folder gone": func(dir string) {
			if err := os.RemoveAll(filepath.Join(dir, "checkpoints")); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := interrupted(t, 10, append(keys, "checkpoint.keep=0")...)
			spoil(dir)
			before := tree(t, dir)
			if _, err := Resume(dir, nil, nil, Options{}); err == nil || !strings.Contains(err.Error(), "--from-start") {
				t.Fatalf("%v", err)
			}
			sameTree(t, tree(t, dir), before)
			r, err := Resume(dir, nil, nil, Options{FromStart: true})
			if err != nil || r.Resumed != 0 {
				t.Fatal(err)
			}
			sameTensors(t, lastTensors(t, finish(t, r, nil).Checkpoint), want)
		})
	}
	t.Run("none damaged", func(t *testing.T) {
		if _, err := Resume(interrupted(t, 5, keys...), nil, nil, Options{FromStart: true}); err == nil || !strings.Contains(err.Error(), "step-000005 is good") {
			t.Errorf("%v", err)
		}
	})
	t.Run("killed before the first", func(t *testing.T) {
		r := startRun(t, tiny(t, keys...), Options{})
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := Resume(r.Folder.Path, nil, nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		sameTensors(t, lastTensors(t, finish(t, r, nil).Checkpoint), want)
	})
	t.Run("another one's name", func(t *testing.T) {
		dir := interrupted(t, 10, keys...)
		root := filepath.Join(dir, "checkpoints")
		if err := os.Rename(checkpoint.Dir(root, 10), checkpoint.Dir(root, 11)); err != nil {
			t.Fatal(err)
		}
		before := tree(t, dir)
		if _, err := Resume(dir, nil, nil, Options{}); err == nil || !strings.Contains(err.Error(), "holds iteration 10") {
			t.Errorf("%v", err)
		}
		sameTree(t, tree(t, dir), before)
	})
}
