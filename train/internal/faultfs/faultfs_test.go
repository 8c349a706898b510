package faultfs

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"

	"anila/train/checkpoint"
)

// TestLosses: what survives of a file written beside and renamed, at each point and under each loss.
func TestLosses(t *testing.T) {
	r := &Recorder{Root: t.TempDir()}
	if err := checkpoint.WriteFile(r, filepath.Join(r.Root, "a"), []byte("1234")); err != nil {
		t.Fatal(err)
	}
	want := []string{"create a.tmp", "write a.tmp", "sync a.tmp", "rename a.tmp a", "syncdir ."}
	if r.Len() != len(want) {
		t.Fatalf("%d changes, want %v", r.Len(), want)
	}
	for i, w := range want {
		if got := r.String(i); got != w {
			t.Errorf("change %d: %s, want %s", i, got, w)
		}
	}
	for _, c := range []struct {
		n    int
		loss Loss
		name string
		want string
	}{
		{1, Bytes, "a.tmp", ""}, {2, Bytes, "a.tmp", ""}, {2, Half, "a.tmp", "12"}, {3, Bytes, "a.tmp", "1234"},
		{4, Bytes, "a", "1234"}, {5, Everything, "a", "1234"},
	} {
		d := r.After(c.n, c.loss)
		if got := string(d.files[c.name]); got != c.want || !d.Has(c.name) {
			t.Errorf("after %d, loss %d: %s = %q, want %q", c.n, c.loss, c.name, got, c.want)
		}
	}
	if d := r.After(4, Everything); len(d.paths) != 0 {
		t.Errorf("names that were not synced survived: %v", d.paths)
	}
}

func TestFull(t *testing.T) {
	f := &Full{}
	f.SetFree(3)
	name := filepath.Join(t.TempDir(), "a")
	if err := checkpoint.WriteFile(f, name, []byte("1234")); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("error %v", err)
	}
	f.SetFree(4)
	if err := checkpoint.WriteFile(f, name, []byte("1234")); err != nil {
		t.Error(err)
	}
}
