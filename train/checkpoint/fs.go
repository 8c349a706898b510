package checkpoint

import (
	"cmp"
	"errors"
	"io"
	"os"
	"path/filepath"

	"anila/internal/files"
)

// FS is the little of a file system that checkpoints need. OS is the real one; tests put one in its place that fails, fills
// up, or forgets what was not synced.
type FS interface {
	Mkdir(dir string) error                  // below a folder that exists; that it exists itself is no error
	Create(name string) (File, error)        // new or truncated
	Open(name string) (io.ReadCloser, error) // a regular file; anything else is a *files.FormatError
	ReadDir(dir string) ([]os.DirEntry, error)
	Rename(from, to string) error // replaces a file; to must not be an existing folder
	RemoveAll(name string) error
	SyncDir(dir string) error // makes names created, renamed and removed in dir last
}

// File is a file being written.
type File interface {
	io.Writer
	Sync() error
	Close() error
}

// OS is the operating system's file system. Where that has no sync of files or of folders, it does without (see NoSync).
type OS struct{}

// Mkdir makes a folder, whose parent must exist.
func (OS) Mkdir(dir string) error {
	err := os.Mkdir(dir, 0o777)
	if st, statErr := os.Stat(dir); errors.Is(err, os.ErrExist) && statErr == nil && st.IsDir() {
		return nil
	}
	return err
}

// Create makes a file, or truncates the one of this name.
func (OS) Create(name string) (File, error) {
	f, err := os.Create(name)
	return osFile{f}, err
}

// Open opens a regular file. Folders, devices and pipes are refused.
func (OS) Open(name string) (io.ReadCloser, error) {
	f, _, err := files.Open(name)
	return f, err
}

func (OS) ReadDir(dir string) ([]os.DirEntry, error) { return os.ReadDir(dir) }
func (OS) Rename(from, to string) error              { return os.Rename(from, to) }
func (OS) RemoveAll(name string) error               { return os.RemoveAll(name) }

// SyncDir syncs the folder itself, where the file system can.
func (OS) SyncDir(dir string) error {
	if err := syncDir(dir); !unsupported(err) {
		return err
	}
	return nil
}

// osFile is a file whose Sync does nothing where the file system has none.
type osFile struct{ *os.File }

func (f osFile) Sync() error { return Sync(f.File) }

// Sync returns when a file's bytes are on the disk, or at once where the file system cannot tell.
func Sync(f *os.File) error {
	if err := f.Sync(); !unsupported(err) {
		return err
	}
	return nil
}

// NoSync returns nil where the file system of a folder syncs folders, and else what it says: after a power cut a checkpoint
// there may be missing that was reported as written.
func NoSync(dir string) error {
	if err := syncDir(dir); unsupported(err) {
		return err
	}
	return nil
}

// WriteFile replaces a file in one go: written beside, synced, renamed, the folder synced. A crash leaves the old content or
// the new.
func WriteFile(fs FS, name string, data []byte) error {
	tmp := name + ".tmp"
	err := writeSynced(fs, tmp, func(w io.Writer) error { _, err := w.Write(data); return err })
	if err == nil {
		err = fs.Rename(tmp, name)
	}
	if err != nil {
		fs.RemoveAll(tmp)
		return err
	}
	return fs.SyncDir(filepath.Dir(name))
}

// writeSynced creates a file and returns when its bytes are on the disk.
func writeSynced(fs FS, name string, write func(io.Writer) error) error {
	f, err := fs.Create(name)
	if err != nil {
		return err
	}
	if err = write(f); err == nil {
		err = f.Sync()
	}
	return cmp.Or(err, f.Close())
}
