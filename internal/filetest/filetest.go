// Package filetest has what tests of readers of files share.
package filetest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anila/internal/files"
)

// Fixture reads a file of testdata.
func Fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Write puts a file into a fresh folder and returns its path.
func Write(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// WantFormatError holds an error against the file and offset that it should name; offset −2 accepts any.
func WantFormatError(t *testing.T, what string, err error, file string, offset int64) {
	t.Helper()
	var e *files.FormatError
	if !errors.As(err, &e) {
		t.Errorf("%s: error %v is no FormatError", what, err)
		return
	}
	if e.File != file || offset != -2 && e.Offset != offset {
		t.Errorf("%s: error names %s byte %d, want %s byte %d: %v", what, e.File, e.Offset, file, offset, err)
	}
	if !strings.Contains(err.Error(), file) {
		t.Errorf("%s: message does not name the file: %v", what, err)
	}
}
