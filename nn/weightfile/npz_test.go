package weightfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestNPZFromNumPy(t *testing.T) {
	want, err := LoadNPY(filepath.Join("testdata", "f4.npy"))
	if err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string][]float32{"two.npz": {0, 1, 2}, "compressed.npz": make([]float32, 10000)} {
		f, err := Load(filepath.Join("testdata", name), "")
		if err != nil || len(f.Tensors) != 2 || len(f.LeftOut) != 0 {
			t.Fatalf("%s: %+v, %v", name, f, err)
		}
		for _, a := range f.Tensors {
			if a.Name == "f.0.weight" {
				if !slices.Equal(a.Shape, want.Shape) || !slices.Equal(a.Data, want.Data) {
					t.Errorf("%s: %v", name, a)
				}
			} else if !slices.Equal(a.Data, other) {
				t.Errorf("%s: %s has %d elements", name, a.Name, len(a.Data))
			}
		}
	}
	f, err := Load(filepath.Join("testdata", "beside.npz"), "")
	if err != nil || len(f.Tensors) != 2 || f.Tensors[1].Name != "half" || !slices.Equal(f.Tensors[1].Data, want.Data) {
		t.Fatalf("%v, %v", f, err)
	}
	var out []string
	for _, l := range f.LeftOut {
		out = append(out, l.String())
	}
	if got := strings.Join(out, ", "); got != `steps (elements of type "<i8"), mask (elements of type "|b1"), text (elements of type "<U1"), complex (elements of type "<c8")` {
		t.Errorf("left out %s", got)
	}
}

func TestNPZRoundTrip(t *testing.T) {
	in := []Tensor{
		{"convs.0.weight", []int{2, 3}, []float32{1, 2, 3, 4, 5, 6}},
		{"step", []int{}, []float32{7}},
		{"none", []int{0, 4}, []float32{}},
	}
	for _, metadata := range []map[string]string{nil, {"net": "toy", "temperature": "0.5\"é"}} {
		path := filepath.Join(t.TempDir(), "x.npz")
		if err := SaveNPZ(path, in, metadata); err != nil {
			t.Fatal(err)
		}
		out, err := Load(path, "")
		if err != nil || !reflect.DeepEqual(out.Tensors, in) || !reflect.DeepEqual(out.Metadata, metadata) || out.LeftOut != nil {
			t.Fatalf("came back as %v, %v", out, err)
		}
	}
	double := []Array[float64]{{"mu", []int{2}, []float64{0.1, 1e300}}}
	path := filepath.Join(t.TempDir(), "x.npz")
	if err := SaveNPZ(path, double, nil); err != nil {
		t.Fatal(err)
	}
	if out, _, err := LoadNPZ[float64](path); err != nil || !reflect.DeepEqual(out, double) {
		t.Errorf("%v came back as %v, %v", double, out, err)
	}
	for what, bad := range map[string][]Tensor{
		"name twice": {in[0], in[0]}, "wrong shape": {{"x", []int{2}, []float32{1}}},
		"negative": {{"x", []int{-1}, nil}}, "climbing name": {{"../x", []int{0}, nil}}, "metadata's name": {{"__metadata__", []int{0}, nil}},
	} {
		dir := t.TempDir()
		if err := SaveNPZ(filepath.Join(dir, "x.npz"), bad, nil); err == nil {
			t.Errorf("%s passed", what)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%s left %d files", what, len(left))
		}
	}
}

// packed packs entries as they are given, sizes claimed included.
func packed(t testing.TB, entries ...*zip.FileHeader) func(bodies ...[]byte) []byte {
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
		"no array":        packed(t, &zip.FileHeader{Name: "readme.txt"})(good),
		"climbing":        packed(t, &zip.FileHeader{Name: "../../etc/x.npy"})(good),
		"absolute":        packed(t, &zip.FileHeader{Name: "/x.npy"})(good),
		"twice":           packed(t, &zip.FileHeader{Name: "x.npy"}, &zip.FileHeader{Name: "x.npy"})(good, good),
		"not .npy inside": packed(t, &zip.FileHeader{Name: "x.npy"})([]byte("hello")),
		"claims 4 TB":     packed(t, &zip.FileHeader{Name: "x.npy", UncompressedSize64: 1 << 42})(good),
		"claims 2 MB":     packed(t, &zip.FileHeader{Name: "x.npy", Method: zip.Deflate, UncompressedSize64: uint64(len(huge) + 2000000), CompressedSize64: 2000})(append(huge, make([]byte, 2000-len(huge))...)),
	} {
		path := write(t, "x.npz", b)
		before := allocated()
		arrays, _, err := LoadNPZ[float32](path)
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
