package data

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
)

// CIFAR-10, binary version (Krizhevsky 2009): records of one label byte and 1,024 red, 1,024 green, 1,024 blue bytes, each
// plane row by row.
const (
	cifarSide    = 32
	cifarPlane   = cifarSide * cifarSide
	cifarRecord  = 1 + 3*cifarPlane
	cifarFolder  = "cifar-10-batches-bin"
	cifarAddress = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
	cifarBatch   = 10000 // records in each file of the official set
)

var (
	cifarTrain   = []string{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"}
	cifarTest    = []string{"test_batch.bin"}
	cifarClasses = []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}
)

// openCIFAR reads the training or the test images of CIFAR-10 from dir or dir/cifar-10-batches-bin.
func openCIFAR(name, dir string, files []string) (*Images, error) {
	found, ok := findFolder(dir, files, cifarFolder)
	if !ok {
		return nil, missing(name, dir, cifarFolder, files, cifarAddress)
	}
	set := &Images{name: name, h: cifarSide, w: cifarSide, c: 3, classes: cifarClasses}
	for _, file := range files {
		path := filepath.Join(found, file)
		one, err := ReadCIFAR10(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, missing(name, found, ".", []string{file}, cifarAddress)
		}
		if err != nil {
			return nil, err
		}
		if n := len(one.labels); n != cifarBatch {
			return nil, formatError(path, int64(n)*cifarRecord, "holds %d records where CIFAR-10 has %d: an incomplete download?", n, cifarBatch)
		}
		if set.pixels == nil {
			set.pixels = make([]byte, 0, len(files)*len(one.pixels))
		}
		set.pixels = append(set.pixels, one.pixels...)
		set.labels = append(set.labels, one.labels...)
	}
	return set, nil
}

// ReadCIFAR10 reads one file of CIFAR-10 records, any number of them.
func ReadCIFAR10(path string) (*Images, error) {
	f, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return decodeCIFAR(path, f, size)
}

// decodeCIFAR reads size bytes of records.
func decodeCIFAR(file string, r io.Reader, size int64) (*Images, error) {
	n := size / cifarRecord
	if rest := size % cifarRecord; rest != 0 || n == 0 {
		return nil, formatError(file, n*cifarRecord, "%d bytes are no whole number of %d-byte CIFAR-10 records", size, cifarRecord)
	}
	set := &Images{name: file, h: cifarSide, w: cifarSide, c: 3, classes: cifarClasses,
		pixels: make([]byte, n*3*cifarPlane), labels: make([]uint16, n)}
	br := bufio.NewReaderSize(r, 1<<16)
	var record [cifarRecord]byte
	for i := range set.labels {
		if k, err := io.ReadFull(br, record[:]); err != nil {
			return nil, formatError(file, int64(i)*cifarRecord+int64(k), "record %d ends early: %v", i, err)
		}
		if record[0] > 9 {
			return nil, formatError(file, int64(i)*cifarRecord, "label %d of record %d is not 0…9", record[0], i)
		}
		set.labels[i] = uint16(record[0])
		pixels := set.Bytes(i)
		for p := range cifarPlane {
			pixels[3*p] = record[1+p]
			pixels[3*p+1] = record[1+cifarPlane+p]
			pixels[3*p+2] = record[1+2*cifarPlane+p]
		}
	}
	return set, nil
}
