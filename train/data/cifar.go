package data

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"path/filepath"

	"anila/internal/files"
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
func openCIFAR(name, dir string, names []string) (*Images, error) {
	found, err := findFolder(dir, names, cifarFolder)
	if err != nil {
		return nil, err
	}
	if found == "" {
		return nil, missing(name, dir, cifarFolder, names, cifarAddress)
	}
	set := &Images{name: name, h: cifarSide, w: cifarSide, c: 3, classes: cifarClasses}
	for _, file := range names {
		path := filepath.Join(found, file)
		before := len(set.labels)
		err := set.appendCIFAR(path, len(names))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, missing(name, found, ".", []string{file}, cifarAddress)
		}
		if err != nil {
			return nil, err
		}
		if n := len(set.labels) - before; n != cifarBatch {
			return nil, files.Errorf(path, int64(n)*cifarRecord, "holds %d records where CIFAR-10 has %d: an incomplete download?", n, cifarBatch)
		}
	}
	return set, nil
}

// ReadCIFAR10 reads one file of CIFAR-10 records, any number of them.
func ReadCIFAR10(path string) (*Images, error) {
	set := &Images{name: path, h: cifarSide, w: cifarSide, c: 3, classes: cifarClasses}
	if err := set.appendCIFAR(path, 1); err != nil {
		return nil, err
	}
	return set, nil
}

// appendCIFAR reads the records of a file behind those that s has; the first of several names makes room for all.
func (s *Images) appendCIFAR(path string, names int) error {
	f, size, err := files.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return s.decodeCIFAR(path, f, size, names)
}

// decodeCIFAR reads size bytes of records, in place: a copy of the set would stay in the process's peak memory.
func (s *Images) decodeCIFAR(file string, r io.Reader, size int64, names int) error {
	n := size / cifarRecord
	if rest := size % cifarRecord; rest != 0 || n == 0 {
		return files.Errorf(file, n*cifarRecord, "%d bytes are no whole number of %d-byte CIFAR-10 records", size, cifarRecord)
	}
	first := len(s.labels)
	if first == 0 && n == cifarBatch {
		s.pixels = make([]byte, 0, n*3*cifarPlane*int64(names))
	}
	s.pixels = append(s.pixels, make([]byte, n*3*cifarPlane)...)
	s.labels = append(s.labels, make([]uint16, n)...)
	br := bufio.NewReaderSize(r, 1<<16)
	var record [cifarRecord]byte
	for i := range s.labels[first:] {
		if k, err := io.ReadFull(br, record[:]); err != nil {
			return files.Errorf(file, int64(i)*cifarRecord+int64(k), "record %d ends early: %v", i, err)
		}
		if record[0] > 9 {
			return files.Errorf(file, int64(i)*cifarRecord, "label %d of record %d is not 0…9", record[0], i)
		}
		s.labels[first+i] = uint16(record[0])
		pixels := s.Bytes(first + i)
		for p := range cifarPlane {
			pixels[3*p] = record[1+p]
			pixels[3*p+1] = record[1+cifarPlane+p]
			pixels[3*p+2] = record[1+2*cifarPlane+p]
		}
	}
	return nil
}
