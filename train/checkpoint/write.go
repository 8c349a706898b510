package checkpoint

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"path/filepath"
)

// Writing is a checkpoint that is not complete: a folder of another name, to which several processes may add files.
type Writing struct {
	fs                     FS
	root, name             string
	temporary, before, end string // its folder; where what it replaces goes; what it will be
}

// Sums are what a process added.
type Sums struct {
	Bytes int64
	Lines string // of the checksums
}

// Write makes the checkpoint of a step and returns its size in bytes. A checkpoint of the same step is replaced. After an
// error everything that was there before still is.
func Write(fs FS, root string, step int64, entries []Entry) (int64, error) {
	w, err := Begin(fs, root, step)
	if err != nil {
		return 0, err
	}
	sums, err := w.Add(entries)
	if err != nil {
		w.Discard()
		return 0, err
	}
	return w.Commit(sums)
}

// Begin begins the checkpoint of a step.
func Begin(fs FS, root string, step int64) (*Writing, error) {
	w := Join(fs, root, step)
	for _, stale := range []string{w.temporary, w.before} {
		if err := fs.RemoveAll(stale); err != nil {
			return nil, w.error(err)
		}
	}
	if err := fs.Mkdir(w.temporary); err != nil {
		return nil, w.error(err)
	}
	return w, nil
}

// Join returns the checkpoint of a step that another process has begun.
func Join(fs FS, root string, step int64) *Writing {
	end := Dir(root, step)
	name := filepath.Base(end)
	return &Writing{fs, root, name, filepath.Join(root, writing+name), filepath.Join(root, replaced+name), end}
}

func (w *Writing) error(err error) error { return fmt.Errorf("checkpoint: %s: %w", w.end, err) }

// Add writes files, whose bytes are on the disk when it returns.
func (w *Writing) Add(entries []Entry) (sums Sums, err error) {
	for _, e := range entries {
		h := hashing{hash: sha256.New()}
		err := writeSynced(w.fs, filepath.Join(w.temporary, e.Name), func(to io.Writer) error {
			h.w = to
			b := bufio.NewWriterSize(&h, 1<<20)
			if err := e.Write(b); err != nil {
				return err
			}
			return b.Flush()
		})
		if err != nil {
			return Sums{}, w.error(err)
		}
		sums.Bytes += h.n
		sums.Lines += fmt.Sprintf("%x  %s\n", h.hash.Sum(nil), e.Name)
	}
	return sums, nil
}

// Commit gives the checkpoint its name, once all has been added, and returns its size in bytes. After an error everything that
// was there before still is.
func (w *Writing) Commit(all ...Sums) (int64, error) {
	fail := func(err error) (int64, error) {
		w.Discard()
		return 0, w.error(err)
	}
	var total Sums
	for _, s := range all {
		total.Bytes += s.Bytes
		total.Lines += s.Lines
	}
	err := writeSynced(w.fs, filepath.Join(w.temporary, checksums), func(to io.Writer) error { _, err := io.WriteString(to, total.Lines); return err })
	if err != nil {
		return fail(err)
	}
	if err := w.fs.SyncDir(w.temporary); err != nil {
		return fail(err)
	}
	there, err := w.fs.ReadDir(w.root)
	if err != nil {
		return fail(err)
	}
	if has(there, w.name) {
		if err := w.fs.Rename(w.end, w.before); err != nil {
			return fail(err)
		}
	}
	if err := w.fs.Rename(w.temporary, w.end); err != nil {
		w.fs.Rename(w.before, w.end)
		return fail(err)
	}
	if err := w.fs.SyncDir(w.root); err != nil {
		return fail(err)
	}
	return total.Bytes + int64(len(total.Lines)), w.fs.RemoveAll(w.before)
}

// Sync returns when the names of the files that were added are on the disk; Commit does it, too.
func (w *Writing) Sync() error {
	if err := w.fs.SyncDir(w.temporary); err != nil {
		return w.error(err)
	}
	return nil
}

// Discard gives the checkpoint up.
func (w *Writing) Discard() { w.fs.RemoveAll(w.temporary) }
