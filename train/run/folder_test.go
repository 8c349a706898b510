package run

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCreateFolderNumbers(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, want := range []string{"runs/x-001", "runs/x-002"} {
		f, err := CreateFolder("", "x")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if f.Path != filepath.FromSlash(want) {
			t.Errorf("folder %s, want %s", f.Path, want)
		}
	}
}

func TestCreateFolderRefusesNonEmpty(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.tex"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := CreateFolder(dir, "x")
	if err == nil || !strings.Contains(err.Error(), "thesis.tex") {
		t.Errorf("error %v", err)
	}
	if _, err := OpenFolder(dir); err == nil || !strings.Contains(err.Error(), "no run folder") {
		t.Errorf("open: %v", err)
	}
}

// TestCreateFolderAfterEarlyKill: what a run leaves that was killed before its configuration was there is no obstacle.
func TestCreateFolderAfterEarlyKill(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"lock": "pid 1", "config.toml.tmp": "seed", "events.jsonl": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	f, err := CreateFolder(dir, "x")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := os.WriteFile(filepath.Join(dir, "events.jsonl"), []byte("{}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := CreateFolder(dir, "x"); err == nil || !strings.Contains(err.Error(), "events.jsonl") {
		t.Errorf("a folder with somebody's log: %v", err)
	}
}

// runFolder makes the folder of a run, with its lock.
func runFolder(t *testing.T) *Folder {
	t.Helper()
	f, err := createFolder(filepath.Join(t.TempDir(), "run"), "x", journalName)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.Join(configName), []byte("seed = 1\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestLockRefusesSecondWriter: one writer at a time, and the next one as soon as the first is gone, though its files stay. No
// file that anybody could take for a leftover holds the lock.
func TestLockRefusesSecondWriter(t *testing.T) {
	f := runFolder(t)
	refused := func(when string) {
		t.Helper()
		if _, err := OpenFolder(f.Path); err == nil || !strings.Contains(err.Error(), "another process") {
			t.Errorf("second writer, %s: %v", when, err)
		}
	}
	refused("at the beginning")
	if _, err := OpenFolder(f.Path); err == nil || !strings.Contains(err.Error(), "pid ") {
		t.Errorf("who writes is not told: %v", err)
	}
	if err := os.Remove(f.Join("lock")); err != nil {
		t.Fatal(err)
	}
	refused("without the file lock")
	if err := f.replace([]byte("{}\n")); err != nil {
		t.Fatal(err)
	}
	refused("after the log was replaced")
	if err := f.Check(); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	g, err := OpenFolder(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	g.Close()
}

// TestFolderThatIsNotWhatItWas: a run folder that is moved, removed, made anew or taken apart while a run writes it is found
// so before the next checkpoint.
func TestFolderThatIsNotWhatItWas(t *testing.T) {
	for name, change := range map[string]func(dir string) error{
		"moved":                  func(dir string) error { return os.Rename(dir, dir+"-old") },
		"removed":                os.RemoveAll,
		"removed and made anew":  func(dir string) error { return errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o777)) },
		"without its log":        func(dir string) error { return os.Remove(filepath.Join(dir, journalName)) },
		"without its settings":   func(dir string) error { return os.Remove(filepath.Join(dir, configName)) },
		"with a copy of its log": func(dir string) error { return copyOver(filepath.Join(dir, journalName)) },
		"with a folder for its settings": func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, configName)), os.Mkdir(filepath.Join(dir, configName), 0o777))
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := runFolder(t)
			if err := f.Check(); err != nil {
				t.Fatal(err)
			}
			if err := change(f.Path); err != nil {
				t.Fatal(err)
			}
			if err := f.Check(); err == nil || !strings.Contains(err.Error(), f.Path) {
				t.Errorf("%v", err)
			}
		})
	}
}

// copyOver puts a copy in the place of a file.
func copyOver(path string) error {
	b, err := os.ReadFile(path)
	return errors.Join(err, os.Rename(path, path+".old"), os.WriteFile(path, b, 0o666))
}
