// Package wholefile writes files that appear under their names complete or not at all: they are written beside, under
// another name, and renamed. Nothing is synced; what must survive a power cut is written by package checkpoint.
package wholefile

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
)

// File is a file being written. A Write that fails is remembered, and reported by Close.
type File struct {
	*bufio.Writer
	file *os.File
	path string
}

// Create begins the file that will be path.
func Create(path string) (*File, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, err
	}
	return &File{bufio.NewWriterSize(f, 1<<16), f, path}, nil
}

// Close gives the file its name. With an error, that of the caller or its own, nothing is left behind and what had the name
// before still has it; the error is returned.
func (f *File) Close(err error) error {
	if err == nil {
		err = f.Flush()
	}
	if err == nil {
		err = f.file.Chmod(0o644)
	}
	if closeErr := f.file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.file.Name(), f.path)
	}
	if err != nil {
		os.Remove(f.file.Name())
	}
	return err
}

// Write writes a whole file.
func Write(path string, write func(io.Writer) error) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	return f.Close(write(f))
}
