package weightfile

import (
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestNPYFromNumPy(t *testing.T) {
	want := make([]float32, 24)
	for i := range want {
		want[i] = float32(i)/8 - 1.5
	}
	for name, dtype := range map[string]string{"f2.npy": "<f2", "f4.npy": "<f4", "f4_big.npy": ">f4", "f8.npy": "<f8", "version2.npy": "<f4"} {
		path := filepath.Join("testdata", name)
		a, err := LoadNPY(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.Equal(a.Shape, []int{2, 2, 3, 2}) || !slices.Equal(a.Data, want) {
			t.Errorf("%s: %v", name, a)
		}
		r, err := OpenNPY(path)
		if err != nil {
			t.Fatal(err)
		}
		if r.DType != dtype || r.Len() != 24 {
			t.Errorf("%s: %s, %d elements", name, r.DType, r.Len())
		}
		// In pieces that divide nothing.
		var got []float32
		for piece := make([]float32, 7); ; {
			n, err := readElements(r, piece)
			got = append(got, piece[:n]...)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s in pieces: %v", name, got)
		}
		r.Close()
	}
	if a, err := LoadNPY(filepath.Join("testdata", "scalar.npy")); err != nil || len(a.Shape) != 0 || !slices.Equal(a.Data, []float32{3}) {
		t.Errorf("scalar: %v, %v", a, err)
	}
	_, err := LoadNPY(filepath.Join("testdata", "fortran.npy"))
	wantFormatError(t, "Fortran order", err, filepath.Join("testdata", "fortran.npy"), 10)
}

func TestNPYWriter(t *testing.T) {
	x := []float32{1, -2, float32(math.Inf(1)), math.MaxFloat32, 0, math.SmallestNonzeroFloat32}
	for _, shape := range [][]int{{6}, {2, 3}, {1, 1, 2, 3}, {6, 1}} {
		path := filepath.Join(t.TempDir(), "x.npy")
		w, err := CreateNPY(path, shape...)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(x[:2]); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("the file is there before it is whole")
		}
		w.Write(x[2:])
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		a, err := LoadNPY(path)
		if err != nil || !slices.Equal(a.Shape, shape) || !slices.Equal(a.Data, x) {
			t.Errorf("%v came back as %v, %v", shape, a, err)
		}
		b, _ := os.ReadFile(path)
		if (len(b)-24)%64 != 0 {
			t.Errorf("elements of shape %v begin at byte %d", shape, len(b)-24)
		}
	}
	// numpy.save's own bytes.
	a, err := LoadNPY(filepath.Join("testdata", "f4.npy"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.npy")
	SaveNPY(path, a.Shape, a.Data)
	if b, _ := os.ReadFile(path); !bytes.Equal(b, fixture(t, "f4.npy")) {
		t.Error("our bytes differ from numpy.save's")
	}
	// Too few and too many elements: an error, and nothing left behind.
	for n, what := range map[int]string{5: "missing", 7: "more than"} {
		dir := t.TempDir()
		err := SaveNPY(filepath.Join(dir, "x.npy"), []int{6}, make([]float32, n))
		left, _ := os.ReadDir(dir)
		if err == nil || !strings.Contains(err.Error(), what) || len(left) != 0 {
			t.Errorf("%d elements for 6: %v, %d files left", n, err, len(left))
		}
	}
	if _, err := CreateNPY(t.TempDir(), 6); err == nil {
		t.Error("a folder was taken for an output file")
	}
}

func npy(header string, data []byte) []byte {
	return append([]byte("\x93NUMPY\x01\x00"+string([]byte{byte(len(header)), byte(len(header) >> 8)})+header), data...)
}

func TestHostileNPY(t *testing.T) {
	const good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
	if r, err := newNPYReader("x", bytes.NewReader(npy(good, make([]byte, 24))), int64(10+len(good)+24)); err != nil || r.Len() != 6 {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what   string
		b      []byte
		offset int64
	}{
		{"empty", nil, 0},
		{"short", []byte("\x93NUM"), 4},
		{"magic", []byte("\x93NUMPX\x01\x00\x10\x00"), 0},
		{"version 9", []byte("\x93NUMPY\x09\x00\x10\x00"), 6},
		{"header past the end", []byte("\x93NUMPY\x01\x00\xff\xff{"), 8},
		{"header of 4 GB", []byte("\x93NUMPY\x02\x00\xff\xff\xff\xff{"), 8},
		{"no dictionary", npy("xx", nil), 10},
		{"element type", npy(strings.Replace(good, "<f4", "<c8", 1), make([]byte, 48)), 10},
		{"objects", npy(strings.Replace(good, "<f4", "|O", 1), make([]byte, 48)), 10},
		{"absurd shape", npy(strings.Replace(good, "(2, 3)", "(1000000000000, 1000000000000)", 1), make([]byte, 24)), -2},
		{"overflowing dimension", npy(strings.Replace(good, "(2, 3)", "(99999999999999999999,)", 1), make([]byte, 24)), -2},
		{"negative dimension", npy(strings.Replace(good, "(2, 3)", "(-2, -3)", 1), make([]byte, 24)), -2},
		{"many dimensions", npy(strings.Replace(good, "(2, 3)", "(1,1,1,1,1,1,1,1,1)", 1), make([]byte, 24)), -2},
		{"truncated", npy(good, make([]byte, 23)), -2},
		{"truncated scalar", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", make([]byte, 2)), 65},
		{"too long", npy(good, make([]byte, 25)), int64(10 + len(good) + 24)},
		{"key twice", npy("{'shape': (2,), 'shape': (2,), 'descr': '<f4'}", make([]byte, 8)), -2},
		{"key missing", npy("{'shape': (2,), 'descr': '<f4'}", make([]byte, 8)), -2},
		{"after the dictionary", npy(good+" import os", make([]byte, 24)), -2},
		{"string without end", npy("{'descr': '<f4", make([]byte, 24)), -2},
	} {
		path := write(t, "x.npy", c.b)
		before := allocated()
		_, err := LoadNPY(path)
		wantFormatError(t, c.what, err, path, c.offset)
		if used := allocated() - before; used > 1<<20 {
			t.Errorf("%s: %d bytes allocated", c.what, used)
		}
	}
}
