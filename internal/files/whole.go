package files

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// File is a file being written beside its place, under another name. A Write that fails is remembered, and reported by
// Close.
type File struct {
	*bufio.Writer
	file *os.File
	path string
}

// Create begins the file that will be path; a link is followed, as writing in place would. What has the name already and is
// no regular file is refused.
func Create(path string) (*File, error) {
	target := path
	if followed, err := filepath.EvalSymlinks(path); err == nil {
		target = followed
	}
	mode := os.FileMode(0o666) // and less by the umask
	if st, err := os.Stat(target); err == nil {
		if err := regular(path, st); err != nil {
			return nil, err
		}
		mode = st.Mode().Perm()
	}
	for try := 0; ; try++ {
		name := filepath.Join(filepath.Dir(target), fmt.Sprintf(".%s.%08x", filepath.Base(target), rand.Uint32()))
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		if err == nil {
			return &File{bufio.NewWriterSize(f, 1<<16), f, target}, nil
		}
		if !os.IsExist(err) || try == 100 {
			return nil, err
		}
	}
}

// Sync returns when what was written is on the disk.
func (f *File) Sync() error {
	if err := f.Flush(); err != nil {
		return err
	}
	return f.file.Sync()
}

// Close gives the file its name. With an error, that of the caller or its own, nothing is left behind and what had the name
// before still has it; the error is returned.
func (f *File) Close(err error) error {
	if err == nil {
		err = f.Flush()
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

// Write writes a whole file. A power cut may lose it.
func Write(path string, write func(io.Writer) error) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	return f.Close(write(f))
}

// WriteSynced is Write of a file whose bytes are on the disk before it has its name.
func WriteSynced(path string, write func(io.Writer) error) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		return f.Close(err)
	}
	return f.Close(f.Sync())
}
