package data

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"anila/train/internal/wholefile"
)

// NumPy archives (.npz): a zip file of .npy files, as numpy.savez and savez_compressed write them.
const npzMaxArrays = 10000

// NamedArray is one array of an archive.
type NamedArray[T Float] struct {
	Name string // without .npy
	Array[T]
}

// ReadNPZ reads all arrays of an archive, in its order. What the archive claims about sizes is not believed: memory grows
// with what is really unpacked, and no entry may claim more than deflate could hold.
func ReadNPZ[T Float](path string) ([]NamedArray[T], error) {
	f, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return decodeNPZ[T](path, f, size)
}

// decodeNPZ reads an archive of size bytes. Offsets in errors about an entry count its unpacked bytes.
func decodeNPZ[T Float](file string, r io.ReaderAt, size int64) ([]NamedArray[T], error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, formatError(file, -1, "not an .npz archive: %v", err)
	}
	if len(z.File) > npzMaxArrays {
		return nil, formatError(file, -1, "%d entries; at most %d are read", len(z.File), npzMaxArrays)
	}
	seen := map[string]bool{}
	var out []NamedArray[T]
	for _, entry := range z.File {
		name, ok := strings.CutSuffix(entry.Name, ".npy")
		if !ok || seen[name] || !filepath.IsLocal(entry.Name) || strings.ContainsAny(entry.Name, "\\\x00") {
			return nil, formatError(file, -1, "entry %q is not the name of an array, or occurs twice", entry.Name)
		}
		seen[name] = true
		a, err := readEntry[T](file+"/"+entry.Name, entry, size)
		if err != nil {
			return nil, err
		}
		out = append(out, NamedArray[T]{name, *a})
	}
	return out, nil
}

func readEntry[T Float](file string, entry *zip.File, size int64) (*Array[T], error) {
	if entry.CompressedSize64 > uint64(size) || entry.UncompressedSize64/deflateRatio > entry.CompressedSize64 {
		return nil, formatError(file, -1, "claims %d bytes, packed in %d of a file of %d", entry.UncompressedSize64, entry.CompressedSize64, size)
	}
	body, err := entry.Open()
	if err != nil {
		return nil, formatError(file, 0, "%v", err)
	}
	defer body.Close()
	n, err := newNPYReader(file, body, int64(entry.UncompressedSize64))
	if err != nil {
		return nil, err
	}
	a, err := restOf[T](n)
	if err != nil {
		return nil, err
	}
	// Reading to the end makes the archive's checksum count.
	if k, err := n.r.Read(make([]byte, 1)); k > 0 || err != io.EOF {
		return nil, formatError(file, n.offset, "after the elements: %v", errOr(err, "more bytes than the archive claims"))
	}
	return a, nil
}

func errOr(err error, what string) any {
	if err != nil {
		return err
	}
	return what
}

// WriteNPZ writes arrays as an archive, uncompressed as numpy.savez does. The file appears complete or not at all.
func WriteNPZ[T Float](path string, arrays []NamedArray[T]) error {
	if st, err := os.Stat(path); err == nil && !st.Mode().IsRegular() {
		return fmt.Errorf("data: %s is %s; an archive is written to a regular file", path, kindOf(st.Mode()))
	}
	if err := wholefile.Write(path, func(w io.Writer) error { return encodeNPZ(w, arrays) }); err != nil {
		return fmt.Errorf("data: %s: %w", path, err)
	}
	return nil
}

func encodeNPZ[T Float](w io.Writer, arrays []NamedArray[T]) error {
	z := zip.NewWriter(w)
	seen := map[string]bool{}
	for _, a := range arrays {
		if seen[a.Name] || !filepath.IsLocal(a.Name+".npy") {
			return fmt.Errorf("array name %q cannot be used, or occurs twice", a.Name)
		}
		seen[a.Name] = true
		entry, err := z.CreateHeader(&zip.FileHeader{Name: a.Name + ".npy", Method: zip.Store})
		if err != nil {
			return err
		}
		header, total := npyHeaderBytes[T](a.Shape)
		if total != int64(len(a.Data)) {
			return fmt.Errorf("array %q: shape %v does not hold %d elements", a.Name, a.Shape, len(a.Data))
		}
		if _, err := entry.Write(header); err != nil {
			return err
		}
		if err := writeFloats(entry, a.Data); err != nil {
			return err
		}
	}
	return z.Close()
}
