package data

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"anila/internal/files"
)

// MNIST in IDX files: two zero bytes, an element type, the number of dimensions, each dimension as a big-endian uint32,
// then the elements. Plain or compressed with gzip.
const (
	mnistFolder  = "mnist"
	mnistAddress = "http://yann.lecun.com/exdb/mnist/ (mirror: https://ossci-datasets.s3.amazonaws.com/mnist/)"
	mnistSide    = 28

	fashionFolder  = "fashion-mnist"
	fashionAddress = "https://github.com/zalandoresearch/fashion-mnist"

	// deflateRatio is more than the 1,032 to 1 that deflate can reach at best: a header that declares more than this many
	// times the compressed bytes is refused before any memory is asked for.
	deflateRatio = 1100
)

// idxTypes are the element types of IDX files, as NumPy names them.
var idxTypes = map[byte]string{0x08: "|u1", 0x09: "|i1", 0x0b: ">i2", 0x0c: ">i4", 0x0d: ">f4", 0x0e: ">f8"}

// IDX is the content of an IDX file.
type IDX struct {
	Dims  []int
	DType string // of the elements, as NumPy names it: |u1, |i1, >i2, >i4, >f4 or >f8
	Data  []byte // elements as in the file
}

// size is the number of bytes of an element.
func (x *IDX) size() int { return int(x.DType[2] - '0') }

// At returns element i.
func (x *IDX) At(i int) float64 {
	b := x.Data[i*x.size():]
	switch x.DType {
	case "|u1":
		return float64(b[0])
	case "|i1":
		return float64(int8(b[0]))
	case ">i2":
		return float64(int16(binary.BigEndian.Uint16(b)))
	case ">i4":
		return float64(int32(binary.BigEndian.Uint32(b)))
	case ">f4":
		return float64(math.Float32frombits(binary.BigEndian.Uint32(b)))
	}
	return math.Float64frombits(binary.BigEndian.Uint64(b))
}

// integers returns the elements, which are integers from 0 to most. An error names the byte of the first that is not.
func (x *IDX) integers(file string, most int) ([]uint16, error) {
	out := make([]uint16, len(x.Data)/x.size())
	for i := range out {
		v := x.At(i)
		if v != math.Trunc(v) || v < 0 || v > float64(most) { // and NaN
			return nil, files.Errorf(file, int64(4+4*len(x.Dims)+i*x.size()), "%g of item %d is no integer from 0 to %d", v, i, most)
		}
		out[i] = uint16(v)
	}
	return out, nil
}

// pixels returns the elements as the bytes of images.
func (x *IDX) pixels(file string) ([]byte, error) {
	if x.DType == "|u1" {
		return x.Data, nil
	}
	wide, err := x.integers(file, 255)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(wide))
	for i, v := range wide {
		out[i] = byte(v)
	}
	return out, nil
}

// isIDX tells whether a file begins as IDX does.
func isIDX(head []byte) bool {
	return len(head) > 2 && head[0] == 0 && head[1] == 0 && idxTypes[head[2]] != ""
}

// openIDX reads images of an IDX file, and their labels where a file beside it has the name that MNIST gives it.
func openIDX(path string) (*Images, error) {
	labels := filepath.Join(filepath.Dir(path), strings.Replace(filepath.Base(path), "images", "labels", 1))
	labels = strings.Replace(labels, "idx3", "idx1", 1)
	if _, err := os.Stat(labels); err == nil && labels != path {
		return readMNIST(path, path, labels)
	}
	x, err := ReadIDX(path)
	if err != nil {
		return nil, err
	}
	pixels, err := x.pixels(path)
	if err != nil {
		return nil, err
	}
	switch d := x.Dims; len(d) {
	case 3:
		return NewImages(path, pixels, d[1], d[2], 1, nil)
	case 4:
		return NewImages(path, pixels, d[1], d[2], d[3], nil)
	}
	return nil, files.Errorf(path, 3, "%d dimensions where images have 3, or 4 with channels", len(x.Dims))
}

// ReadIDX reads an IDX file; a name that ends in .gz is decompressed.
func ReadIDX(path string) (*IDX, error) {
	f, size, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if strings.HasSuffix(path, ".gz") {
		return decodeIDXGzip(path, f, size)
	}
	return decodeIDX(path, f, size, true)
}

// decodeIDXGzip reads a compressed IDX file of size bytes. Offsets in its errors count decompressed bytes.
func decodeIDXGzip(file string, r io.Reader, size int64) (*IDX, error) {
	z, err := gzip.NewReader(bufio.NewReader(r))
	if err != nil {
		return nil, files.Errorf(file, 0, "not a gzip file: %v", err)
	}
	limit := int64(math.MaxInt64)
	if size < limit/deflateRatio {
		limit = size * deflateRatio
	}
	return decodeIDX(file, z, limit, false)
}

// decodeIDX reads an IDX stream. exact says that size is the real number of bytes; otherwise it is only a bound, and
// memory grows with what really arrives.
func decodeIDX(file string, r io.Reader, size int64, exact bool) (*IDX, error) {
	var head [4]byte
	if n, err := io.ReadFull(r, head[:]); err != nil {
		return nil, files.Errorf(file, int64(n), "the IDX header ends early: %v", err)
	}
	if head[0] != 0 || head[1] != 0 {
		return nil, files.Errorf(file, 0, "magic % x is not that of an IDX file (00 00 08 …)", head)
	}
	x := &IDX{DType: idxTypes[head[2]]}
	if x.DType == "" {
		return nil, files.Errorf(file, 2, "element type %#02x; there are 0x08, 0x09, 0x0b, 0x0c, 0x0d and 0x0e", head[2])
	}
	rank := int(head[3])
	if rank < 1 || rank > 4 {
		return nil, files.Errorf(file, 3, "%d dimensions; 1…4 make sense here", rank)
	}
	x.Dims = make([]int, rank)
	offset := int64(4)
	total := int64(x.size()) // bytes
	for i := range x.Dims {
		var b [4]byte
		if n, err := io.ReadFull(r, b[:]); err != nil {
			return nil, files.Errorf(file, offset+int64(n), "dimension %d ends early: %v", i, err)
		}
		d := int64(binary.BigEndian.Uint32(b[:]))
		if d == 0 {
			return nil, files.Errorf(file, offset, "dimension %d is 0", i)
		}
		if total > (size-4*int64(rank)-4)/d {
			return nil, files.Errorf(file, offset, "dimension %d of %d makes the file larger than the %s it can hold", i, d, byteCount(size))
		}
		total *= d
		x.Dims[i] = int(d)
		offset += 4
	}
	if exact && offset+total != size {
		return nil, files.Errorf(file, min(offset+total, size), "the header declares %d bytes, the file has %d", offset+total, size)
	}
	var err error
	if x.Data, err = readGrowing(r, total); err != nil {
		return nil, files.Errorf(file, offset+int64(len(x.Data)), "%d of %d bytes of elements, then: %v", len(x.Data), total, err)
	}
	// The end of a gzip stream carries its checksum: reading one byte more makes the decompressor verify it.
	var one [1]byte
	switch n, err := io.ReadFull(r, one[:]); {
	case n > 0:
		return nil, files.Errorf(file, offset+total, "goes on after the %d bytes of elements that its header declares", total)
	case err != io.EOF:
		return nil, files.Errorf(file, offset+total, "%v", err)
	}
	return x, nil
}

// readGrowing reads n bytes without trusting n: the buffer is never more than twice what has arrived (or a megabyte).
func readGrowing(r io.Reader, n int64) ([]byte, error) {
	buf := make([]byte, 0, min(n, 1<<20))
	for int64(len(buf)) < n {
		if len(buf) == cap(buf) {
			grown := make([]byte, len(buf), min(n, 2*int64(cap(buf))))
			copy(grown, buf)
			buf = grown
		}
		k, err := io.ReadFull(r, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+k]
		if err != nil {
			return buf, err
		}
	}
	return buf, nil
}

func byteCount(n int64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// openMNIST reads images and labels of one part ("train" or "t10k") from dir or one of its folders, the first of which
// is the usual one, plain files before .gz; there may be no labels. Images stay 28×28; see fit for the size asked for.
func openMNIST(name, dir, part, address string, folders ...string) (*Images, error) {
	stems := [2]string{part + "-images-idx3-ubyte", part + "-labels-idx1-ubyte"}
	forms := func(stem string) []string {
		return []string{stem, stem + ".gz", strings.Replace(stem, "-idx", ".idx", 1)}
	}
	found, err := findFolder(dir, forms(stems[0]), folders...)
	if err != nil {
		return nil, err
	}
	if found == "" {
		return nil, missing(name, dir, folders[0], []string{stems[0] + "[.gz]", stems[1] + "[.gz]"}, address)
	}
	var paths [2]string
	for i, stem := range stems {
		for _, file := range forms(stem) {
			_, err := os.Stat(filepath.Join(found, file))
			if err == nil {
				paths[i] = filepath.Join(found, file)
				break
			}
			if !errors.Is(err, fs.ErrNotExist) { // labels that cannot be read are not none
				return nil, fmt.Errorf("data: %w", err)
			}
		}
	}
	return readMNIST(name, paths[0], paths[1])
}

// readMNIST reads images, and their labels unless labelPath is "".
func readMNIST(name, imagePath, labelPath string) (*Images, error) {
	images, err := ReadIDX(imagePath)
	if err != nil {
		return nil, err
	}
	if len(images.Dims) != 3 {
		return nil, files.Errorf(imagePath, 3, "%d dimensions where images have 3", len(images.Dims))
	}
	pixels, err := images.pixels(imagePath)
	if err != nil {
		return nil, err
	}
	var wide []uint16
	if labelPath != "" {
		labels, err := ReadIDX(labelPath)
		if err != nil {
			return nil, err
		}
		if len(labels.Dims) != 1 || labels.Dims[0] != images.Dims[0] {
			return nil, files.Errorf(labelPath, 4, "dimensions %v do not label %d images", labels.Dims, images.Dims[0])
		}
		if wide, err = labels.integers(labelPath, math.MaxUint16); err != nil {
			return nil, err
		}
	}
	return NewImages(name, pixels, images.Dims[1], images.Dims[2], 1, wide)
}
