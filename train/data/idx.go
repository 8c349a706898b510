package data

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
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

	idxUint8 = 0x08
	// deflateRatio is more than the 1,032 to 1 that deflate can reach at best: a header that declares more than this many
	// times the compressed bytes is refused before any memory is asked for.
	deflateRatio = 1100
)

// IDX is the content of an IDX file of unsigned bytes.
type IDX struct {
	Dims []int
	Data []byte
}

// ReadIDX reads an IDX file of unsigned bytes; a name that ends in .gz is decompressed.
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
	z.Multistream(false)
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
	if head[2] != idxUint8 {
		return nil, files.Errorf(file, 2, "element type %#02x is not unsigned bytes (0x08)", head[2])
	}
	rank := int(head[3])
	if rank < 1 || rank > 4 {
		return nil, files.Errorf(file, 3, "%d dimensions; 1…4 make sense here", rank)
	}
	x := &IDX{Dims: make([]int, rank)}
	offset := int64(4)
	total := int64(1)
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
		return nil, files.Errorf(file, offset+int64(len(x.Data)), "%d of %d elements, then: %v", len(x.Data), total, err)
	}
	// The end of a gzip stream carries its checksum: reading one byte more makes the decompressor verify it.
	var one [1]byte
	switch n, err := io.ReadFull(r, one[:]); {
	case n > 0:
		return nil, files.Errorf(file, offset+total, "goes on after the %d elements that its header declares", total)
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

// openMNIST reads images and labels of one part ("train" or "t10k") from dir or dir/mnist, plain files before .gz.
// Images stay 28×28; see fit for the size asked for.
func openMNIST(name, dir, part string) (*Images, error) {
	var paths [2]string
	stems := [2]string{part + "-images-idx3-ubyte", part + "-labels-idx1-ubyte"}
	var wanted []string
	for _, stem := range stems {
		wanted = append(wanted, stem, stem+".gz", strings.Replace(stem, "-idx", ".idx", 1))
	}
	expected := []string{stems[0] + "[.gz]", stems[1] + "[.gz]"}
	found, ok := findFolder(dir, wanted, mnistFolder, "MNIST/raw")
	if !ok {
		return nil, missing(name, dir, mnistFolder, expected, mnistAddress)
	}
	for i := range stems {
		for _, file := range wanted[3*i : 3*i+3] {
			if _, err := os.Stat(filepath.Join(found, file)); err == nil {
				paths[i] = filepath.Join(found, file)
				break
			}
		}
		if paths[i] == "" {
			return nil, missing(name, found, ".", expected[i:i+1], mnistAddress)
		}
	}
	return readMNIST(name, paths[0], paths[1])
}

func readMNIST(name, imagePath, labelPath string) (*Images, error) {
	images, err := ReadIDX(imagePath)
	if err != nil {
		return nil, err
	}
	if len(images.Dims) != 3 {
		return nil, files.Errorf(imagePath, 3, "%d dimensions where images have 3", len(images.Dims))
	}
	labels, err := ReadIDX(labelPath)
	if err != nil {
		return nil, err
	}
	if len(labels.Dims) != 1 || labels.Dims[0] != images.Dims[0] {
		return nil, files.Errorf(labelPath, 4, "dimensions %v do not label %d images", labels.Dims, images.Dims[0])
	}
	wide := make([]uint16, len(labels.Data))
	for i, v := range labels.Data {
		if v > 9 {
			return nil, files.Errorf(labelPath, int64(8+i), "label %d of item %d is not 0…9", v, i)
		}
		wide[i] = uint16(v)
	}
	return NewImages(name, images.Data, images.Dims[1], images.Dims[2], 1, wide)
}
