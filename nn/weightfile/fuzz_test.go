package weightfile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func addFixtures(f *testing.F, endings ...string) {
	f.Helper()
	entries, err := os.ReadDir("testdata")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		for _, ending := range endings {
			if strings.HasSuffix(e.Name(), ending) {
				b, err := os.ReadFile(filepath.Join("testdata", e.Name()))
				if err != nil {
					f.Fatal(err)
				}
				f.Add(b)
			}
		}
	}
}

func checkError(t *testing.T, err error, size int) {
	t.Helper()
	var e *FormatError
	if !errors.As(err, &e) {
		t.Fatalf("error %v is no FormatError", err)
	}
	if e.File != "fuzz" || e.Offset > int64(size) || e.Reason == "" {
		t.Fatalf("error %+v for %d bytes", e, size)
	}
}

func FuzzNPY(f *testing.F) {
	addFixtures(f, ".npy")
	f.Add(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 1099511627776), }", nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := newNPYReader("fuzz", bytes.NewReader(b), int64(len(b)))
		if err != nil {
			checkError(t, err, len(b))
			return
		}
		if r.Len()*int64(r.width) > int64(len(b)) {
			t.Fatalf("%d elements of %d bytes from %d bytes", r.Len(), r.width, len(b))
		}
		total := int64(0)
		piece := make([]float32, 13)
		for {
			n, err := readElements(r, piece)
			total += int64(n)
			if err == io.EOF {
				break
			}
			if err != nil {
				checkError(t, err, len(b))
				return
			}
		}
		if r.offset != int64(len(b)) {
			t.Fatalf("%d elements read, but byte %d of %d reached", total, r.offset, len(b))
		}
	})
}

// FuzzRead reads bytes as whatever they look like.
func FuzzRead(f *testing.F) {
	addFixtures(f, ".npz", ".pth")
	f.Add(file(two, 14))
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := Read(bytes.NewReader(b), int64(len(b)), "fuzz", "")
		if err == nil && w.Form == ".npz archive" { // which may be compressed
			checkLoaded(t, w, nil, unpackFree)
			return
		}
		checkLoaded(t, w, err, len(b))
	})
}
