package checkpoint

import (
	"cmp"
	"io"
	"os"
	"path/filepath"
)

// FS is the little of a file system that checkpoints need. OS is the real one; tests put one in its place that fails, fills
// up, or forgets what was not synced.
type FS interface {
	MkdirAll(dir string) error
	Create(name string) (File, error) // new or truncated
	Open(name string) (io.ReadCloser, error)
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

// OS is the operating system's file system.
type OS struct{}

func (OS) MkdirAll(dir string) error                 { return os.MkdirAll(dir, 0o777) }
func (OS) Create(name string) (File, error)          { return os.Create(name) }
func (OS) Open(name string) (io.ReadCloser, error)   { return os.Open(name) }
func (OS) ReadDir(dir string) ([]os.DirEntry, error) { return os.ReadDir(dir) }
func (OS) Rename(from, to string) error              { return os.Rename(from, to) }
func (OS) RemoveAll(name string) error               { return os.RemoveAll(name) }

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
