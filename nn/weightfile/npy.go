package weightfile

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"

	"anila/internal/files"
)

// NumPy arrays (.npy, format versions 1–3; numpy.lib.format): magic, version, header length, a Python dictionary with
// descr, fortran_order and shape, then the elements. Read here: little- and big-endian float16, float32 and float64, and
// unsigned bytes, in C order. Written here: version 1, little-endian float32 and float64, C order.
const (
	npyMagic     = "\x93NUMPY"
	npyMaxHeader = 1 << 16
	npyMaxRank   = 8
)

// NPYReader reads an array element by element in order, without holding it.
type NPYReader struct {
	Shape []int
	DType string // as in the file: "<f4", ">f4", "<f8", ">f8", "<f2", ">f2", "|u1"

	file    string
	r       *bufio.Reader
	closer  io.Closer
	order   binary.ByteOrder
	width   int
	offset  int64 // of the next element
	start   int64 // of the first one
	end     int64 // of the last one's end
	left    int64 // elements
	scratch []byte
}

// typeError is a *FormatError about a type of elements that is not read; the header is good.
type typeError struct {
	FormatError
	descr string
}

func (e *typeError) Unwrap() error { return &e.FormatError }

// OpenNPY opens an array for reading in order. Close it.
func OpenNPY(path string) (*NPYReader, error) {
	f, size, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := newNPYReader(path, f, size)
	if err != nil {
		f.Close()
		return nil, err
	}
	r.closer = f
	return r, nil
}

// newNPYReader reads the header of an array file of size bytes.
func newNPYReader(file string, in io.Reader, size int64) (*NPYReader, error) {
	r := &NPYReader{file: file, r: bufio.NewReaderSize(in, 1<<16)}
	var head [8]byte
	if n, err := io.ReadFull(r.r, head[:]); err != nil {
		return nil, files.Errorf(file, int64(n), "the .npy header ends early: %v", err)
	}
	if string(head[:6]) != npyMagic {
		return nil, files.Errorf(file, 0, "magic %q is not that of a .npy file", head[:6])
	}
	wide := 4
	switch head[6] {
	case 1:
		wide = 2
	case 2, 3:
	default:
		return nil, files.Errorf(file, 6, ".npy version %d is not 1, 2 or 3", head[6])
	}
	var lenBytes [4]byte
	if n, err := io.ReadFull(r.r, lenBytes[:wide]); err != nil {
		return nil, files.Errorf(file, int64(8+n), "the .npy header ends early: %v", err)
	}
	length := int64(binary.LittleEndian.Uint32(lenBytes[:])) // the upper half is 0 in version 1
	start := int64(8 + wide)
	if length > npyMaxHeader || start+length > size {
		return nil, files.Errorf(file, 8, "a header of %d bytes in a file of %d (at most %d are read)", length, size, npyMaxHeader)
	}
	text := make([]byte, length)
	if n, err := io.ReadFull(r.r, text); err != nil {
		return nil, files.Errorf(file, start+int64(n), "the .npy header ends early: %v", err)
	}
	h, at, err := parseNPYHeader(string(text))
	if err != nil {
		return nil, files.Errorf(file, start+int64(at), "%v", err)
	}
	r.Shape, r.DType = h.shape, h.descr
	switch h.descr {
	case "<f2", "<f4", "<f8", ">f2", ">f4", ">f8":
		r.width = int(h.descr[2] - '0')
		r.order = binary.LittleEndian
		if h.descr[0] == '>' {
			r.order = binary.BigEndian
		}
	case "|u1", "<u1", ">u1", "u1", "B":
		r.DType, r.width = "|u1", 1
	default:
		return nil, &typeError{FormatError{File: file, Offset: start, Reason: fmt.Sprintf("elements of type %q; float16, float32, float64 and uint8 are read (save with x.astype(numpy.float32))", short(h.descr))}, h.descr}
	}
	if h.fortran && len(h.shape) > 1 {
		return nil, files.Errorf(file, start, "Fortran order; save with numpy.ascontiguousarray(x)")
	}
	r.offset = start + length
	room := (size - r.offset) / int64(r.width)
	total := int64(1)
	fits := true
	for _, d := range h.shape {
		if fits = fits && (d == 0 || total <= room/int64(d)); fits {
			total *= int64(d)
		}
	}
	if !fits || total > room {
		return nil, files.Errorf(file, r.offset, "shape %v of %s needs more than the %d bytes that follow", h.shape, r.DType, size-r.offset)
	}
	if rest := size - r.offset - total*int64(r.width); rest != 0 {
		return nil, files.Errorf(file, size-rest, "%d bytes follow the last element of shape %v", rest, h.shape)
	}
	r.left, r.start, r.end = total, r.offset, size
	return r, nil
}

// Len returns the number of elements not read yet.
func (r *NPYReader) Len() int64 { return r.left }

// readElements fills dst with the next elements, unsigned bytes as numbers 0…255. It returns how many it read, and io.EOF when
// none were left.
func readElements[T Float](r *NPYReader, dst []T) (int, error) {
	n := int(min(int64(len(dst)), r.left))
	if n == 0 && len(dst) > 0 {
		return 0, io.EOF
	}
	if r.scratch == nil {
		r.scratch = make([]byte, 1<<13)
	}
	for done := 0; done < n; {
		part := min(n-done, len(r.scratch)/r.width)
		b := r.scratch[:part*r.width]
		if k, err := io.ReadFull(r.r, b); err != nil {
			return done, files.Errorf(r.file, r.offset+int64(k), "the elements end early: %v", err)
		}
		out := dst[done : done+part]
		decodeElements(r, out, b)
		done += part
		r.offset += int64(len(b))
		r.left -= int64(part)
	}
	return n, nil
}

// decodeElements turns the bytes of len(out) elements into numbers.
func decodeElements[T Float](r *NPYReader, out []T, b []byte) {
	switch {
	case r.width == 1:
		for i, v := range b {
			out[i] = T(v)
		}
	case r.width == 2:
		for i := range out {
			out[i] = T(half(r.order.Uint16(b[2*i:])))
		}
	case r.width == 4:
		for i := range out {
			out[i] = T(math.Float32frombits(r.order.Uint32(b[4*i:])))
		}
	default:
		for i := range out {
			out[i] = T(math.Float64frombits(r.order.Uint64(b[8*i:])))
		}
	}
}

// ReadAt fills dst with the elements from number first on, unsigned bytes as numbers 0…255, wherever Read stands. It may be called
// from several goroutines. A range outside of the array is an error.
func (r *NPYReader) ReadAt(dst []float32, first int64) error {
	f, ok := r.closer.(io.ReaderAt)
	if total := (r.end - r.start) / int64(r.width); !ok || first < 0 || first > total || int64(len(dst)) > total-first {
		return files.Errorf(r.file, r.start, "elements %d … %d lie outside of shape %v", first, first+int64(len(dst)), r.Shape)
	}
	chunk := chunks.Get().(*[1 << 15]byte)
	defer chunks.Put(chunk)
	for at := r.start + first*int64(r.width); len(dst) > 0; {
		n := min(len(dst), len(chunk)/r.width)
		b := chunk[:n*r.width]
		if k, err := f.ReadAt(b, at); k < len(b) {
			return files.Errorf(r.file, at+int64(k), "the elements end early: %v", err)
		}
		decodeElements(r, dst[:n], b)
		dst, at = dst[n:], at+int64(len(b))
	}
	return nil
}

var chunks = sync.Pool{New: func() any { return new([1 << 15]byte) }}

// Close closes the file.
func (r *NPYReader) Close() error {
	if r.closer == nil {
		return nil
	}
	return r.closer.Close()
}

// LoadNPY reads a whole array, unsigned bytes as numbers 0…255.
func LoadNPY(path string) (Tensor, error) {
	r, err := OpenNPY(path)
	if err != nil {
		return Tensor{}, err
	}
	defer r.Close()
	return r.Rest()
}

// Rest reads what is left.
func (r *NPYReader) Rest() (Tensor, error) { return restOf[float32](r) }

// restOf is Rest. The header was held against the size of the file; where that size is itself only claimed, as in an
// archive, memory grows with what really arrives.
func restOf[T Float](r *NPYReader) (Array[T], error) {
	a := Array[T]{Shape: r.Shape}
	room := r.left
	if r.closer == nil {
		room = min(room, 1<<18)
	}
	a.Data = make([]T, 0, room)
	for r.left > 0 {
		if len(a.Data) == cap(a.Data) {
			a.Data = slices.Grow(a.Data, int(min(r.left, int64(len(a.Data)))))
		}
		part := a.Data[len(a.Data):min(int64(cap(a.Data)), int64(len(a.Data))+r.left)]
		n, err := readElements(r, part)
		a.Data = a.Data[:len(a.Data)+n]
		if err != nil {
			return Array[T]{}, err
		}
	}
	return a, nil
}
