package weightfile

import (
	"archive/zip"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"slices"

	"anila/internal/files"
)

// What a compressed archive may unpack to: unpackFactor times its size and unpackFree bytes, at most maxUnpacked in all.
// Trained weights shrink to nine tenths, masks and fresh moments to nothing.
const (
	unpackFactor = 16
	unpackFree   = 256 << 20
	maxUnpacked  = 4 << 30
)

// archive is a zip file whose entries lie side by side.
type archive struct {
	name    string
	r       io.ReaderAt
	size    int64
	entries []*zip.File // in the order of the directory
	byName  map[string]*zip.File
}

// openArchive reads the directory of a zip file. Entries may not share bytes, which bounds what the stored ones hold by the
// file's size; what deflate claims to unpack to is bounded in all.
func openArchive(r io.ReaderAt, size int64, name string) (*archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, files.Errorf(name, -1, "%v", err)
	}
	a := &archive{name, r, size, z.File, map[string]*zip.File{}}
	type span struct {
		from, to int64
		name     string
	}
	var spans []span
	unpacked := uint64(0)
	for _, f := range z.File {
		if a.byName[f.Name] != nil {
			return nil, files.Errorf(name, -1, "entry %q occurs twice", short(f.Name))
		}
		a.byName[f.Name] = f
		from, err := f.DataOffset()
		if err != nil {
			return nil, files.Errorf(name, -1, "entry %q: %v", short(f.Name), err)
		}
		if f.CompressedSize64 > uint64(max(size-from, 0)) {
			return nil, files.Errorf(name, from, "entry %q claims %d bytes of a file of %d", short(f.Name), f.CompressedSize64, size)
		}
		switch f.Method {
		case zip.Store:
			if f.UncompressedSize64 != f.CompressedSize64 {
				return nil, files.Errorf(name, from, "stored entry %q has %d bytes and claims %d", short(f.Name), f.CompressedSize64, f.UncompressedSize64)
			}
		case zip.Deflate:
			if unpacked += min(f.UncompressedSize64, maxUnpacked+1); unpacked > min(uint64(size)*unpackFactor+unpackFree, maxUnpacked) {
				return nil, files.Errorf(name, from, "entry %q claims to unpack to %d bytes, which is beyond what a file of %d may", short(f.Name), f.UncompressedSize64, size)
			}
		default:
			return nil, files.Errorf(name, from, "entry %q is compressed by method %d; stored and deflated ones are read", short(f.Name), f.Method)
		}
		// The local header, 30 bytes and the name, belongs to the entry.
		spans = append(spans, span{from - 30 - int64(len(f.Name)), from + int64(f.CompressedSize64), f.Name})
	}
	slices.SortFunc(spans, func(a, b span) int { return int(max(min(a.from-b.from, 1), -1)) })
	for i := 1; i < len(spans); i++ {
		if a, b := spans[i-1], spans[i]; b.from < a.to {
			return nil, files.Errorf(name, b.from, "entries %q and %q share bytes", short(a.name), short(b.name))
		}
	}
	return a, nil
}

// find returns the first entry of a base name, nil without one.
func (a *archive) find(base string) *zip.File {
	for _, f := range a.entries {
		if path.Base(f.Name) == base {
			return f
		}
	}
	return nil
}

// stored reads an uncompressed entry. PyTorch can leave the checksum 0; any other one holds.
func (a *archive) stored(f *zip.File) ([]byte, error) {
	file := a.name + ":" + short(f.Name)
	if f.Method != zip.Store {
		return nil, files.Errorf(file, -1, "is compressed; torch.save compresses nothing")
	}
	from, err := f.DataOffset()
	if err != nil {
		return nil, files.Errorf(file, -1, "%v", err)
	}
	b := make([]byte, f.CompressedSize64) // at most the file's size: openArchive
	if err := readAt(a.r, b, from); err != nil {
		return nil, files.Errorf(file, -1, "%v", err)
	}
	if f.CRC32 != 0 && crc32.ChecksumIEEE(b) != f.CRC32 {
		return nil, files.Errorf(file, -1, "does not have the checksum that the archive gives")
	}
	return b, nil
}

// archiveWriter writes stored entries.
type archiveWriter struct{ *zip.Writer }

func (w archiveWriter) entry(name string) (io.Writer, error) {
	return w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
}

func (w archiveWriter) text(name, text string) error {
	out, err := w.entry(name)
	if err == nil {
		_, err = io.WriteString(out, text)
	}
	return err
}

func writeEntry[T Float](w archiveWriter, name, head string, x []T) error {
	out, err := w.entry(name)
	if err == nil {
		_, err = io.WriteString(out, head)
	}
	if err == nil {
		err = writeFloats(out, x)
	}
	if err != nil {
		return fmt.Errorf("entry %q: %w", name, err)
	}
	return nil
}
