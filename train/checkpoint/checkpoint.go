// Package checkpoint keeps a folder of checkpoints that survives crashes. A checkpoint is a folder step-000100 with the
// caller's files and checksums.sha256, which "sha256sum -c" understands. It is written under another name, every file and
// the folder synced, then renamed; what exists under its own name is whole unless the disk damaged it, and the checksums
// tell that.
package checkpoint

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"anila/internal/files"
)

const (
	prefix    = "step-"
	writing   = ".writing-"  // prefix of a folder that is not complete
	replaced  = ".replaced-" // prefix of a checkpoint whose successor is about to get its name
	removed   = ".removed-"  // prefix of a checkpoint that is being removed
	damaged   = "damaged-"   // prefix of a checkpoint that was set aside
	checksums = "checksums.sha256"
	// maxChecksums bounds how much of a checksum file is read: a line of about 100 bytes for each file is right.
	maxChecksums = 1 << 20
)

// ErrNone says that there is no checkpoint at all, or no good one.
var ErrNone = errors.New("checkpoint: no good checkpoint")

// DamageError says that a checkpoint is not what was written: a file is missing, is no regular file, or does not have its
// checksum. What could not be read is another error: nobody knows then whether it is good.
type DamageError struct {
	Dir    string // of the checkpoint
	Reason string // names the file
}

func (e *DamageError) Error() string { return "checkpoint: " + e.Reason }

// Entry is one file of a checkpoint.
type Entry struct {
	Name  string
	Write func(w io.Writer) error
}

// Dir returns the folder of a step's checkpoint below root.
func Dir(root string, step int64) string {
	return filepath.Join(root, fmt.Sprintf("%s%06d", prefix, step))
}

func has(entries []os.DirEntry, name string) bool {
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == name })
}

// hashing writes to w and hashes what it writes.
type hashing struct {
	w    io.Writer
	hash hash.Hash
	n    int64
}

func (h *hashing) Write(p []byte) (int, error) {
	n, err := h.w.Write(p)
	h.hash.Write(p[:n])
	h.n += int64(n)
	return n, err
}

// List returns the steps that have a checkpoint, good or not, in ascending order. A folder that does not exist has none; one
// that cannot be read is an error.
func List(fs FS, root string) ([]int64, error) {
	entries, err := readDir(fs, root)
	var steps []int64
	for _, e := range entries {
		if step, ok := stepOf(e, e.Name()); ok {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	return steps, err
}

// readDir lists a folder; one that does not exist is empty.
func readDir(fs FS, dir string) ([]os.DirEntry, error) {
	entries, err := fs.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	return entries, nil
}

// stepOf returns the step of a checkpoint's folder, or of a link to one, by its name.
func stepOf(e os.DirEntry, name string) (int64, bool) {
	digits, ok := strings.CutPrefix(name, prefix)
	step, err := strconv.ParseInt(digits, 10, 64)
	ok = ok && err == nil && step >= 0 && filepath.Base(Dir("", step)) == name
	return step, ok && (e.IsDir() || e.Type()&os.ModeSymlink != 0)
}

// Verify reads a checkpoint's files and compares their checksums, which must list the required names. A *DamageError names
// the file that is not what was written; any other error says what could not be read.
func Verify(fs FS, root string, step int64, required ...string) error {
	return VerifyDir(fs, Dir(root, step), required...)
}

// VerifyDir is Verify of a checkpoint by its folder, whatever its name is.
func VerifyDir(fs FS, dir string, required ...string) error {
	path := filepath.Join(dir, checksums)
	bad := func(format string, args ...any) error { return &DamageError{dir, fmt.Sprintf(format, args...)} }
	f, err := open(fs, dir, path)
	if err != nil {
		return err
	}
	list, err := io.ReadAll(io.LimitReader(f, maxChecksums+1))
	f.Close()
	if err != nil {
		return fmt.Errorf("checkpoint: %s: %w", path, err)
	}
	if len(list) > maxChecksums {
		return bad("%s has more than %d bytes", path, maxChecksums)
	}
	var names []string
	lines := strings.Split(strings.TrimSuffix(string(list), "\n"), "\n")
	for i, line := range lines {
		sum, name, ok := strings.Cut(line, "  ")
		want, err := hex.DecodeString(sum)
		if !ok || err != nil || len(want) != sha256.Size || name == "" || name != filepath.Base(name) || name == ".." {
			return bad("%s: line %d is not a SHA-256 checksum and a file name", path, i+1)
		}
		if err := verifyFile(fs, dir, filepath.Join(dir, name), want); err != nil {
			return err
		}
		names = append(names, name)
	}
	for _, name := range required {
		if !slices.Contains(names, name) {
			return bad("%s does not list %s", path, name)
		}
	}
	return nil
}

// open opens a file of a checkpoint. That it is not there, or no regular file, is damage.
func open(fs FS, dir, path string) (io.ReadCloser, error) {
	f, err := fs.Open(path)
	var irregular *files.FormatError
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, &DamageError{dir, path + " is missing"}
	case errors.As(err, &irregular):
		return nil, &DamageError{dir, irregular.Error()}
	case err != nil:
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	return f, nil
}

func verifyFile(fs FS, dir, path string, want []byte) error {
	f, err := open(fs, dir, path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return fmt.Errorf("checkpoint: %s: %w", path, err)
	}
	if !bytes.Equal(h.Sum(nil), want) {
		return &DamageError{dir, fmt.Sprintf("%s is damaged: its %d bytes do not have the SHA-256 of %s", path, n, checksums)}
	}
	return nil
}

// Found is what Newest came to.
type Found struct {
	Step    int64
	Dir     string         // its folder; another name than Dir's until Clean has been called, where a replacement was cut off
	Damaged []*DamageError // of the later ones, the newest first
}

// Newest finds the last checkpoint that is good and lists the required names. It changes nothing. Without one the error is
// ErrNone; a checkpoint that cannot be read is another error, whatever there is beside it: it may be the one.
func Newest(fs FS, root string, required ...string) (Found, error) {
	entries, err := readDir(fs, root)
	if err != nil {
		return Found{}, err
	}
	type place struct {
		step int64
		name string
	}
	var places []place
	for _, e := range entries {
		name, was := strings.CutPrefix(e.Name(), replaced)
		if step, ok := stepOf(e, name); ok && !(was && has(entries, name)) {
			places = append(places, place{step, e.Name()})
		}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(b.step, a.step) })
	var found Found
	for _, p := range places {
		dir := filepath.Join(root, p.name)
		var bad *DamageError
		switch err := VerifyDir(fs, dir, required...); {
		case err == nil:
			found.Step, found.Dir = p.step, dir
			return found, nil
		case errors.As(err, &bad):
			found.Damaged = append(found.Damaged, bad)
		default:
			return found, err
		}
	}
	return found, fmt.Errorf("%w in %s", ErrNone, root)
}

// SetAside gives a damaged checkpoint another name, by which nothing finds it any more, and returns it: damaged-step-000100,
// or that with a number behind it where it exists.
func SetAside(fs FS, root string, bad *DamageError) (string, error) {
	entries, err := readDir(fs, root)
	if err != nil {
		return "", err
	}
	name := damaged + strings.TrimPrefix(filepath.Base(bad.Dir), replaced)
	free := name
	for n := 2; has(entries, free); n++ {
		free = fmt.Sprintf("%s-%d", name, n)
	}
	to := filepath.Join(root, free)
	if err := fs.Rename(bad.Dir, to); err != nil {
		return "", fmt.Errorf("checkpoint: %w", err)
	}
	return to, fs.SyncDir(root)
}

// Clean removes what interrupted writes left behind, and gives a checkpoint its name back whose successor did not come to
// have it. Only the holder of the run's lock may call it.
func Clean(fs FS, root string) error {
	entries, err := readDir(fs, root)
	errs := []error{err}
	for _, e := range entries {
		path := filepath.Join(root, e.Name())
		name, was := strings.CutPrefix(e.Name(), replaced)
		switch {
		case was && !has(entries, name):
			errs = append(errs, fs.Rename(path, filepath.Join(root, name)))
		case was || strings.HasPrefix(e.Name(), writing) || strings.HasPrefix(e.Name(), removed):
			errs = append(errs, fs.RemoveAll(path))
		}
	}
	return errors.Join(errs...)
}

// Unfinished tells whether a folder holds no checkpoint, and nothing but what interrupted writes left behind.
func Unfinished(fs FS, root string) bool {
	entries, err := fs.ReadDir(root)
	return err == nil && !slices.ContainsFunc(entries, func(e os.DirEntry) bool { return !strings.HasPrefix(e.Name(), writing) })
}

// After removes the checkpoints of steps beyond step, the newest first: a run that goes back must not find them again.
func After(fs FS, root string, step int64) error {
	steps, err := List(fs, root)
	errs := []error{err}
	for _, s := range slices.Backward(steps) {
		if s > step {
			errs = append(errs, remove(fs, root, s))
		}
	}
	return errors.Join(errs...)
}

// remove takes a checkpoint's name away before its files, so that no half of it can be found.
func remove(fs FS, root string, step int64) error {
	dir := Dir(root, step)
	gone := filepath.Join(root, removed+filepath.Base(dir))
	if err := fs.RemoveAll(gone); err != nil {
		return err
	}
	if err := fs.Rename(dir, gone); err != nil {
		return err
	}
	if err := fs.SyncDir(root); err != nil {
		return err
	}
	return fs.RemoveAll(gone)
}
