package run

import (
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
	for _, name := range []string{"lock", "config.toml.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("pid 1"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	f, err := CreateFolder(dir, "x")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}

// TestLockRefusesSecondWriter: one writer at a time, and the next one as soon as the first is gone, though its file stays.
func TestLockRefusesSecondWriter(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	f, err := CreateFolder(dir, "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.Join("config.toml"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFolder(dir); err == nil || !strings.Contains(err.Error(), "pid ") {
		t.Errorf("second writer: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if f, err = OpenFolder(dir); err != nil {
		t.Fatal(err)
	}
	f.Close()
}
