package files

import (
	"fmt"
	"io"
	"os"
)

// FormatError says what is wrong with a file, and where.
type FormatError struct {
	File   string
	Offset int64 // byte at which reading failed; −1 where there is none (the file as a whole)
	Reason string
}

func (e *FormatError) Error() string {
	if e.Offset < 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Reason)
	}
	return fmt.Sprintf("%s: byte %d: %s", e.File, e.Offset, e.Reason)
}

// Errorf is a *FormatError; offset −1 means the file as a whole.
func Errorf(file string, offset int64, format string, args ...any) error {
	return &FormatError{file, offset, fmt.Sprintf(format, args...)}
}

// Open opens a file for reading and returns its size. Folders, devices, sockets and pipes are refused before they are
// opened, with a *FormatError: opening a pipe would wait for its writer.
func Open(name string) (*os.File, int64, error) {
	st, err := os.Stat(name)
	if err != nil {
		return nil, 0, err
	}
	if err := regular(name, st); err != nil {
		return nil, 0, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	// Once more on what was really opened: the path may have changed in between.
	if st, err = f.Stat(); err == nil {
		err = regular(name, st)
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, st.Size(), nil
}

// ReadSmall reads a regular file of at most limit bytes; a larger one is a *FormatError.
func ReadSmall(name string, limit int64) ([]byte, error) {
	f, size, err := Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, Errorf(name, limit, "has %d bytes, at most %d are read", size, limit)
	}
	return b, nil
}

func regular(name string, st os.FileInfo) error {
	what := "a special file"
	switch m := st.Mode(); {
	case m.IsRegular():
		return nil
	case m.IsDir():
		what = "a folder"
	case m&os.ModeNamedPipe != 0:
		what = "a pipe"
	case m&os.ModeSocket != 0:
		what = "a socket"
	case m&os.ModeDevice != 0:
		what = "a device"
	}
	return Errorf(name, -1, "is %s, not a regular file", what)
}
