package data

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"anila/train/internal/wholefile"
)

// NPYWriter writes an array in order. The file appears under its name when Close succeeds, complete or not at all.
type NPYWriter struct {
	path string
	f    *wholefile.File
	left int64
	err  error
}

// npyHeaderBytes is everything before the elements of an array of T, and the number of elements; −1 for a shape that
// cannot be.
func npyHeaderBytes[T Float](shape []int) ([]byte, int64) {
	total := int64(1)
	dims := make([]string, len(shape))
	for i, d := range shape {
		if d < 0 {
			return nil, -1
		}
		total *= int64(d)
		dims[i] = strconv.Itoa(d)
	}
	tuple := strings.Join(dims, ", ")
	if len(shape) == 1 {
		tuple += ","
	}
	header := fmt.Sprintf("{'descr': '<f%d', 'fortran_order': False, 'shape': (%s), }", elementSize[T](), tuple)
	// The elements begin at a multiple of 64 bytes, as numpy.save has it.
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	b := binary.LittleEndian.AppendUint16([]byte(npyMagic+"\x01\x00"), uint16(len(header)))
	return append(b, header...), total
}

// elementSize is the number of bytes of an element in a file.
func elementSize[T Float]() int {
	var v T
	return int(unsafe.Sizeof(v))
}

// writeFloats writes elements in little-endian order.
func writeFloats[T Float](w io.Writer, x []T) error {
	var b [1 << 12]byte
	size := elementSize[T]()
	for len(x) > 0 {
		n := min(len(x), len(b)/size)
		for i, v := range x[:n] {
			if size == 4 {
				binary.LittleEndian.PutUint32(b[4*i:], math.Float32bits(float32(v)))
			} else {
				binary.LittleEndian.PutUint64(b[8*i:], math.Float64bits(float64(v)))
			}
		}
		if _, err := w.Write(b[:size*n]); err != nil {
			return err
		}
		x = x[n:]
	}
	return nil
}

// CreateNPY begins a float32 array of the given shape.
func CreateNPY(path string, shape ...int) (*NPYWriter, error) {
	header, total := npyHeaderBytes[float32](shape)
	if total < 0 {
		return nil, fmt.Errorf("data: %s: shape %v", path, shape)
	}
	if st, err := os.Stat(path); err == nil && !st.Mode().IsRegular() {
		return nil, fmt.Errorf("data: %s is %s; an array is written to a regular file", path, kindOf(st.Mode()))
	}
	f, err := wholefile.Create(path)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	w := &NPYWriter{path: path, f: f, left: total}
	f.Write(header) // Close reports a failure
	return w, nil
}

// Write appends elements.
func (w *NPYWriter) Write(x []float32) error {
	if w.err != nil {
		return w.err
	}
	if int64(len(x)) > w.left {
		w.err = fmt.Errorf("data: %s: %d elements more than its shape holds", w.path, int64(len(x))-w.left)
		return w.err
	}
	if err := writeFloats(w.f, x); err != nil {
		w.err = fmt.Errorf("data: %s: %w", w.path, err)
		return w.err
	}
	w.left -= int64(len(x))
	return nil
}

// Close finishes the file. When elements are missing or a write failed, nothing is left behind and the error says why.
func (w *NPYWriter) Close() error {
	err := w.err
	if err == nil && w.left != 0 {
		err = fmt.Errorf("data: %s: %d elements are missing", w.path, w.left)
	}
	return w.f.Close(err)
}

// WriteNPY writes a whole float32 array.
func WriteNPY(path string, shape []int, x []float32) error {
	w, err := CreateNPY(path, shape...)
	if err != nil {
		return err
	}
	w.Write(x) // Close reports what went wrong
	return w.Close()
}
