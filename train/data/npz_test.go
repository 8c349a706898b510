package data

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestNPZFromNumPy(t *testing.T) {
	want, err := ReadNPY(filepath.Join("testdata", "f4.npy"))
	if err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string][]float32{"two.npz": {0, 1, 2}, "compressed.npz": make([]float32, 10000)} {
		arrays, err := ReadNPZ[float32](filepath.Join("testdata", name))
		if err != nil || len(arrays) != 2 {
			t.Fatalf("%s: %d arrays, %v", name, len(arrays), err)
		}
		for _, a := range arrays {
			if a.Name == "f.0.weight" {
				if !slices.Equal(a.Shape, want.Shape) || !slices.Equal(a.Data, want.Data) {
					t.Errorf("%s: %v", name, a)
				}
			} else if !slices.Equal(a.Data, other) {
				t.Errorf("%s: %s has %d elements", name, a.Name, len(a.Data))
			}
		}
	}
}

func TestNPZRoundTrip(t *testing.T) {
	in := []NamedArray[float32]{
		{"convs.0.weight", Array[float32]{[]int{2, 3}, []float32{1, 2, 3, 4, 5, 6}}},
		{"step", Array[float32]{[]int{}, []float32{7}}},
		{"none", Array[float32]{[]int{0, 4}, []float32{}}},
	}
	path := filepath.Join(t.TempDir(), "x.npz")
	if err := WriteNPZ(path, in); err != nil {
		t.Fatal(err)
	}
	out, err := ReadNPZ[float32](path)
	if err != nil || len(out) != len(in) {
		t.Fatalf("%d arrays, %v", len(out), err)
	}
	for i, a := range out {
		if a.Name != in[i].Name || !slices.Equal(a.Shape, in[i].Shape) || !slices.Equal(a.Data, in[i].Data) {
			t.Errorf("%v came back as %v", in[i], a)
		}
	}
	for what, bad := range map[string][]NamedArray[float32]{
		"name twice": {in[0], in[0]}, "wrong shape": {{"x", Array[float32]{[]int{2}, []float32{1}}}},
		"negative": {{"x", Array[float32]{[]int{-1}, nil}}}, "climbing name": {{"../x", Array[float32]{[]int{0}, nil}}},
	} {
		dir := t.TempDir()
		if err := WriteNPZ(filepath.Join(dir, "x.npz"), bad); err == nil {
			t.Errorf("%s passed", what)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%s left %d files", what, len(left))
		}
	}
}

// archive packs entries as they are given, sizes claimed included.
func archive(t testing.TB, entries ...*zip.FileHeader) func(bodies ...[]byte) []byte {
	return func(bodies ...[]byte) []byte {
		t.Helper()
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for i, h := range entries {
			h.CRC32 = crc32.ChecksumIEEE(bodies[i])
			if h.CompressedSize64 == 0 {
				h.CompressedSize64 = uint64(len(bodies[i]))
			}
			if h.UncompressedSize64 == 0 {
				h.UncompressedSize64 = uint64(len(bodies[i]))
			}
			w, err := z.CreateRaw(h)
			if err != nil {
				t.Fatal(err)
			}
			w.Write(bodies[i])
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
}

func TestHostileNPZ(t *testing.T) {
	good := fixture(t, "f4.npy")
	huge := npy("{'descr': '<f4', 'fortran_order': False, 'shape': (500, 1000), }", nil)
	two := fixture(t, "two.npz")
	torn := slices.Clone(two)
	torn[bytes.Index(two, []byte("NUMPY"))+130] ^= 1 // an element: the checksum no longer holds
	for what, b := range map[string][]byte{
		"empty":           nil,
		"no archive":      []byte("PK is how it begins"),
		"truncated":       two[:len(two)/2],
		"changed element": torn,
		"no array":        archive(t, &zip.FileHeader{Name: "readme.txt"})(good),
		"climbing":        archive(t, &zip.FileHeader{Name: "../../etc/x.npy"})(good),
		"absolute":        archive(t, &zip.FileHeader{Name: "/x.npy"})(good),
		"twice":           archive(t, &zip.FileHeader{Name: "x.npy"}, &zip.FileHeader{Name: "x.npy"})(good, good),
		"not .npy inside": archive(t, &zip.FileHeader{Name: "x.npy"})([]byte("hello")),
		"claims 4 TB":     archive(t, &zip.FileHeader{Name: "x.npy", UncompressedSize64: 1 << 42})(good),
		"claims 2 MB":     archive(t, &zip.FileHeader{Name: "x.npy", Method: zip.Deflate, UncompressedSize64: uint64(len(huge) + 2000000), CompressedSize64: 2000})(append(huge, make([]byte, 2000-len(huge))...)),
	} {
		path := write(t, "x.npz", b)
		before := allocated()
		arrays, err := ReadNPZ[float32](path)
		if err == nil {
			t.Errorf("%s: read as %d arrays", what, len(arrays))
		}
		if used := allocated() - before; used > 8<<20 {
			t.Errorf("%s: %d bytes allocated", what, used)
		}
	}
	if binary.LittleEndian.Uint32(two) != 0x04034b50 {
		t.Error("the fixture is no zip file")
	}
}

// TestNPZKeepsDoublePrecision: float64 elements come back with all their bits, and float32 files open as float64.
func TestNPZKeepsDoublePrecision(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.npz")
	want := []float64{1.0 / 3, -1e-300, 1e300}
	if err := WriteNPZ(path, []NamedArray[float64]{{"sigma", Array[float64]{[]int{3}, want}}}); err != nil {
		t.Fatal(err)
	}
	if out, err := ReadNPZ[float64](path); err != nil || len(out) != 1 || !slices.Equal(out[0].Data, want) {
		t.Errorf("%v, %v", out, err)
	}
	if out, err := ReadNPZ[float64](filepath.Join("testdata", "two.npz")); err != nil || len(out) != 2 {
		t.Errorf("%d arrays, %v", len(out), err)
	}
}
