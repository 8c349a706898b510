package weightfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/nlpodyssey/safetensors"
)

// file builds a safetensors file by hand.
func file(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

const (
	one = `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`
	two = `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F16","shape":[1,3],"data_offsets":[8,14]}}`
)

func TestSafetensorsHostile(t *testing.T) {
	for _, c := range []struct {
		name   string
		data   []byte
		offset int64
		reason string
	}{
		{"empty", nil, 0, "header's length"},
		{"short", []byte{1, 2, 3}, 3, "header's length"},
		{"header longer than the file", file(one, 8)[:20], 0, "header of 54 bytes in a file of 20"},
		{"absurd header length", append(bytes.Repeat([]byte{255}, 8), 1, 2), 0, "header of 18446744073709551615"},
		{"no JSON", file("hello", 0), 8, "JSON"},
		{"an array", file("[]", 0), 9, "not a JSON object"},
		{"truncated JSON", file(one[:30], 0), 0, "tensor \"a\""},
		{"truncated data", file(one, 5), 8 + 54 + 5, "ends inside tensor \"a\""},
		{"trailing data", file(one, 9), 8 + 54 + 8, "1 bytes after"},
		{"text after the object", file(one+"x", 8), 8 + 54, "after the header"},
		{"negative shape", file(strings.Replace(one, "[2]", "[-2]", 1), 8), 0, "absurd shape"},
		{"overflowing shape", file(strings.Replace(one, "[2]", "[4294967296,4294967296,16]", 1), 8), 0, "absurd shape"},
		{"huge shape", file(strings.Replace(one, "[2]", "[1000000000]", 1), 8), 0, "needs 4000000000 bytes"},
		{"huge offsets", file(`{"a":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]}}`, 8), 88, "file ends inside"},
		{"end before begin", file(strings.Replace(one, "[0,8]", "[8,0]", 1), 8), 0, "offsets"},
		{"negative offset", file(strings.Replace(one, "[0,8]", "[-8,0]", 1), 8), 0, "offsets"},
		{"overlap", file(strings.Replace(two, "[8,14]", "[4,10]", 1), 14), 0, "inside the tensor before"},
		{"hole", file(strings.Replace(two, "[8,14]", "[12,18]", 1), 18), 0, "hole after 8"},
		{"unknown type", file(strings.Replace(one, "F32", "C65", 1), 8), 0, "type \"C65\""},
		{"a type that is no float", file(strings.Replace(one, "F32", "I32", 1), 8), 0, "type I32"},
		{"a key in capitals", file(strings.Replace(one, "dtype", "Dtype", 1), 8), 0, "lacks"},
		{"a key twice", file(strings.Replace(one, `"shape"`, `"dtype":"F32","shape"`, 1), 8), 0, "\"dtype\" appears twice"},
		{"metadata twice", file(`{"__metadata__":{"a":"b"},"__metadata__":{}}`, 0), 0, "appears twice"},
		{"a metadata key twice", file(`{"__metadata__":{"a":"b","a":"c"}}`, 0), 0, "appears twice"},
		{"metadata that is no string", file(`{"__metadata__":{"a":null}}`, 0), 0, "no string"},
		{"no offsets", file(`{"a":{"dtype":"F32","shape":[2]}}`, 8), 0, "lacks"},
		{"three offsets", file(strings.Replace(one, "[0,8]", "[0,4,8]", 1), 8), 0, "lacks"},
		{"twice the same name", file(strings.Replace(two, `"b"`, `"a"`, 1), 14), 0, "appears twice"},
		{"metadata that is no object", file(`{"__metadata__":3}`, 0), 0, "__metadata__"},
		{"many dimensions", file(strings.Replace(one, "[2]", "[2"+strings.Repeat(",1", 40)+"]", 1), 8), 0, "41 dimensions"},
	} {
		_, _, err := ReadSafetensors(bytes.NewReader(c.data), int64(len(c.data)), "bad.safetensors")
		var format *FormatError
		if !errors.As(err, &format) {
			t.Errorf("%s: error %v, want a FormatError", c.name, err)
			continue
		}
		if !strings.HasPrefix(err.Error(), "bad.safetensors: byte ") || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: %v; want it to say %q", c.name, err, c.reason)
		}
		if c.offset != 0 && format.Offset != c.offset {
			t.Errorf("%s: offset %d, want %d (%v)", c.name, format.Offset, c.offset, err)
		}
	}
}

// An empty tensor may stand anywhere, at any offset that is one of the others' ends.
func TestSafetensorsEmpty(t *testing.T) {
	const full = `"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}`
	for _, at := range []string{"0", "8", "12"} {
		empty := `"z":{"dtype":"F32","shape":[0,3],"data_offsets":[` + at + "," + at + `]}`
		for _, header := range []string{"{" + empty + "," + full + "}", "{" + full + "," + empty + "}"} {
			b := file(header, 12)
			tensors, _, err := ReadSafetensors(bytes.NewReader(b), int64(len(b)), "x")
			if err != nil || len(tensors) != 3 {
				t.Errorf("%s: %d tensors, %v", header, len(tensors), err)
			}
		}
	}
}

// Tensors that are none of floats are named by Load; it has the others.
func TestSafetensorsLeavesOut(t *testing.T) {
	b := file(`{"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"q":{"dtype":"F4","shape":[3],"data_offsets":[16,18]}}`, 18)
	f, err := Read(bytes.NewReader(b), int64(len(b)), "x", "")
	if err != nil || len(f.Tensors) != 1 || f.Tensors[0].Name != "a" || fmt.Sprint(f.LeftOut) != "[n (elements of type I64) q (elements of type F4)]" {
		t.Errorf("%v, %v", f, err)
	}
}

// A header cannot make the reader take more memory than the file has.
func TestSafetensorsMemory(t *testing.T) {
	bomb := file(`{"a":{"dtype":"F32","shape":[536870912],"data_offsets":[0,2147483648]}}`, 100)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := ReadSafetensors(bytes.NewReader(bomb), int64(len(bomb)), "bomb")
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; err == nil || taken > 1<<20 {
		t.Errorf("%d bytes taken for a file of %d (%v)", taken, len(bomb), err)
	}
}

func TestSafetensorsTypes(t *testing.T) {
	le := binary.LittleEndian
	header := `{"d":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},"h":{"dtype":"F16","shape":[6],"data_offsets":[16,28]},"b":{"dtype":"BF16","shape":[],"data_offsets":[28,30]},"z":{"dtype":"F32","shape":[0,3],"data_offsets":[30,30]}}  `
	b := file(header, 0)
	b = le.AppendUint64(b, math.Float64bits(0.1))
	b = le.AppendUint64(b, math.Float64bits(math.Inf(-1)))
	for _, h := range []uint16{0x3c00, 0xc000, 0x0001, 0x7c00, 0x7bff, 0x8000} {
		b = le.AppendUint16(b, h)
	}
	b = le.AppendUint16(b, 0x3fc0)
	tensors, _, err := ReadSafetensors(bytes.NewReader(b), int64(len(b)), "types")
	if err != nil {
		t.Fatal(err)
	}
	inf := float32(math.Inf(1))
	want := []Tensor{
		{"d", []int{2}, []float32{0.1, -inf}},
		{"h", []int{6}, []float32{1, -2, 1.0 / (1 << 24), inf, 65504, float32(math.Copysign(0, -1))}},
		{"b", nil, []float32{1.5}},
		{"z", []int{0, 3}, []float32{}},
	}
	if !reflect.DeepEqual(tensors, want) {
		t.Errorf("read %v, want %v", tensors, want)
	}
	if !math.Signbit(float64(tensors[1].Data[5])) {
		t.Error("the sign of half −0 is lost")
	}
}

// Between two numbers of half precision everything goes to the nearer one, and the middle to the even one.
func TestHalfIsTheNearest(t *testing.T) {
	next := func(v float32, to int) float32 { return math.Nextafter32(v, float32(math.Inf(to))) }
	for h := range uint16(0x7c00) { // 0 and up, the last one 65504
		low, high := half(h), half(h+1)
		if h+1 == 0x7c00 {
			high = 65536 // where the next one would be
		}
		middle := (low + high) / 2 // a float32, as all of these
		even := h + h&1
		for _, c := range []struct {
			v    float32
			want uint16
		}{{low, h}, {next(low, 1), h}, {next(middle, -1), h}, {middle, even}, {next(middle, 1), h + 1}, {next(high, -1), h + 1}} {
			for _, sign := range []uint16{0, 0x8000} {
				v := c.v
				if sign != 0 {
					v = float32(math.Copysign(float64(v), -1))
				}
				got, ok := toHalf(v)
				if fits := c.want < 0x7c00; ok != fits || fits && got != c.want|sign {
					t.Fatalf("%v is %#04x, %v; want %#04x", v, got, ok, c.want|sign)
				}
			}
		}
	}
	inf, nan := float32(math.Inf(-1)), float32(math.NaN())
	if h, ok := toHalf(inf); !ok || half(h) != inf {
		t.Errorf("−∞ is %#04x", h)
	}
	if h, ok := toHalf(nan); !ok || half(h) == half(h) {
		t.Errorf("NaN is %#04x", h)
	}
}

// A file of half precision has half the data, the same metadata, and values that come back; what does not fit is named.
func TestWriteHalf(t *testing.T) {
	tensors := []Tensor{{"a", []int{2, 2}, []float32{1, 1 + 1.0/1024, -0.1, 65519}}, {"b", []int{}, []float32{3e-8}}}
	var b bytes.Buffer
	if err := WriteHalf(&b, tensors, map[string]string{"net": "toy"}); err != nil {
		t.Fatal(err)
	}
	got, metadata, err := ReadSafetensors(bytes.NewReader(b.Bytes()), int64(b.Len()), "half")
	want := []Tensor{{"a", []int{2, 2}, []float32{1, 1 + 1.0/1024, -0.0999755859375, 65504}}, {"b", nil, []float32{1.0 / (1 << 25) * 2}}}
	if err != nil || !reflect.DeepEqual(got, want) || metadata["net"] != "toy" {
		t.Errorf("read %v, %v, %v; want %v", got, metadata, err, want)
	}
	if oracle, err := safetensors.Deserialize(b.Bytes()); err != nil || oracle.Len() != 2 {
		t.Errorf("another reader: %v", err)
	}
	tensors[0].Data[3] = -65520
	if err := WriteHalf(&b, tensors, nil); err == nil || !strings.Contains(err.Error(), `element 3 of tensor "a"`) {
		t.Errorf("−65520: %v", err)
	}
	tensors[1].Name = "a"
	if WriteHalf(&b, tensors, nil) == nil {
		t.Error("a name twice passed")
	}
}

func TestWriteRefuses(t *testing.T) {
	for _, tensors := range [][]Tensor{
		{{"a", []int{2}, make([]float32, 3)}},
		{{"a", []int{1}, make([]float32, 1)}, {"a", []int{1}, make([]float32, 1)}},
		{{"__metadata__", []int{1}, make([]float32, 1)}},
	} {
		if err := WriteSafetensors(&bytes.Buffer{}, tensors, nil); err == nil {
			t.Errorf("wrote %v", tensors)
		}
	}
}

func FuzzReadSafetensors(f *testing.F) {
	f.Add(file(one, 8))
	f.Add(file(two, 14))
	f.Add(file(`{"__metadata__":{"net":"toy"}}`, 0))
	f.Add(file("[]", 0))
	f.Add(file(strings.Replace(one, "[2]", "[-2]", 1), 8))
	f.Add(file(`{"a":{"dtype":"BF16","shape":[],"data_offsets":[0,2]}}  `, 2))
	f.Add(bytes.Repeat([]byte{255}, 16))
	f.Fuzz(func(t *testing.T, data []byte) {
		tensors, metadata, err := ReadSafetensors(bytes.NewReader(data), int64(len(data)), "fuzz")
		if err != nil {
			var format *FormatError
			if !errors.As(err, &format) || format.Offset < 0 || format.Offset > int64(len(data)) {
				t.Fatalf("error without a place in the file: %v", err)
			}
			return
		}
		total := 0
		for _, v := range tensors {
			total += len(v.Data)
		}
		if 2*total > len(data) {
			t.Fatalf("%d floats from %d bytes", total, len(data))
		}
		// What was read can be written and read again.
		var out bytes.Buffer
		if err := WriteSafetensors(&out, tensors, metadata); err != nil {
			t.Fatal(err)
		}
		again, _, err := ReadSafetensors(bytes.NewReader(out.Bytes()), int64(out.Len()), "again")
		if err != nil || len(again) != len(tensors) {
			t.Fatal(err)
		}
		for i := range again {
			if again[i].Name != tensors[i].Name || !sameBits(again[i].Data, tensors[i].Data) {
				t.Fatalf("tensor %d came back changed", i)
			}
		}
	})
}
