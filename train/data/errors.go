package data

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"anila/internal/files"
)

// FormatError says what is wrong with a file, and where.
type FormatError = files.FormatError

// MissingError says that a data set is not where it was looked for, and how to get it.
type MissingError struct {
	Name    string   // the set asked for
	Dir     string   // the folder looked into; "" when none was given
	Files   []string // what should be there, relative to Dir
	Address string   // the official address; "" when it has none
	Notes   []string // what was there and left out
}

func (e *MissingError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "data: %s: ", e.Name)
	switch {
	case e.Dir == "" && e.Name == "folder":
		b.WriteString("no folder given (--data DIR); expected in it: ")
	case e.Dir == "":
		b.WriteString("no data folder given (--data DIR or ANILA_DATA); expected in it: ")
	default:
		fmt.Fprintf(&b, "not found in %s; expected there: ", e.Dir)
	}
	b.WriteString(strings.Join(e.Files, ", "))
	for _, note := range e.Notes {
		b.WriteString("; " + note)
	}
	if e.Address != "" {
		set, _, _ := strings.Cut(e.Name, "-")
		fmt.Fprintf(&b, "; get it from %s", e.Address)
		if slices.Contains([]string{"cifar10", "mnist", "flowers"}, set) {
			fmt.Fprintf(&b, ", or with: anila-cpu data get %s", set)
		}
	}
	return b.String()
}

// countingReader knows how many bytes have been taken from it: the offset to name when a decoder that does not tell fails.
type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// findFolder looks for files in dir itself and in the given sub-folders of it and returns the first folder that has one
// of them (what else is missing is then an error that names the file), "" where none has. That it cannot be told is an error.
func findFolder(dir string, files []string, folders ...string) (string, error) {
	if dir == "" {
		return "", nil
	}
	for _, sub := range append([]string{""}, folders...) {
		for _, file := range files {
			switch _, err := os.Stat(filepath.Join(dir, sub, file)); {
			case err == nil:
				return filepath.Join(dir, sub), nil
			case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR):
				return "", fmt.Errorf("data: %w", err)
			}
		}
	}
	return "", nil
}

// missing is the error for a set whose files are not in folder, itself in dir.
func missing(name, dir, folder string, files []string, address string) error {
	expected := make([]string, len(files))
	for i, f := range files {
		expected[i] = path.Join(folder, f)
	}
	if len(expected) > 3 {
		expected = []string{expected[0], "…", expected[len(expected)-1]}
	}
	return &MissingError{Name: name, Dir: dir, Files: expected, Address: address}
}
