package weightfile

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sort"
)

// Tensor is one named tensor of a weight file: float32, row major.
type Tensor struct {
	Name  string
	Shape []int
	Data  []float32
}

// FormatError says where a file is not what it should be.
type FormatError struct {
	File   string
	Offset int64 // bytes from the start of the file
	Reason string
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("%s: byte %d: %s", e.File, e.Offset, e.Reason)
}

// maxHeader is the longest header that is read, the limit of the reference
// implementation.
const maxHeader = 100 << 20

// LoadSafetensors reads a safetensors file: its tensors in the order of their
// data, and the strings of its __metadata__. F32, F64, F16 and BF16 become
// float32. The file is not trusted: every error is a *FormatError or an error of
// package os, and memory stays within a small multiple of the file's size.
func LoadSafetensors(path string) ([]Tensor, map[string]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s: not a regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	return ReadSafetensors(file, info.Size(), path)
}

// entry is a tensor in the header.
type entry struct {
	name  string
	at    int64 // where the header names it
	dtype string
	shape []int
	begin int64
	end   int64
	count int64
	bytes int64 // of one element
}

// ReadSafetensors is LoadSafetensors for anything that can be read at an offset;
// name stands for the file in errors.
func ReadSafetensors(r io.ReaderAt, size int64, name string) ([]Tensor, map[string]string, error) {
	fail := func(at int64, format string, args ...any) ([]Tensor, map[string]string, error) {
		return nil, nil, &FormatError{name, at, fmt.Sprintf(format, args...)}
	}
	if size < 8 {
		return fail(size, "file ends inside the 8 bytes of the header's length")
	}
	var prefix [8]byte
	if err := readAt(r, prefix[:], 0); err != nil {
		return fail(0, "%v", err)
	}
	length := binary.LittleEndian.Uint64(prefix[:])
	if length > uint64(size-8) {
		return fail(0, "header of %d bytes in a file of %d; is this a safetensors file?", length, size)
	}
	if length > maxHeader {
		return fail(0, "header of %d bytes; the limit is %d", length, maxHeader)
	}
	header := make([]byte, length)
	if err := readAt(r, header, 8); err != nil {
		return fail(8, "%v", err)
	}
	entries, metadata, err := parseHeader(header, name)
	if err != nil {
		return nil, nil, err
	}
	data := 8 + int64(length)
	sort.SliceStable(entries, func(i, j int) bool { return entries[i].begin < entries[j].begin })
	next := int64(0)
	for _, e := range entries {
		switch {
		case e.begin < next:
			return fail(e.at, "tensor %q begins at %d, inside the tensor before it, which ends at %d", e.name, e.begin, next)
		case e.begin > next:
			return fail(e.at, "tensor %q begins at %d, leaving a hole after %d", e.name, e.begin, next)
		case e.end > size-data:
			return fail(size, "file ends inside tensor %q, which ends at byte %d", e.name, data+e.end)
		}
		next = e.end
	}
	if next != size-data {
		return fail(data+next, "%d bytes after the last tensor", size-data-next)
	}
	tensors := make([]Tensor, 0, len(entries))
	buffer := make([]byte, 1<<16)
	for _, e := range entries {
		t := Tensor{Name: e.name, Shape: e.shape, Data: make([]float32, e.count)}
		for done := int64(0); done < e.count; {
			k := min(e.count-done, int64(len(buffer))/e.bytes)
			chunk := buffer[:k*e.bytes]
			at := data + e.begin + done*e.bytes
			if err := readAt(r, chunk, at); err != nil {
				return fail(at, "%v", err)
			}
			decode(t.Data[done:done+k], chunk, e.dtype)
			done += k
		}
		tensors = append(tensors, t)
	}
	return tensors, metadata, nil
}

func readAt(r io.ReaderAt, p []byte, at int64) error {
	n, err := r.ReadAt(p, at)
	if n == len(p) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// parseHeader reads the JSON object of the header and checks each tensor by
// itself.
func parseHeader(header []byte, file string) ([]entry, map[string]string, error) {
	d := json.NewDecoder(bytes.NewReader(header))
	fail := func(format string, args ...any) ([]entry, map[string]string, error) {
		return nil, nil, &FormatError{file, 8 + d.InputOffset(), fmt.Sprintf(format, args...)}
	}
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fail("the header is not a JSON object")
	}
	var entries []entry
	var metadata map[string]string
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return fail("header: %v", err)
		}
		key := t.(string)
		if seen[key] {
			return fail("%q appears twice", key)
		}
		seen[key] = true
		if key == "__metadata__" {
			if err := d.Decode(&metadata); err != nil {
				return fail("__metadata__: %v", err)
			}
			continue
		}
		at := 8 + d.InputOffset()
		var v struct {
			Dtype   *string  `json:"dtype"`
			Shape   *[]int64 `json:"shape"`
			Offsets *[]int64 `json:"data_offsets"`
		}
		if err := d.Decode(&v); err != nil {
			return fail("tensor %q: %v", key, err)
		}
		if v.Dtype == nil || v.Shape == nil || v.Offsets == nil || len(*v.Offsets) != 2 {
			return fail("tensor %q lacks dtype, shape or the two data_offsets", key)
		}
		e := entry{name: key, at: at, dtype: *v.Dtype, begin: (*v.Offsets)[0], end: (*v.Offsets)[1]}
		if e.bytes = elementBytes(e.dtype); e.bytes == 0 {
			return fail("tensor %q has type %q; F32, F64, F16 and BF16 are read", key, e.dtype)
		}
		if len(*v.Shape) > 16 {
			return fail("tensor %q has %d dimensions", key, len(*v.Shape))
		}
		e.count = 1
		for _, n := range *v.Shape {
			if n < 0 || n > math.MaxInt32*64 || e.count > 0 && n > math.MaxInt64/16/e.count {
				return fail("tensor %q has the absurd shape %v", key, *v.Shape)
			}
			e.count *= n
			e.shape = append(e.shape, int(n))
		}
		if e.begin < 0 || e.end < e.begin || e.end-e.begin != e.count*e.bytes {
			return fail("tensor %q: shape %v of %s needs %d bytes, its offsets are [%d, %d]", key, *v.Shape, e.dtype, e.count*e.bytes, e.begin, e.end)
		}
		entries = append(entries, e)
	}
	if _, err := d.Token(); err != nil {
		return fail("header: %v", err)
	}
	for at := d.InputOffset(); at < int64(len(header)); at++ {
		if header[at] != ' ' && header[at] != '\n' && header[at] != 0 {
			return nil, nil, &FormatError{file, 8 + at, "text after the header's JSON object"}
		}
	}
	return entries, metadata, nil
}

func elementBytes(dtype string) int64 {
	switch dtype {
	case "F64":
		return 8
	case "F32":
		return 4
	case "F16", "BF16":
		return 2
	}
	return 0
}

// decode turns little-endian elements into float32.
func decode(dst []float32, src []byte, dtype string) {
	le := binary.LittleEndian
	for i := range dst {
		switch dtype {
		case "F64":
			dst[i] = float32(math.Float64frombits(le.Uint64(src[8*i:])))
		case "F32":
			dst[i] = math.Float32frombits(le.Uint32(src[4*i:]))
		case "F16":
			dst[i] = half(le.Uint16(src[2*i:]))
		case "BF16":
			dst[i] = math.Float32frombits(uint32(le.Uint16(src[2*i:])) << 16)
		}
	}
}

// half is the value of an IEEE 754 binary16.
func half(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&1023)
	switch exponent {
	case 0:
		v := float32(fraction) / (1 << 24)
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 31:
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}
