package data

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

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

// CIFAR-100's records have two labels before the pixels, a coarse one of 20 and a fine one of 100, which is the item's.
const (
	cifar100Record  = 2 + 3*cifarPlane
	cifar100Folder  = "cifar-100-binary"
	cifar100Address = "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"
)

// openCIFAR100 reads the training or the test images of CIFAR-100 from dir or dir/cifar-100-binary.
func openCIFAR100(name, dir string, test bool) (*Images, error) {
	file, records := "train.bin", 50_000
	if test {
		file, records = "test.bin", 10_000
	}
	found, err := findFolder(dir, []string{file}, cifar100Folder)
	if err != nil {
		return nil, err
	}
	if found == "" {
		return nil, missing(name, dir, cifar100Folder, []string{file}, cifar100Address)
	}
	path := filepath.Join(found, file)
	s, err := readCIFAR100(path)
	if err == nil && s.Len() != records {
		return nil, files.Errorf(path, int64(s.Len())*cifar100Record, "holds %d records where CIFAR-100 has %d: an incomplete download?", s.Len(), records)
	}
	if err != nil {
		return nil, err
	}
	s.name = name
	return s, nil
}

// readCIFAR100 reads one file of CIFAR-100 records, any number of them.
func readCIFAR100(path string) (*Images, error) {
	f, size, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return decodeCIFAR100(path, f, size)
}

func decodeCIFAR100(file string, r io.Reader, size int64) (*Images, error) {
	n := size / cifar100Record
	if rest := size % cifar100Record; rest != 0 || n == 0 {
		return nil, files.Errorf(file, n*cifar100Record, "%d bytes are no whole number of %d-byte CIFAR-100 records", size, cifar100Record)
	}
	s := &Images{name: file, h: cifarSide, w: cifarSide, c: 3, pixels: make([]byte, n*3*cifarPlane), labels: make([]uint16, n)}
	br := bufio.NewReaderSize(r, 1<<16)
	var record [cifar100Record]byte
	for i := range s.labels {
		at := int64(i) * cifar100Record
		if k, err := io.ReadFull(br, record[:]); err != nil {
			return nil, files.Errorf(file, at+int64(k), "record %d ends early: %v", i, err)
		}
		if record[0] > 19 || record[1] > 99 {
			return nil, files.Errorf(file, at, "labels %d, %d of record %d are not 0…19, 0…99", record[0], record[1], i)
		}
		s.labels[i] = uint16(record[1])
		interleave(s.Bytes(i), record[2:])
	}
	return s, nil
}

// interleave brings planes of red, green and blue into the order of pixels.
func interleave(pixels, planes []byte) {
	for p := range cifarPlane {
		pixels[3*p] = planes[p]
		pixels[3*p+1] = planes[cifarPlane+p]
		pixels[3*p+2] = planes[2*cifarPlane+p]
	}
}

// isRecords tells by its ending and its size whether a file may hold records of CIFAR.
func isRecords(path string, size int64) bool {
	return strings.HasSuffix(strings.ToLower(path), ".bin") && size > 0 && (size%cifarRecord == 0 || size%cifar100Record == 0)
}

// openRecords reads records of CIFAR-10, or of CIFAR-100 where the size says so.
func openRecords(path string, size int64) (*Images, error) {
	if size%cifarRecord == 0 {
		return ReadCIFAR10(path)
	}
	return readCIFAR100(path)
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
		interleave(s.Bytes(first+i), record[1:])
	}
	return nil
}
