package weightfile

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"anila/internal/files"
)

// NumPy archives (.npz): a zip file of .npy files, as numpy.savez and savez_compressed write them. The entry __metadata__, if
// there is one, is an array of bytes that hold a JSON object of strings.

// npzMaxMetadata is how many bytes of metadata are read.
const npzMaxMetadata = 4 << 20

// LoadNPZ reads the floating-point arrays of an archive, in its order, and its metadata; arrays of other types are left out.
func LoadNPZ[T Float](path string) ([]Array[T], map[string]string, error) {
	f, size, err := files.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	a, err := openArchive(f, size, path)
	if err != nil {
		return nil, nil, err
	}
	arrays, metadata, _, err := readNPZ[T](a)
	return arrays, metadata, err
}

// LoadNPZArray reads one array of an archive, of floating-point numbers or of bytes (as 0…255, type "|u1"). name may be "" where
// there is one.
func LoadNPZArray(path, name string) (a Tensor, dtype string, err error) {
	f, size, err := files.Open(path)
	if err != nil {
		return a, "", err
	}
	defer f.Close()
	archive, err := openArchive(f, size, path)
	if err != nil {
		return a, "", err
	}
	var names []string
	for _, entry := range archive.entries {
		array, ok := strings.CutSuffix(entry.Name, ".npy")
		if !ok || array == metadataName {
			continue
		}
		if array == name {
			return readArray[float32](path+"/"+short(entry.Name), entry)
		}
		names = append(names, short(array))
	}
	if name == "" && len(names) == 1 {
		return LoadNPZArray(path, names[0])
	}
	return a, "", files.Errorf(path, -1, "holds the arrays %s: which of them is not said, or not there (%q)", strings.Join(names, ", "), name)
}

// readWeights reads an archive as a file of weights.
func readWeights(archive *archive) (*File, error) {
	tensors, metadata, leftOut, err := readNPZ[float32](archive)
	if err != nil {
		return nil, err
	}
	if len(tensors) == 0 {
		return nil, files.Errorf(archive.name, -1, "holds no floating-point arrays")
	}
	return &File{".npz archive", tensors, metadata, leftOut}, nil
}

// readNPZ believes nothing that the archive claims about sizes: memory grows with what is really unpacked. Offsets in errors
// about an entry count its unpacked bytes.
func readNPZ[T Float](archive *archive) (arrays []Array[T], metadata map[string]string, leftOut []LeftOut, err error) {
	for _, f := range archive.entries {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok || !filepath.IsLocal(f.Name) || strings.ContainsAny(f.Name, "\\\x00") {
			return nil, nil, nil, files.Errorf(archive.name, -1, "entry %q is not the name of an array", short(f.Name))
		}
		file := archive.name + "/" + short(f.Name)
		a, dtype, err := readArray[T](file, f)
		var other *typeError
		switch {
		case errors.As(err, &other):
			leftOut = append(leftOut, LeftOut{name, fmt.Sprintf("elements of type %q", short(other.descr))})
		case err != nil:
			return nil, nil, nil, err
		case dtype == "|u1" && name == metadataName:
			if metadata, err = arrayMetadata(file, a.Data); err != nil {
				return nil, nil, nil, err
			}
		case dtype == "|u1":
			leftOut = append(leftOut, LeftOut{name, `elements of type "|u1"`})
		default:
			a.Name = name
			arrays = append(arrays, a)
		}
	}
	return arrays, metadata, leftOut, nil
}

func readArray[T Float](file string, entry *zip.File) (a Array[T], dtype string, err error) {
	body, err := entry.Open()
	if err != nil {
		return a, "", files.Errorf(file, 0, "%v", err)
	}
	defer body.Close()
	n, err := newNPYReader(file, body, int64(entry.UncompressedSize64))
	if err != nil {
		return a, "", err
	}
	if a, err = restOf[T](n); err != nil {
		return a, "", err
	}
	// Reading to the end makes the archive's checksum count.
	switch k, err := n.r.Read(make([]byte, 1)); {
	case k > 0:
		return a, "", files.Errorf(file, n.offset, "after the elements: more bytes than the archive claims")
	case err != io.EOF:
		return a, "", files.Errorf(file, n.offset, "after the elements: %v", err)
	}
	return a, n.DType, nil
}

// arrayMetadata reads what is stored as bytes.
func arrayMetadata[T Float](file string, values []T) (map[string]string, error) {
	if len(values) > npzMaxMetadata {
		return nil, files.Errorf(file, -1, "%d bytes of metadata; at most %d are read", len(values), npzMaxMetadata)
	}
	text := make([]byte, len(values))
	for i, v := range values {
		text[i] = byte(v)
	}
	m := map[string]string{}
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, files.Errorf(file, -1, "metadata: %v", err)
	}
	return m, nil
}

// SaveNPZ writes arrays as an archive, uncompressed as numpy.savez does, and metadata as the bytes of a JSON object
// in the array __metadata__. The file appears complete, on the disk, or not at all.
func SaveNPZ[T Float](path string, arrays []Array[T], metadata map[string]string) error {
	return save(path, func(w io.Writer) error { return encodeNPZ(w, arrays, metadata) })
}

func encodeNPZ[T Float](w io.Writer, arrays []Array[T], metadata map[string]string) error {
	if err := check(arrays); err != nil {
		return err
	}
	z := archiveWriter{zip.NewWriter(w)}
	for _, t := range arrays {
		if !filepath.IsLocal(t.Name + ".npy") {
			return fmt.Errorf("weightfile: %q cannot be the name of an array", t.Name)
		}
		if err := writeEntry(z, t.Name+".npy", string(npyHeaderBytes(fmt.Sprintf("<f%d", elementSize[T]()), t.Shape)), t.Data); err != nil {
			return err
		}
	}
	if len(metadata) > 0 {
		text, err := json.Marshal(metadata)
		if err != nil {
			return err
		}
		if err := z.text(metadataName+".npy", string(npyHeaderBytes("|u1", []int{len(text)}))+string(text)); err != nil {
			return err
		}
	}
	return z.Close()
}
