package weightfile

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"anila/internal/files"
)

// Float is a type that elements have in memory; those of a file are converted to it.
type Float interface{ float32 | float64 }

// Array is a named array, row major.
type Array[T Float] struct {
	Name  string // "" for the array of a .npy file
	Shape []int
	Data  []T
}

// Tensor is an array of the precision that networks have.
type Tensor = Array[float32]

// FormatError says where a file is not what it should be.
type FormatError = files.FormatError

// File is what a file of weights holds.
type File struct {
	Form     string            // "safetensors file", "file of torch.save" or ".npz archive"
	Tensors  []Tensor          // of floating point, as float32
	Metadata map[string]string // what the file says about its tensors; nil where it says nothing
	LeftOut  []LeftOut         // what stands beside Tensors and is none
}

// LeftOut is an entry of a file that was not read.
type LeftOut struct{ Name, Reason string }

func (l LeftOut) String() string { return l.Name + " (" + l.Reason + ")" }

// ChoiceError says that a file holds several state dicts, or none under the key asked for.
type ChoiceError struct {
	File, Key string   // Key is "" where none was given
	Keys      []string // those there are, each with its number of tensors
}

func (e *ChoiceError) Error() string {
	if e.Key != "" {
		return fmt.Sprintf("%s: no state dict under %q; there are %s", e.File, e.Key, strings.Join(e.Keys, ", "))
	}
	return fmt.Sprintf("%s holds several state dicts: %s", e.File, strings.Join(e.Keys, ", "))
}

// Load reads a file of any of the forms, told apart by its first bytes. key chooses among several state dicts of a .pth file
// by their path in it (or the last part of that); "" takes the only one. Errors are of package os, a *FormatError or a
// *ChoiceError.
func Load(path, key string) (*File, error) {
	f, size, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(f, size, path, key)
}

// HeadLength is how many bytes of a file Recognize needs.
const HeadLength = 9

// Recognize says whether a file that begins so may be one of weights.
func Recognize(head []byte) bool {
	text := string(head)
	return strings.HasPrefix(text, "PK") || strings.HasPrefix(text, "\x80") || len(head) == HeadLength && head[8] == '{'
}

// Read is Load for anything that can be read at an offset; name stands for the file in errors.
func Read(r io.ReaderAt, size int64, name, key string) (*File, error) {
	head := make([]byte, min(size, HeadLength))
	if err := readAt(r, head, 0); err != nil {
		return nil, files.Errorf(name, 0, "%v", err)
	}
	text := string(head)
	if strings.HasPrefix(text, npyMagic) {
		return nil, files.Errorf(name, 0, "is a single array (.npy), which has no name; weights are in .npz, .safetensors or .pth files")
	}
	switch {
	case strings.HasPrefix(text, "PK"):
		archive, err := openArchive(r, size, name)
		if err != nil {
			return nil, err
		}
		if archive.find("data.pkl") != nil {
			return readZipPTH(archive, key)
		}
		if key != "" {
			return nil, noKeys(name, key)
		}
		return readWeights(archive)
	case len(head) == HeadLength && head[8] == '{' && key != "":
		return nil, noKeys(name, key)
	case len(head) == HeadLength && head[8] == '{':
		return readSafetensors(r, size, name)
	case strings.HasPrefix(text, "\x80"):
		return readLegacyPTH(r, size, name, key)
	}
	return nil, files.Errorf(name, 0, "is neither a safetensors file, nor one of torch.save, nor an .npz archive")
}

func noKeys(name, key string) error {
	return files.Errorf(name, -1, "holds its tensors under no key, such as %q; files of torch.save may", key)
}

// savers write by a file's ending.
var savers = map[string]func(path string, tensors []Tensor, metadata map[string]string) error{
	".safetensors": SaveSafetensors,
	".pth":         SavePTH,
	".pt":          SavePTH,
	".th":          SavePTH,
	".npz":         SaveNPZ[float32],
}

// Endings lists the endings of the files that Save writes.
func Endings() []string { return slices.Sorted(maps.Keys(savers)) }

// Save writes tensors and metadata in the form that the ending of path names. The file appears complete, on the disk, or not
// at all.
func Save(path string, tensors []Tensor, metadata map[string]string) error {
	save := savers[strings.ToLower(filepath.Ext(path))]
	if save == nil {
		return fmt.Errorf("%s: files of weights end in %s", path, strings.Join(Endings(), ", "))
	}
	return save(path, tensors, metadata)
}

// check holds names and shapes against each other before anything is written.
func check[T Float](tensors []Array[T]) error {
	seen := map[string]bool{metadataName: true}
	for _, t := range tensors {
		if seen[t.Name] {
			return fmt.Errorf("weightfile: the name %q twice, or not free", t.Name)
		}
		seen[t.Name] = true
		if n := count(t.Shape); n != len(t.Data) {
			return fmt.Errorf("weightfile: tensor %q of shape %v has %d floats", t.Name, t.Shape, len(t.Data))
		}
	}
	return nil
}

// metadataName is where metadata stand beside tensors.
const metadataName = "__metadata__"

// count is the number of elements of a shape, −1 for one that cannot be.
func count(shape []int) int {
	n := 1
	for _, d := range shape {
		if d < 0 {
			return -1
		}
		n *= d
	}
	return n
}

// short is the beginning of a name from a file, for errors.
func short(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// save writes a file that is on the disk before it has its name.
func save(path string, write func(io.Writer) error) error {
	if err := files.WriteSynced(path, write); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
