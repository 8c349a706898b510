package weightfile

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// WriteSafetensors writes tensors as F32 in the order given, with metadata as the
// file's __metadata__ if there is any. The same arguments give the same bytes.
func WriteSafetensors(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	header, err := safetensorsHeader(tensors, metadata)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<16)
	var prefix [8]byte
	binary.LittleEndian.PutUint64(prefix[:], uint64(len(header)))
	out.Write(prefix[:])
	out.Write(header)
	var b [4]byte
	for _, t := range tensors {
		for _, v := range t.Data {
			binary.LittleEndian.PutUint32(b[:], math.Float32bits(v))
			if _, err := out.Write(b[:]); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// safetensorsHeader is the JSON header, padded with spaces so that data begins at
// a multiple of 8.
func safetensorsHeader(tensors []Tensor, metadata map[string]string) ([]byte, error) {
	text := []byte{'{'}
	put := func(key string, value any) error {
		if len(text) > 1 {
			text = append(text, ',')
		}
		k, err := json.Marshal(key)
		if err != nil {
			return err
		}
		v, err := json.Marshal(value)
		if err != nil {
			return err
		}
		text = append(append(append(text, k...), ':'), v...)
		return nil
	}
	if len(metadata) > 0 {
		if err := put("__metadata__", metadata); err != nil {
			return nil, err
		}
	}
	seen := map[string]bool{"__metadata__": true}
	offset := 0
	for _, t := range tensors {
		count := 1
		for _, d := range t.Shape {
			count *= d
		}
		if count != len(t.Data) {
			return nil, fmt.Errorf("weightfile: tensor %q of shape %v has %d floats", t.Name, t.Shape, len(t.Data))
		}
		if seen[t.Name] {
			return nil, fmt.Errorf("weightfile: two tensors named %q", t.Name)
		}
		seen[t.Name] = true
		shape := append([]int{}, t.Shape...)
		err := put(t.Name, struct {
			Dtype   string `json:"dtype"`
			Shape   []int  `json:"shape"`
			Offsets [2]int `json:"data_offsets"`
		}{"F32", shape, [2]int{offset, offset + 4*count}})
		if err != nil {
			return nil, err
		}
		offset += 4 * count
	}
	text = append(text, '}')
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	return text, nil
}

// SaveSafetensors writes a safetensors file beside path, syncs it and renames it
// to path, so that path is never half written.
func SaveSafetensors(path string, tensors []Tensor, metadata map[string]string) error {
	return saveBeside(path, func(w io.Writer) error { return WriteSafetensors(w, tensors, metadata) })
}
