package checkpoint

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func entry(name, content string) Entry {
	return Entry{name, func(w io.Writer) error { _, err := io.WriteString(w, content); return err }}
}

func write(t *testing.T, root string, steps ...int64) {
	t.Helper()
	for _, s := range steps {
		if _, err := Write(OS{}, root, s, []Entry{entry("a", strings.Repeat("x", 1000)), entry("b", "")}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWriteReplacesAndVerifies(t *testing.T) {
	root := t.TempDir()
	write(t, root, 7)
	n, err := Write(OS{}, root, 7, []Entry{entry("a", "new")})
	if err != nil || n < 3 || Size(OS{}, root, 7) != n {
		t.Fatalf("%d bytes, size %d, %v", n, Size(OS{}, root, 7), err)
	}
	if b, _ := os.ReadFile(filepath.Join(Dir(root, 7), "a")); string(b) != "new" {
		t.Errorf("a = %q", b)
	}
	if entries, _ := os.ReadDir(root); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	if err := Verify(OS{}, root, 7); err != nil {
		t.Error(err)
	}
}

// TestFailedWriteLeavesTheOldOne: an error in the middle of a replacement changes nothing.
func TestFailedWriteLeavesTheOldOne(t *testing.T) {
	root := t.TempDir()
	write(t, root, 7)
	broken := errors.New("broken")
	_, err := Write(OS{}, root, 7, []Entry{entry("a", "new"), {"b", func(io.Writer) error { return broken }}})
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if err := Verify(OS{}, root, 7); err != nil {
		t.Error(err)
	}
	if b, _ := os.ReadFile(filepath.Join(Dir(root, 7), "a")); len(b) != 1000 {
		t.Errorf("a has %d bytes", len(b))
	}
}

// TestNewestSkipsDamage: each kind of damage is seen, named, and passed over.
func TestNewestSkipsDamage(t *testing.T) {
	for name, damage := range map[string]func(dir string) error{
		"a flipped bit": func(dir string) error {
			b, err := os.ReadFile(filepath.Join(dir, "a"))
			b[500] ^= 1
			return errors.Join(err, os.WriteFile(filepath.Join(dir, "a"), b, 0o666))
		},
		"a short file":     func(dir string) error { return os.Truncate(filepath.Join(dir, "a"), 999) },
		"a lost file":      func(dir string) error { return os.Remove(filepath.Join(dir, "b")) },
		"lost checksums":   func(dir string) error { return os.Remove(filepath.Join(dir, checksums)) },
		"empty checksums":  func(dir string) error { return os.Truncate(filepath.Join(dir, checksums), 0) },
		"absurd checksums": func(dir string) error { return os.Truncate(filepath.Join(dir, checksums), 1<<30) },
		"checksums of outside": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, checksums), []byte(strings.Repeat("0", 64)+"  ../../secret\n"), 0o666)
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			write(t, root, 5, 10)
			if err := damage(Dir(root, 10)); err != nil {
				t.Fatal(err)
			}
			step, damaged, err := Newest(OS{}, root)
			if err != nil || step != 5 || len(damaged) != 1 || !strings.Contains(damaged[0].Error(), "step-000010") {
				t.Errorf("step %d, damaged %v, %v", step, damaged, err)
			}
			if err := os.RemoveAll(Dir(root, 5)); err != nil {
				t.Fatal(err)
			}
			if _, _, err := Newest(OS{}, root); !errors.Is(err, ErrNone) {
				t.Errorf("nothing good left: %v", err)
			}
		})
	}
}

func TestListIgnoresStrangers(t *testing.T) {
	root := t.TempDir()
	write(t, root, 1_000_000, 5)
	for _, name := range []string{"step-5", "step-x", "step--00001", ".writing-step-000009", "notes"} {
		if err := os.Mkdir(filepath.Join(root, name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "step-000009"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if got := List(OS{}, root); !slices.Equal(got, []int64{5, 1_000_000}) {
		t.Errorf("steps %v", got)
	}
}

// TestClean: a checkpoint whose replacement was cut off gets its name back; everything else that is unfinished goes.
func TestClean(t *testing.T) {
	root := t.TempDir()
	write(t, root, 5, 6)
	for from, to := range map[string]string{"step-000005": replaced + "step-000005"} {
		if err := os.Rename(filepath.Join(root, from), filepath.Join(root, to)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{writing + "step-000007", replaced + "step-000006", removed + "step-000004"} {
		if err := os.MkdirAll(filepath.Join(root, name, "x"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := Clean(OS{}, root); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(root); len(entries) != 2 {
		t.Errorf("left: %v", entries)
	}
	for _, s := range []int64{5, 6} {
		if err := Verify(OS{}, root, s); err != nil {
			t.Error(err)
		}
	}
}

func TestPrune(t *testing.T) {
	all := []int64{10, 20, 30, 40, 50, 60}
	root := t.TempDir()
	write(t, root, 10)
	size := Size(OS{}, root, 10)
	for _, c := range []struct {
		keep Keep
		want []int64
	}{
		{Keep{}, all},
		{Keep{Last: 2}, []int64{50, 60}},
		{Keep{Last: 1, Every: 30}, []int64{30, 60}},
		{Keep{Bytes: 2 * size}, []int64{50, 60}},
		{Keep{Bytes: 1}, []int64{60}},
		{Keep{Every: 20, Bytes: 3 * size}, []int64{20, 40, 60}},
		{Keep{Every: 20, Bytes: 2 * size}, []int64{40, 60}},
		{Keep{Last: 10}, all},
	} {
		root := t.TempDir()
		write(t, root, all...)
		removed, err := Prune(OS{}, root, c.keep)
		if err != nil {
			t.Fatal(err)
		}
		if got := List(OS{}, root); !slices.Equal(got, c.want) || len(got)+len(removed) != len(all) {
			t.Errorf("%+v: kept %v, removed %v; want %v kept", c.keep, got, removed, c.want)
		}
	}
}

func TestAfter(t *testing.T) {
	root := t.TempDir()
	write(t, root, 1, 2, 3)
	if err := After(OS{}, root, 2); err != nil {
		t.Fatal(err)
	}
	if got := List(OS{}, root); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("steps %v", got)
	}
}
