package weightfile

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
)

// LoadPTH reads the floating-point tensors of a state dict that torch.save wrote,
// in the zip form of PyTorch ≥ 1.6 or the older one, as float32 in the order of
// the dict. A checkpoint that holds its state dict under "state_dict", "model",
// "model_state_dict" or "net" is opened there. No code in the file is run, and
// memory stays within a small multiple of the file's size.
func LoadPTH(name string) ([]Tensor, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", name)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return ReadPTH(file, info.Size(), name)
}

// ReadPTH is LoadPTH for anything that can be read at an offset; name stands for
// the file in errors.
func ReadPTH(r io.ReaderAt, size int64, name string) ([]Tensor, error) {
	var magic [4]byte
	if err := readAt(r, magic[:], 0); err != nil {
		return nil, &FormatError{name, 0, "too short for a file of torch.save"}
	}
	if string(magic[:]) == "PK\x03\x04" {
		return readZipPTH(r, size, name)
	}
	return readLegacyPTH(r, size, name)
}

// elements gives the types of PyTorch's storages.
var elements = map[string]storage{
	"FloatStorage": {dtype: "F32", bytes: 4}, "DoubleStorage": {dtype: "F64", bytes: 8},
	"HalfStorage": {dtype: "F16", bytes: 2}, "BFloat16Storage": {dtype: "BF16", bytes: 2},
	"LongStorage": {bytes: 8}, "IntStorage": {bytes: 4}, "ShortStorage": {bytes: 2},
	"CharStorage": {bytes: 1}, "ByteStorage": {bytes: 1}, "BoolStorage": {bytes: 1},
}

// storages collects what a pickle refers to, each key once.
type storages struct {
	byKey map[string]*storage
	limit int64 // elements that a storage may have
}

// resolve reads ("storage", class, key, device, count, …).
func (s *storages) resolve(id tuple) (*storage, error) {
	if len(id) < 5 || id[0] != any("storage") {
		return nil, errors.New("a persistent id that is no storage")
	}
	class, ok := id[1].(global)
	key, ok2 := id[2].(string)
	count, ok3 := id[4].(int64)
	if !ok || !ok2 || !ok3 || count < 0 || count > s.limit {
		return nil, fmt.Errorf("a storage of %v elements in a file that has at most %d", id[4], s.limit)
	}
	if known, ok := s.byKey[key]; ok {
		return known, nil
	}
	v, ok := elements[class.name]
	if !ok {
		return nil, fmt.Errorf("a storage of type %q", class.name)
	}
	v.key, v.count = key, count
	s.byKey[key] = &v
	return &v, nil
}

func readZipPTH(r io.ReaderAt, size int64, name string) ([]Tensor, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, &FormatError{name, 0, err.Error()}
	}
	var pickle *zip.File
	entries := map[string]*zip.File{}
	for _, f := range archive.File {
		if f.Method != zip.Store || f.UncompressedSize64 > uint64(size) {
			return nil, &FormatError{name, 0, fmt.Sprintf("entry %q is compressed or larger than the file; torch.save does neither", f.Name)}
		}
		if path.Base(f.Name) == "data.pkl" && pickle == nil {
			pickle = f
		}
		entries[f.Name] = f
	}
	if pickle == nil {
		return nil, &FormatError{name, 0, "a zip archive without data.pkl"}
	}
	root := path.Dir(pickle.Name)
	if f := entries[root+"/byteorder"]; f != nil {
		if order, err := readEntry(f); err != nil || string(order) != "little" {
			return nil, &FormatError{name, 0, fmt.Sprintf("byte order %q", order)}
		}
	}
	data, err := readEntry(pickle)
	if err != nil {
		return nil, &FormatError{name + ":" + pickle.Name, 0, err.Error()}
	}
	known := &storages{byKey: map[string]*storage{}, limit: size}
	u := &unpickler{data: data, file: name + ":" + pickle.Name, storage: known.resolve}
	value, err := u.load()
	if err != nil {
		return nil, err
	}
	read := func(s *storage) ([]float32, error) {
		f := entries[root+"/data/"+s.key]
		if f == nil {
			return nil, &FormatError{name, 0, fmt.Sprintf("no entry for storage %q", s.key)}
		}
		raw, err := readEntry(f)
		if err == nil && int64(len(raw)) != s.count*s.bytes {
			err = fmt.Errorf("storage of %d bytes for %d elements of %s", len(raw), s.count, s.dtype)
		}
		if err != nil {
			return nil, &FormatError{name + ":" + f.Name, 0, err.Error()}
		}
		out := make([]float32, s.count)
		decode(out, raw, s.dtype)
		return out, nil
	}
	return collect(value, size, name, read)
}

func readEntry(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// readLegacyPTH reads magic number, protocol, system, state dict and the list of
// storages, five pickles one after the other, then for each storage its number of
// elements and the elements.
func readLegacyPTH(r io.ReaderAt, size int64, name string) ([]Tensor, error) {
	data := make([]byte, size)
	if err := readAt(r, data, 0); err != nil {
		return nil, &FormatError{name, 0, err.Error()}
	}
	known := &storages{byKey: map[string]*storage{}, limit: size}
	u := &unpickler{data: data, file: name, storage: known.resolve}
	var parts [5]any
	for i := range parts {
		var err error
		if parts[i], err = u.load(); err != nil && i > 0 {
			return nil, err
		}
		if i == 0 && parts[0] != any(opaque{"6cfc9c46f9206aa85019"}) {
			return nil, &FormatError{name, 0, "neither a zip archive nor the older form of torch.save"}
		}
		if i == 1 && parts[1] != any(int64(1001)) {
			return nil, u.fail("protocol %v of torch.save, not 1001", parts[1])
		}
	}
	keys, ok := parts[4].(*list)
	if !ok {
		return nil, u.fail("no list of storages")
	}
	where := map[string][]byte{}
	for _, k := range keys.items {
		key, _ := k.(string)
		s := known.byKey[key]
		if s == nil {
			return nil, u.fail("storage %q has no tensor", key)
		}
		if where[key] != nil || len(data)-u.at < 8 {
			return nil, u.fail("storage %q comes twice or not at all", key)
		}
		count := binary.LittleEndian.Uint64(data[u.at:])
		if count != uint64(s.count) || count > uint64(len(data)-u.at-8)/uint64(s.bytes) {
			return nil, u.fail("storage %q of %d elements; its tensors see %d, and the file has %d bytes left", key, count, s.count, len(data)-u.at-8)
		}
		end := u.at + 8 + int(count*uint64(s.bytes))
		where[key] = data[u.at+8 : end : end]
		u.at = end
	}
	read := func(s *storage) ([]float32, error) {
		raw := where[s.key]
		if raw == nil {
			return nil, &FormatError{name, size, fmt.Sprintf("storage %q is missing", s.key)}
		}
		out := make([]float32, s.count)
		decode(out, raw, s.dtype)
		return out, nil
	}
	return collect(parts[3], size, name, read)
}

// stateDicts are the keys under which checkpoints keep their state dict.
var stateDicts = []string{"state_dict", "model_state_dict", "model", "net"}

// collect turns the tensors of a state dict into Tensors. read gives the elements
// of a storage.
func collect(value any, size int64, name string, read func(*storage) ([]float32, error)) ([]Tensor, error) {
	d, ok := value.(*dict)
	if !ok {
		return nil, &FormatError{name, 0, "the file holds no dict of tensors"}
	}
	for _, key := range stateDicts {
		if inner, ok := d.values[key].(*dict); ok {
			d = inner
			break
		}
	}
	var tensors []Tensor
	cache := map[*storage][]float32{}
	total := int64(0)
	for _, key := range d.keys {
		v, ok := d.values[key].(*view)
		if !ok || v.storage.dtype == "" {
			continue
		}
		count := int64(1)
		shape := make([]int, len(v.shape))
		for i, n := range v.shape {
			count *= n
			shape[i] = int(n)
		}
		if total += count; total > size {
			return nil, &FormatError{name, size, fmt.Sprintf("tensors of more elements than the file has bytes, at %q", key)}
		}
		elements, ok := cache[v.storage]
		if !ok {
			var err error
			if elements, err = read(v.storage); err != nil {
				return nil, err
			}
			cache[v.storage] = elements
		}
		tensors = append(tensors, Tensor{key, shape, v.gather(elements, int(count))})
	}
	if len(tensors) == 0 {
		return nil, &FormatError{name, 0, "the file holds no floating-point tensors under names"}
	}
	return tensors, nil
}

// gather copies the view's elements in row-major order.
func (v *view) gather(elements []float32, count int) []float32 {
	out := make([]float32, count)
	index := make([]int64, len(v.shape))
	at := v.offset
	for i := range out {
		out[i] = elements[at]
		for k := len(index) - 1; k >= 0; k-- {
			index[k]++
			at += v.stride[k]
			if index[k] < v.shape[k] {
				break
			}
			at -= v.stride[k] * v.shape[k]
			index[k] = 0
		}
	}
	return out
}
