package weightfile

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/nlpodyssey/gopickle/pytorch"
	"github.com/nlpodyssey/gopickle/types"
)

func TestLoadPTH(t *testing.T) {
	for _, form := range []string{"zip", "old"} {
		tensors, err := loadPTH("testdata/toy_" + form + ".pth")
		if err != nil {
			t.Fatal(err)
		}
		next := float32(0)
		for _, v := range tensors {
			for _, x := range v.Data {
				if x != next/64 {
					t.Fatalf("%s: %s holds %v, want %v", form, v.Name, x, next/64)
				}
				next++
			}
		}
		odd, err := Load("testdata/odd_"+form+".pth", "")
		if err != nil {
			t.Fatal(err)
		}
		var transposed []float32
		for i := range 6 {
			for j := range 4 {
				transposed = append(transposed, float32(6*j+i))
			}
		}
		want := []Tensor{
			{"transposed", []int{6, 4}, transposed},
			{"slice", []int{4}, []float32{5, 6, 7, 8}},
			{"half", []int{2}, []float32{0.5, -2}},
			{"bfloat", []int{1}, []float32{1.5}},
			{"double", []int{1, 1}, []float32{0.1}},
			{"scalar", []int{}, []float32{3}},
			{"empty", []int{0, 3}, []float32{}},
			{"parameter", []int{1}, []float32{7}},
		}
		if !reflect.DeepEqual(odd.Tensors, want) || len(odd.LeftOut) != 1 || odd.LeftOut[0].String() != "steps (elements of type int64)" {
			t.Errorf("%s: read %v, want %v", form, odd, want)
		}
	}
}

// The published classifiers, written by PyTorch 0.4, against what PyTorch reads.
func TestLoadPTHRealFiles(t *testing.T) {
	if os.Getenv("ANILA_DATA") == "" {
		t.Skip("ANILA_DATA is not set")
	}
	for _, c := range []struct {
		file           string
		tensors, count int
		sum, squares   float64
	}{
		{"resnet20-12fca82f.th", 97, 271098, 139.7826495598208, 10987.817166808309},
		{"resnet56-4bfd9763.th", 277, 857082, 1427.879011697099, 28992.782524950944},
	} {
		path := filepath.Join(os.Getenv("ANILA_DATA"), "cifar10-resnet", c.file)
		if _, err := os.Stat(path); err != nil {
			t.Skip(err)
		}
		tensors, err := loadPTH(path)
		if err != nil {
			t.Fatal(err)
		}
		count, sum, squares := 0, 0.0, 0.0
		for _, v := range tensors {
			count += len(v.Data)
			for _, x := range v.Data {
				sum += float64(x)
				squares += float64(x) * float64(x)
			}
		}
		if len(tensors) != c.tensors || count != c.count || math.Abs(sum-c.sum) > 1e-9*c.squares || math.Abs(squares-c.squares) > 1e-9*c.squares {
			t.Errorf("%s: %d tensors, %d floats, sum %v, squares %v; PyTorch has %d, %d, %v, %v",
				c.file, len(tensors), count, sum, squares, c.tensors, c.count, c.sum, c.squares)
		}
	}
}

// gopickle reads the same from what PyTorch writes today.
func TestPTHOracle(t *testing.T) {
	for _, form := range []string{"zip", "old"} {
		tensors, err := loadPTH("testdata/toy_" + form + ".pth")
		if err != nil {
			t.Fatal(err)
		}
		value, err := pytorch.Load("testdata/toy_" + form + ".pth")
		if err != nil {
			t.Fatal(err)
		}
		entries := value.(*types.OrderedDict).Map
		if len(entries) != len(tensors) {
			t.Errorf("%s: %d tensors, gopickle has %d", form, len(tensors), len(entries))
		}
		for _, v := range tensors {
			oracle := entries[v.Name].Value.(*pytorch.Tensor)
			if !slices.Equal(v.Shape, oracle.Size) || !sameBits(v.Data, oracle.Source.(*pytorch.FloatStorage).Data) {
				t.Errorf("%s: %s differs from gopickle's", form, v.Name)
			}
		}
	}
}

// What SavePTH writes comes back, here and in gopickle.
func TestSavePTH(t *testing.T) {
	tensors := []Tensor{{"convs.0.weight", []int{4, 2, 3, 3}, ramp(72)}, {"fc.0.bias", []int{5}, ramp(5)}, {"scalar", nil, []float32{3}}, {"empty", []int{0, 2}, nil}}
	path := filepath.Join(t.TempDir(), "net.pth")
	if err := SavePTH(path, tensors, nil); err != nil {
		t.Fatal(err)
	}
	metadata := map[string]string{"net": "toy", "temperature": "0.5\"é"}
	with := filepath.Join(t.TempDir(), "with.pth")
	if err := SavePTH(with, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	if f, err := Load(with, ""); err != nil || !reflect.DeepEqual(f.Metadata, metadata) || len(f.Tensors) != len(tensors) || f.LeftOut != nil {
		t.Errorf("with metadata: %v, %v", f, err)
	}
	got, err := loadPTH(path)
	if err != nil || len(got) != len(tensors) {
		t.Fatalf("%d tensors, want %d: %v", len(got), len(tensors), err)
	}
	value, err := pytorch.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range tensors {
		if got[i].Name != v.Name || !slices.Equal(got[i].Shape, v.Shape) || !sameBits(got[i].Data, v.Data) {
			t.Errorf("%s came back changed", v.Name)
		}
		oracle := value.(*types.OrderedDict).MustGet(v.Name).(*pytorch.Tensor)
		if !slices.Equal(oracle.Size, v.Shape) || !sameBits(oracle.Source.(*pytorch.FloatStorage).Data, v.Data) {
			t.Errorf("gopickle reads another %s", v.Name)
		}
	}
	if err := SavePTH(path, []Tensor{{"a", []int{3}, []float32{1}}}, nil); err == nil {
		t.Error("wrote a tensor that does not fit its shape")
	}
}

// ramp is n different floats.
func ramp(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i)/8 - 1
	}
	return x
}

func sameBits(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}

func TestPTHHostile(t *testing.T) {
	old, err := os.ReadFile("testdata/toy_old.pth")
	if err != nil {
		t.Fatal(err)
	}
	zipped, err := os.ReadFile("testdata/toy_zip.pth")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"old": old, "zip": zipped} {
		for n := range data {
			if _, err := Read(bytes.NewReader(data[:n]), int64(n), "cut.pth", ""); err == nil {
				t.Fatalf("%s form cut after %d of %d bytes reads without error", name, n, len(data))
			}
		}
	}
	archive := func(method uint16, entries map[string]string) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for name, text := range entries {
			f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
			if err != nil {
				t.Fatal(err)
			}
			f.Write([]byte(text))
		}
		w.Close()
		return b.Bytes()
	}
	pickled := func(s string) []byte { return archive(zip.Store, map[string]string{"a/data.pkl": s}) }
	const storage = "(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu"
	const tensor = "}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n(" + storage
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"text", "neither", []byte("hello, this is no pickle.")},
		{"deflated", "compressed", archive(zip.Deflate, map[string]string{"a/data.pkl": strings.Repeat("0", 1000)})},
		{"no data.pkl", "not the name of an array", archive(zip.Store, map[string]string{"b": ""})},
		{"big-endian", "byte order", archive(zip.Store, map[string]string{"a/data.pkl": ".", "a/byteorder": "big"})},
		{"huge string", "middle of an instruction", pickled("X\xff\xff\xff\xff")},
		{"pop from nothing", "stack is empty", pickled(".")},
		{"endless memo", "nothing remembered", pickled("h\x05.")},
		{"no mark", "no mark", pickled("}u.")},
		{"a list", "no floating-point tensors", pickled("].")},
		{"an empty dict", "no floating-point tensors", pickled("}.")},
		{"code", "no floating-point tensors", pickled("cos\nsystem\nX\x02\x00\x00\x00ls\x85R.")},
		{"protocol 9", "protocol 9", pickled("\x80\x09}.")},
		{"huge storage", "at most", pickled(tensor + "J\xff\xff\xff\x7ftQ")},
		{"negative storage", "at most", pickled(tensor + "J\xff\xff\xff\xfftQ")},
		{"missing storage", "no entry for storage", pickled(tensor + "K\x01tQK\x00K\x01\x85K\x01\x85tRs.")},
		{"shape larger than storage", "element 4 of 4", pickled(tensor + "K\x04tQK\x00K\x05\x85K\x01\x85tRs.")},
		{"stride past the end", "ends at element 6", pickled(tensor + "K\x04tQK\x00K\x03\x85K\x03\x85tRs.")},
		{"offset past the end", "ends at element 4", pickled(tensor + "K\x04tQK\x04K\x01\x85K\x01\x85tRs.")},
		{"overflowing shape", "on 4 elements", pickled(tensor + "K\x04tQK\x00\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85K\x00\x85tRs.")},
		{"negative shape", "on 4 elements", pickled(tensor + "K\x04tQK\x00J\xff\xff\xff\xff\x85K\x01\x85tRs.")},
	} {
		_, err := Read(bytes.NewReader(c.data), int64(len(c.data)), "bad.pth", "")
		var format *FormatError
		if !errors.As(err, &format) || !strings.HasPrefix(err.Error(), "bad.pth") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want a FormatError that says %q", c.name, err, c.want)
		}
	}
}

// loadPTH reads a file that has nothing to be left out.
func loadPTH(path string) ([]Tensor, error) {
	f, err := Load(path, "")
	if err != nil {
		return nil, err
	}
	if len(f.LeftOut) > 0 {
		return nil, fmt.Errorf("left out %v", f.LeftOut)
	}
	return f.Tensors, nil
}

// checkLoaded holds what a hostile file gave against its size.
func checkLoaded(t *testing.T, f *File, err error, size int) {
	t.Helper()
	if err != nil {
		var format *FormatError
		var choice *ChoiceError
		if !errors.As(err, &format) && !errors.As(err, &choice) || len(err.Error()) > 2000 {
			t.Fatalf("an error of %d bytes: %.200v", len(err.Error()), err)
		}
		return
	}
	total := 0
	for _, v := range f.Tensors {
		if total += len(v.Data); count(v.Shape) != len(v.Data) {
			t.Fatalf("shape %v with %d elements", v.Shape, len(v.Data))
		}
	}
	if total > size+expandFree {
		t.Fatalf("%d floats from %d bytes", total, size)
	}
}

func FuzzPTH(f *testing.F) {
	for _, name := range []string{"toy_zip", "toy_old", "odd_zip", "odd_old"} {
		data, err := os.ReadFile("testdata/" + name + ".pth")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Read(bytes.NewReader(data), int64(len(data)), "fuzz", "")
		checkLoaded(t, file, err, len(data))
	})
}
