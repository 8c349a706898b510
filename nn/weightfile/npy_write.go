package weightfile

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"anila/internal/files"
)

// NPYWriter writes an array in order. The file appears under its name when Close succeeds, complete or not at all.
type NPYWriter struct {
	path string
	f    *files.File
	left int64
	err  error
}

// npyHeaderBytes is everything before the elements of an array.
func npyHeaderBytes(descr string, shape []int) []byte {
	dims := make([]string, len(shape))
	for i, d := range shape {
		dims[i] = strconv.Itoa(d)
	}
	tuple := strings.Join(dims, ", ")
	if len(shape) == 1 {
		tuple += ","
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, tuple)
	// The elements begin at a multiple of 64 bytes, as numpy.save has it.
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	b := binary.LittleEndian.AppendUint16([]byte(npyMagic+"\x01\x00"), uint16(len(header)))
	return append(b, header...)
}

// CreateNPY begins a float32 array of the given shape.
func CreateNPY(path string, shape ...int) (*NPYWriter, error) {
	total := count(shape)
	if total < 0 {
		return nil, fmt.Errorf("%s: shape %v", path, shape)
	}
	f, err := files.Create(path)
	if err != nil {
		return nil, err
	}
	w := &NPYWriter{path: path, f: f, left: int64(total)}
	f.Write(npyHeaderBytes("<f4", shape)) // Close reports a failure
	return w, nil
}

// Write appends elements.
func (w *NPYWriter) Write(x []float32) error {
	if w.err != nil {
		return w.err
	}
	if int64(len(x)) > w.left {
		w.err = fmt.Errorf("%s: %d elements more than its shape holds", w.path, int64(len(x))-w.left)
		return w.err
	}
	if err := writeFloats(w.f, x); err != nil {
		w.err = fmt.Errorf("%s: %w", w.path, err)
		return w.err
	}
	w.left -= int64(len(x))
	return nil
}

// Close finishes the file. When elements are missing or a write failed, nothing is left behind and the error says why.
func (w *NPYWriter) Close() error {
	err := w.err
	if err == nil && w.left != 0 {
		err = fmt.Errorf("%s: %d elements are missing", w.path, w.left)
	}
	return w.f.Close(err)
}

// SaveNPY writes a whole float32 array.
func SaveNPY(path string, shape []int, x []float32) error {
	w, err := CreateNPY(path, shape...)
	if err != nil {
		return err
	}
	w.Write(x) // Close reports what went wrong
	return w.Close()
}
