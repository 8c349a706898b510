package files

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.txt")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	holds := func(want string) {
		t.Helper()
		entries, _ := os.ReadDir(dir)
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want || len(entries) != 1 {
			t.Errorf("%d files, %q, %v; want one of %q", len(entries), got, err, want)
		}
	}
	if err := Write(path, text("one")); err != nil {
		t.Fatal(err)
	}
	holds("one")
	if err := Write(path, text("two")); err != nil {
		t.Fatal(err)
	}
	holds("two")
	broken := errors.New("broken")
	err := Write(path, func(w io.Writer) error { io.WriteString(w, "three"); return broken })
	if err != broken {
		t.Errorf("%v, want the error of the writing", err)
	}
	holds("two")
	if err := Write(filepath.Join(dir, "none", "x"), text("")); err == nil {
		t.Error("written into a folder that does not exist")
	}
}
