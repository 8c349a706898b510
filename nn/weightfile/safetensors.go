package weightfile

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"anila/internal/files"
)

// maxHeader is the longest header that is read, the limit of the reference
// implementation.
const maxHeader = 100 << 20

// LoadSafetensors reads a safetensors file of floating-point tensors, such as the engine writes: its tensors in the order of
// their data, and the strings of its __metadata__. Tensors of other types are an error; Load leaves them out.
func LoadSafetensors(path string) ([]Tensor, map[string]string, error) {
	f, size, err := files.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	return ReadSafetensors(f, size, path)
}

// ReadSafetensors is LoadSafetensors for anything that can be read at an offset; name stands for the file in errors.
func ReadSafetensors(r io.ReaderAt, size int64, name string) ([]Tensor, map[string]string, error) {
	file, err := readSafetensors(r, size, name)
	if err != nil {
		return nil, nil, err
	}
	if len(file.LeftOut) > 0 {
		return nil, nil, files.Errorf(name, 8, "tensor %s cannot be read", file.LeftOut[0])
	}
	return file.Tensors, file.Metadata, nil
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
}

func readSafetensors(r io.ReaderAt, size int64, name string) (*File, error) {
	fail := func(at int64, format string, args ...any) (*File, error) {
		return nil, files.Errorf(name, at, format, args...)
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
		return nil, err
	}
	data := 8 + int64(length)
	// An empty tensor comes before the one that begins where it does.
	slices.SortStableFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	next := int64(0)
	for _, e := range entries {
		switch {
		case e.begin < next:
			return fail(e.at, "tensor %q begins at %d, inside the tensor before it, which ends at %d", short(e.name), e.begin, next)
		case e.begin > next:
			return fail(e.at, "tensor %q begins at %d, leaving a hole after %d", short(e.name), e.begin, next)
		case e.end > size-data:
			return fail(size, "file ends inside tensor %q, which ends at byte %d", short(e.name), data+e.end)
		}
		next = e.end
	}
	if next != size-data {
		return fail(data+next, "%d bytes after the last tensor", size-data-next)
	}
	file := &File{Form: "safetensors file", Metadata: metadata}
	buffer := make([]byte, 1<<16)
	for _, e := range entries {
		width := elementBytes(e.dtype)
		if width == 0 {
			file.LeftOut = append(file.LeftOut, LeftOut{e.name, "elements of type " + e.dtype})
			continue
		}
		t := Tensor{Name: e.name, Shape: e.shape, Data: make([]float32, e.count)}
		for done := int64(0); done < e.count; {
			k := min(e.count-done, int64(len(buffer))/width)
			chunk := buffer[:k*width]
			at := data + e.begin + done*width
			if err := readAt(r, chunk, at); err != nil {
				return fail(at, "%v", err)
			}
			decode(t.Data[done:done+k], chunk, e.dtype)
			done += k
		}
		file.Tensors = append(file.Tensors, t)
	}
	return file, nil
}

// headerParser reads the JSON object of the header. encoding/json alone would take keys in any case, and twice.
type headerParser struct {
	d    *json.Decoder
	file string
}

func (p *headerParser) fail(format string, args ...any) error {
	return files.Errorf(p.file, 8+p.d.InputOffset(), format, args...)
}

// object calls value for each key of an object, after the key; value reads what stands there.
func (p *headerParser) object(what string, value func(key string) error) error {
	if t, err := p.d.Token(); err != nil || t != json.Delim('{') {
		return p.fail("%s is not a JSON object", what)
	}
	seen := map[string]bool{}
	for p.d.More() {
		t, err := p.d.Token()
		if err != nil {
			return p.fail("%s: %v", what, err)
		}
		key := t.(string)
		if seen[key] {
			return p.fail("%s: %q appears twice", what, short(key))
		}
		seen[key] = true
		if err := value(key); err != nil {
			return err
		}
	}
	if _, err := p.d.Token(); err != nil {
		return p.fail("%s: %v", what, err)
	}
	return nil
}

// decode reads the next value into v.
func (p *headerParser) decode(what string, v any) error {
	if err := p.d.Decode(v); err != nil {
		return p.fail("%s: %v", what, err)
	}
	return nil
}

// parseHeader checks each tensor by itself.
func parseHeader(header []byte, file string) (entries []entry, metadata map[string]string, err error) {
	p := &headerParser{json.NewDecoder(bytes.NewReader(header)), file}
	err = p.object("the header", func(key string) error {
		if key == metadataName {
			metadata = map[string]string{}
			return p.object(metadataName, func(key string) error {
				var v *string
				if err := p.decode(metadataName, &v); err != nil || v == nil {
					return cmp.Or(err, p.fail("%s: %q is no string", metadataName, short(key)))
				}
				metadata[key] = *v
				return nil
			})
		}
		e, err := p.tensor(key)
		entries = append(entries, e)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	for at := p.d.InputOffset(); at < int64(len(header)); at++ {
		if header[at] != ' ' && header[at] != '\n' && header[at] != 0 {
			return nil, nil, files.Errorf(file, 8+at, "text after the header's JSON object")
		}
	}
	return entries, metadata, nil
}

func (p *headerParser) tensor(name string) (entry, error) {
	e := entry{name: name, at: 8 + p.d.InputOffset(), count: 1}
	what := fmt.Sprintf("tensor %q", short(name))
	var dtype *string
	var shape, offsets *[]int64
	err := p.object(what, func(key string) error {
		switch key {
		case "dtype":
			return p.decode(what, &dtype)
		case "shape":
			return p.decode(what, &shape)
		case "data_offsets":
			return p.decode(what, &offsets)
		}
		var other json.RawMessage
		return p.decode(what, &other)
	})
	switch {
	case err != nil:
		return e, err
	case dtype == nil || shape == nil || offsets == nil || len(*offsets) != 2:
		return e, p.fail("%s lacks dtype, shape or the two data_offsets", what)
	case bits[*dtype] == 0:
		return e, p.fail("%s has type %q, which safetensors does not have", what, short(*dtype))
	case len(*shape) > 16:
		return e, p.fail("%s has %d dimensions", what, len(*shape))
	}
	e.dtype, e.begin, e.end = *dtype, (*offsets)[0], (*offsets)[1]
	for _, n := range *shape {
		if n < 0 || n > math.MaxInt32*64 || e.count > 0 && n > math.MaxInt64/64/e.count {
			return e, p.fail("%s has the absurd shape %v", what, *shape)
		}
		e.count *= n
		e.shape = append(e.shape, int(n))
	}
	need := (e.count*bits[e.dtype] + 7) / 8
	if e.begin < 0 || e.end < e.begin || e.end-e.begin != need {
		return e, p.fail("%s: shape %v of %s needs %d bytes, its offsets are [%d, %d]", what, *shape, e.dtype, need, e.begin, e.end)
	}
	return e, nil
}
