package checkpoint

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func entry(name, content string) Entry {
	return Entry{name, func(w io.Writer) error { _, err := io.WriteString(w, content); return err }}
}

// unsynced is the real file system without waiting for the disk.
type unsynced struct{ OS }

type unsyncedFile struct{ File }

func (unsynced) SyncDir(string) error { return nil }
func (f unsynced) Create(name string) (File, error) {
	file, err := f.OS.Create(name)
	return unsyncedFile{file}, err
}
func (unsyncedFile) Sync() error { return nil }

func write(t *testing.T, root string, steps ...int64) {
	t.Helper()
	for _, s := range steps {
		if _, err := Write(unsynced{}, root, s, []Entry{entry("a", strings.Repeat("x", 1000)), entry("b", "")}); err != nil {
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
		"a folder for a file": func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "b")), os.Mkdir(filepath.Join(dir, "b"), 0o777))
		},
		"a pipe for a file": func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "b")), pipe(filepath.Join(dir, "b")))
		},
		"a pipe for checksums": func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, checksums)), pipe(filepath.Join(dir, checksums)))
		},
		"a link to nothing": func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "b")), os.Symlink("nowhere", filepath.Join(dir, "b")))
		},
		"a list that lacks a file": func(dir string) error {
			list, err := os.ReadFile(filepath.Join(dir, checksums))
			first, _, _ := strings.Cut(string(list), "\n")
			return errors.Join(err, os.WriteFile(filepath.Join(dir, checksums), []byte(first+"\n"), 0o666))
		},
		"a list and its file gone": func(dir string) error {
			list, err := os.ReadFile(filepath.Join(dir, checksums))
			first, _, _ := strings.Cut(string(list), "\n")
			return errors.Join(err, os.WriteFile(filepath.Join(dir, checksums), []byte(first+"\n"), 0o666), os.Remove(filepath.Join(dir, "b")))
		},
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
			found, err := Newest(OS{}, root, "a", "b")
			if err != nil || found.Step != 5 || found.Dir != Dir(root, 5) || len(found.Damaged) != 1 || !strings.Contains(found.Damaged[0].Error(), "step-000010") {
				t.Errorf("%+v, %v", found, err)
			}
			var bad *DamageError
			if err := Verify(OS{}, root, 10, "a", "b"); !errors.As(err, &bad) || bad.Dir != Dir(root, 10) {
				t.Errorf("verify: %v", err)
			}
			if err := os.RemoveAll(Dir(root, 5)); err != nil {
				t.Fatal(err)
			}
			if _, err := Newest(OS{}, root, "a", "b"); !errors.Is(err, ErrNone) {
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
	if got := list(t, root); !slices.Equal(got, []int64{5, 1_000_000}) {
		t.Errorf("steps %v", got)
	}
	if got := list(t, filepath.Join(root, "none")); got != nil {
		t.Errorf("steps %v of a folder that does not exist", got)
	}
}

func list(t *testing.T, root string) []int64 {
	t.Helper()
	steps, err := List(OS{}, root)
	if err != nil {
		t.Fatal(err)
	}
	return steps
}

// TestLinkedCheckpoint: a checkpoint that was moved to another disk, with a link in its place, is one.
func TestLinkedCheckpoint(t *testing.T) {
	root, other := t.TempDir(), t.TempDir()
	write(t, root, 5, 6)
	if err := os.Rename(Dir(root, 6), filepath.Join(other, "x")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(other, "x"), Dir(root, 6)); err != nil {
		t.Skip(err)
	}
	if found, err := Newest(OS{}, root); err != nil || found.Step != 6 {
		t.Errorf("%+v, %v", found, err)
	}
	if _, err := Prune(OS{}, root, Keep{Last: 1}, 6); err != nil || !slices.Equal(list(t, root), []int64{6}) {
		t.Errorf("%v, %v", list(t, root), err)
	}
}

// failing is a file system in which reading something fails.
type failing struct {
	OS
	name string // base name of what cannot be read
	err  error
	late bool // it can be opened, and fails then
}

type failingReader struct {
	io.Closer
	err error
}

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

func (f failing) Open(name string) (io.ReadCloser, error) {
	r, err := f.OS.Open(name)
	switch {
	case filepath.Base(name) != f.name || err != nil:
		return r, err
	case f.late:
		return failingReader{r, f.err}, nil
	}
	r.Close()
	return nil, f.err
}

func (f failing) ReadDir(dir string) ([]os.DirEntry, error) {
	if filepath.Base(dir) == f.name {
		return nil, f.err
	}
	return f.OS.ReadDir(dir)
}

// TestUnreadableIsNotDamaged: what cannot be read is told as such, for each file and folder and each reason; nothing older is
// taken in its place, nothing is counted as damaged, and nothing is changed.
func TestUnreadableIsNotDamaged(t *testing.T) {
	root := filepath.Join(t.TempDir(), "checkpoints")
	if err := os.Mkdir(root, 0o777); err != nil {
		t.Fatal(err)
	}
	write(t, root, 5, 10)
	for _, reason := range []error{syscall.EACCES, syscall.EPERM, syscall.EIO, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.ELOOP} {
		for _, name := range []string{"a", "b", checksums, "checkpoints"} {
			for _, late := range []bool{false, true} {
				fs := failing{name: name, err: &os.PathError{Op: "open", Path: name, Err: reason}, late: late}
				found, err := Newest(fs, root, "a", "b")
				var bad *DamageError
				if !errors.Is(err, reason) || errors.Is(err, ErrNone) || errors.As(err, &bad) || found.Damaged != nil {
					t.Errorf("%s: %v (late %v): %+v, %v", name, reason, late, found, err)
				}
				if name != "checkpoints" {
					continue
				}
				if _, err := List(fs, root); !errors.Is(err, reason) {
					t.Errorf("List: %v", err)
				}
				if _, err := Prune(fs, root, Keep{Last: 1}, 10); !errors.Is(err, reason) {
					t.Errorf("Prune: %v", err)
				}
				if err := errors.Join(After(fs, root, 0), Clean(fs, root)); !errors.Is(err, reason) {
					t.Errorf("After, Clean: %v", err)
				}
			}
		}
	}
	if got := list(t, root); !slices.Equal(got, []int64{5, 10}) {
		t.Errorf("left: %v", got)
	}
}

// TestSetAside: a damaged checkpoint gets a name that nothing looks for, as often as it must.
func TestSetAside(t *testing.T) {
	root := t.TempDir()
	for _, want := range []string{"damaged-step-000010", "damaged-step-000010-2", "damaged-step-000010-3"} {
		write(t, root, 5, 10)
		if err := os.Truncate(filepath.Join(Dir(root, 10), "a"), 3); err != nil {
			t.Fatal(err)
		}
		found, err := Newest(OS{}, root)
		if err != nil || len(found.Damaged) != 1 {
			t.Fatalf("%+v, %v", found, err)
		}
		if to, err := SetAside(OS{}, root, found.Damaged[0]); err != nil || filepath.Base(to) != want {
			t.Errorf("%s, %v; want %s", to, err, want)
		}
		if got := list(t, root); !slices.Equal(got, []int64{5}) {
			t.Errorf("left: %v", got)
		}
	}
	if err := Clean(OS{}, root); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(root); len(entries) != 4 {
		t.Errorf("left: %v", entries)
	}
}

// TestNewestBeforeClean: a checkpoint whose replacement was cut off is found, good or damaged, before it has its name back.
func TestNewestBeforeClean(t *testing.T) {
	root := t.TempDir()
	write(t, root, 5, 10)
	old := filepath.Join(root, replaced+"step-000010")
	if err := os.Rename(Dir(root, 10), old); err != nil {
		t.Fatal(err)
	}
	if found, err := Newest(OS{}, root, "a", "b"); err != nil || found.Step != 10 || found.Dir != old {
		t.Errorf("%+v, %v", found, err)
	}
	if err := os.Truncate(filepath.Join(old, "a"), 3); err != nil {
		t.Fatal(err)
	}
	found, err := Newest(OS{}, root, "a", "b")
	if err != nil || found.Step != 5 || len(found.Damaged) != 1 {
		t.Fatalf("%+v, %v", found, err)
	}
	if to, err := SetAside(OS{}, root, found.Damaged[0]); err != nil || filepath.Base(to) != "damaged-step-000010" {
		t.Errorf("%s, %v", to, err)
	}
}

// TestNoSync: a file system that cannot sync files or folders is told of and done without; other errors are errors.
func TestNoSync(t *testing.T) {
	for _, e := range []error{syscall.EINVAL, syscall.ENOTSUP, syscall.EOPNOTSUPP, syscall.ENOSYS} {
		if !unsupported(&os.PathError{Op: "sync", Path: "x", Err: e}) {
			t.Errorf("%v is no word of a file system that cannot sync", e)
		}
	}
	for _, e := range []error{nil, syscall.EIO, syscall.ENOSPC, syscall.EROFS, syscall.EACCES} {
		if e != nil && unsupported(&os.PathError{Op: "sync", Path: "x", Err: e}) || e == nil && unsupported(nil) {
			t.Errorf("%v counts as a file system that cannot sync", e)
		}
	}
	dir := t.TempDir()
	if err := errors.Join(NoSync(dir), OS{}.SyncDir(dir)); err != nil {
		t.Error(err)
	}
	if err := (OS{}).SyncDir(filepath.Join(dir, "none")); err == nil {
		t.Error("a folder that is not there was synced")
	}
	if runtime.GOOS != "linux" {
		return
	}
	if NoSync("/proc") == nil { // which has no fsync, neither has /dev/null
		t.Error("/proc syncs folders")
	}
	f, err := OS{}.Create("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(OS{}.SyncDir("/proc"), f.Sync(), f.Close()); err != nil {
		t.Error(err)
	}
}

// TestMkdir: a folder is made in one that exists, and may exist already; what is above it is never made.
func TestMkdir(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := errors.Join(OS{}.Mkdir(path), OS{}.Mkdir(path)); err != nil {
		t.Error(err)
	}
	if err := (OS{}).Mkdir(filepath.Join(dir, "b", "c")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("below nothing: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "f"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := (OS{}).Mkdir(filepath.Join(dir, "f")); err == nil {
		t.Error("a file passed for a folder")
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
	scheduled := func(s int64) bool { return s == 20 || s == 40 }
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
		{Keep{Last: 1, Scheduled: scheduled}, []int64{40, 60}},
		{Keep{Last: 2, Scheduled: scheduled}, []int64{20, 40, 60}},
		{Keep{Scheduled: scheduled}, []int64{20, 40, 60}},
		{Keep{Last: 1, Every: 30, Scheduled: scheduled}, []int64{30, 40, 60}},
		{Keep{Bytes: 3 * size, Scheduled: scheduled}, []int64{20, 40, 60}},
		{Keep{Bytes: 2 * size, Scheduled: scheduled}, []int64{40, 60}},
		{Keep{Bytes: 1, Scheduled: scheduled}, []int64{40, 60}},
	} {
		root := t.TempDir()
		write(t, root, all...)
		removed, err := Prune(unsynced{}, root, c.keep, 60)
		if err != nil {
			t.Fatal(err)
		}
		if got := list(t, root); !slices.Equal(got, c.want) || len(got)+len(removed) != len(all) {
			t.Errorf("%+v: kept %v, removed %v; want %v kept", c.keep, got, removed, c.want)
		}
	}
}

// TestPruneSparesWhatWasJustWritten, whatever lies beside it.
func TestPruneSparesWhatWasJustWritten(t *testing.T) {
	for _, written := range []int64{10, 20, 60} {
		for _, k := range []Keep{{Last: 1}, {Bytes: 1}, {Last: 1, Bytes: 1, Scheduled: func(s int64) bool { return s > 20 }}} {
			root := t.TempDir()
			write(t, root, 10, 20, 30, 40, 50, 60)
			if _, err := Prune(unsynced{}, root, k, written); err != nil {
				t.Fatal(err)
			}
			if got := list(t, root); !slices.Contains(got, written) || len(got) > 2 {
				t.Errorf("%+v after %d: %v", k, written, got)
			}
		}
	}
}

func TestAfter(t *testing.T) {
	root := t.TempDir()
	write(t, root, 1, 2, 3)
	if err := After(OS{}, root, 2); err != nil {
		t.Fatal(err)
	}
	if got := list(t, root); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("steps %v", got)
	}
}
