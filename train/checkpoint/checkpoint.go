// Package checkpoint keeps a folder of checkpoints that survives crashes. A checkpoint is a folder step-000100 with the
// caller's files and checksums.sha256, which "sha256sum -c" understands. It is written under another name, every file and
// the folder synced, then renamed; what exists under its own name is whole unless the disk damaged it, and the checksums
// tell that.
package checkpoint

import (
	"bufio"
	"bytes"
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
)

const (
	prefix    = "step-"
	writing   = ".writing-"  // prefix of a folder that is not complete
	replaced  = ".replaced-" // prefix of a checkpoint whose successor is about to get its name
	removed   = ".removed-"  // prefix of a checkpoint that is being removed
	checksums = "checksums.sha256"
	// maxChecksums bounds how much of a checksum file is read: a few lines of about 100 bytes are right.
	maxChecksums = 64 << 10
)

// ErrNone says that there is no checkpoint at all, or no good one.
var ErrNone = errors.New("checkpoint: no good checkpoint")

// Entry is one file of a checkpoint.
type Entry struct {
	Name  string
	Write func(w io.Writer) error
}

// Dir returns the folder of a step's checkpoint below root.
func Dir(root string, step int64) string {
	return filepath.Join(root, fmt.Sprintf("%s%06d", prefix, step))
}

// Write makes the checkpoint of a step and returns its size in bytes. A checkpoint of the same step is replaced. After an
// error everything that was there before still is.
func Write(fs FS, root string, step int64, entries []Entry) (int64, error) {
	final := Dir(root, step)
	name := filepath.Base(final)
	tmp, old := filepath.Join(root, writing+name), filepath.Join(root, replaced+name)
	fail := func(err error) (int64, error) {
		fs.RemoveAll(tmp)
		return 0, fmt.Errorf("checkpoint: %s: %w", final, err)
	}
	for _, stale := range []string{tmp, old} {
		if err := fs.RemoveAll(stale); err != nil {
			return fail(err)
		}
	}
	if err := fs.MkdirAll(tmp); err != nil {
		return fail(err)
	}
	var total int64
	var sums bytes.Buffer
	for _, e := range entries {
		h := hashing{hash: sha256.New()}
		err := writeSynced(fs, filepath.Join(tmp, e.Name), func(w io.Writer) error {
			h.w = w
			b := bufio.NewWriterSize(&h, 1<<20)
			if err := e.Write(b); err != nil {
				return err
			}
			return b.Flush()
		})
		if err != nil {
			return fail(err)
		}
		total += h.n
		fmt.Fprintf(&sums, "%x  %s\n", h.hash.Sum(nil), e.Name)
	}
	err := writeSynced(fs, filepath.Join(tmp, checksums), func(w io.Writer) error { _, err := w.Write(sums.Bytes()); return err })
	if err != nil {
		return fail(err)
	}
	if err := fs.SyncDir(tmp); err != nil {
		return fail(err)
	}
	if exists(fs, root, name) {
		if err := fs.Rename(final, old); err != nil {
			return fail(err)
		}
	}
	if err := fs.Rename(tmp, final); err != nil {
		fs.Rename(old, final)
		return fail(err)
	}
	if err := fs.SyncDir(root); err != nil {
		return fail(err)
	}
	return total + int64(sums.Len()), fs.RemoveAll(old)
}

func exists(fs FS, root, name string) bool {
	entries, _ := fs.ReadDir(root)
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

// List returns the steps that have a checkpoint, good or not, in ascending order. A folder that does not exist has none.
func List(fs FS, root string) []int64 {
	entries, _ := fs.ReadDir(root)
	var steps []int64
	for _, e := range entries {
		digits, ok := strings.CutPrefix(e.Name(), prefix)
		step, err := strconv.ParseInt(digits, 10, 64)
		if ok && err == nil && step >= 0 && e.IsDir() && filepath.Base(Dir(root, step)) == e.Name() {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	return steps
}

// Verify reads a checkpoint's files and compares their checksums. The error names the file.
func Verify(fs FS, root string, step int64) error {
	dir := Dir(root, step)
	f, err := fs.Open(filepath.Join(dir, checksums))
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	list, err := io.ReadAll(io.LimitReader(f, maxChecksums+1))
	f.Close()
	if err != nil || len(list) > maxChecksums {
		return fmt.Errorf("checkpoint: %s: unreadable (%d bytes read, %v)", filepath.Join(dir, checksums), len(list), err)
	}
	lines := strings.Split(strings.TrimSuffix(string(list), "\n"), "\n")
	for i, line := range lines {
		sum, name, ok := strings.Cut(line, "  ")
		want, err := hex.DecodeString(sum)
		if !ok || err != nil || len(want) != sha256.Size || name == "" || name != filepath.Base(name) || name == ".." {
			return fmt.Errorf("checkpoint: %s: line %d is not a SHA-256 checksum and a file name", filepath.Join(dir, checksums), i+1)
		}
		if err := verifyFile(fs, filepath.Join(dir, name), want); err != nil {
			return err
		}
	}
	return nil
}

func verifyFile(fs FS, path string, want []byte) error {
	f, err := fs.Open(path)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return fmt.Errorf("checkpoint: %s: %w", path, err)
	}
	if !bytes.Equal(h.Sum(nil), want) {
		return fmt.Errorf("checkpoint: %s is damaged: its %d bytes do not have the SHA-256 of %s", path, n, checksums)
	}
	return nil
}

// Newest returns the last step whose checkpoint is good, with what is wrong with the later ones, or ErrNone.
func Newest(fs FS, root string) (step int64, damaged []error, err error) {
	steps := List(fs, root)
	for _, step := range slices.Backward(steps) {
		err := Verify(fs, root, step)
		if err == nil {
			return step, damaged, nil
		}
		damaged = append(damaged, err)
	}
	return 0, damaged, fmt.Errorf("%w in %s", ErrNone, root)
}

// Clean removes what interrupted writes left behind, and gives a checkpoint its name back whose successor did not come to
// have it. Only the holder of the run's lock may call it.
func Clean(fs FS, root string) error {
	entries, _ := fs.ReadDir(root)
	var errs []error
	for _, e := range entries {
		path := filepath.Join(root, e.Name())
		name, was := strings.CutPrefix(e.Name(), replaced)
		switch {
		case was && !exists(fs, root, name):
			errs = append(errs, fs.Rename(path, filepath.Join(root, name)))
		case was || strings.HasPrefix(e.Name(), writing) || strings.HasPrefix(e.Name(), removed):
			errs = append(errs, fs.RemoveAll(path))
		}
	}
	return errors.Join(errs...)
}

// After removes the checkpoints of steps beyond step: a run that goes back must not find them again.
func After(fs FS, root string, step int64) error {
	var errs []error
	for _, s := range List(fs, root) {
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
