package weightfile

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// SafetensorsWriter writes a safetensors file whose elements come piece by piece.
type SafetensorsWriter struct {
	w    *bufio.Writer
	left int // elements
}

// NewSafetensorsWriter writes the header for tensors, of which names and shapes count, and metadata as the file's
// __metadata__ if there is any. Data begins at a multiple of 8 bytes. The same arguments give the same bytes.
func NewSafetensorsWriter(w io.Writer, tensors []Tensor, metadata map[string]string) (*SafetensorsWriter, error) {
	b, total, err := newSafetensors(w, tensors, metadata, "F32")
	return &SafetensorsWriter{b, total}, err
}

// newSafetensors writes the header for tensors whose elements have a type; there will be total of them.
func newSafetensors(w io.Writer, tensors []Tensor, metadata map[string]string, dtype string) (out *bufio.Writer, total int, err error) {
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
		if err := put(metadataName, metadata); err != nil {
			return nil, 0, err
		}
	}
	width := int(elementBytes(dtype))
	for _, t := range tensors {
		n := count(t.Shape)
		err := put(t.Name, struct {
			Dtype   string `json:"dtype"`
			Shape   []int  `json:"shape"`
			Offsets [2]int `json:"data_offsets"`
		}{dtype, append([]int{}, t.Shape...), [2]int{width * total, width * (total + n)}})
		if err != nil {
			return nil, 0, err
		}
		total += n
	}
	text = append(text, '}')
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	out = bufio.NewWriterSize(w, 1<<16)
	out.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(text))))
	out.Write(text)
	return out, total, nil
}

// Write appends elements, those of one tensor after those of the other. It panics beyond the last.
func (s *SafetensorsWriter) Write(x []float32) error {
	if s.left -= len(x); s.left < 0 {
		panic("weightfile: more elements than the shapes of a SafetensorsWriter hold")
	}
	return writeFloats(s.w, x)
}

// Close ends the file, not w. It panics when elements are missing.
func (s *SafetensorsWriter) Close() error {
	if s.left != 0 {
		panic(fmt.Sprintf("weightfile: %d elements were not written to a SafetensorsWriter", s.left))
	}
	return s.w.Flush()
}

// WriteSafetensors writes tensors as F32 in the order given, with metadata as the file's __metadata__ if there is any. The
// same arguments give the same bytes.
func WriteSafetensors(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	if err := check(tensors); err != nil {
		return err
	}
	s, err := NewSafetensorsWriter(w, tensors, metadata)
	if err != nil {
		return err
	}
	for _, t := range tensors {
		if err := s.Write(t.Data); err != nil {
			return err
		}
	}
	return s.Close()
}

// SaveSafetensors is WriteSafetensors to a file that appears complete, on the disk, or not at all.
func SaveSafetensors(path string, tensors []Tensor, metadata map[string]string) error {
	return save(path, func(w io.Writer) error { return WriteSafetensors(w, tensors, metadata) })
}

// WriteHalf is WriteSafetensors with elements of half precision: each the nearest one, the even one of two. An element
// that is too large for it is an error.
func WriteHalf(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	if err := check(tensors); err != nil {
		return err
	}
	out, _, err := newSafetensors(w, tensors, metadata, "F16")
	if err != nil {
		return err
	}
	for _, t := range tensors {
		if err := writeHalves(out, t); err != nil {
			return err
		}
	}
	return out.Flush()
}

// SaveHalf is WriteHalf to a file that appears complete, on the disk, or not at all.
func SaveHalf(path string, tensors []Tensor, metadata map[string]string) error {
	return save(path, func(w io.Writer) error { return WriteHalf(w, tensors, metadata) })
}
