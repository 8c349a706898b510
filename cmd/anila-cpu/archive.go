package main

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"

	"anila/internal/files"
)

// archive says what is taken out of a .tar.gz: regular files whose path matches, by their base name alone (so that a
// name in the archive can never lead out of the folder), at most files of them and each at most size bytes.
type archive struct {
	match *regexp.Regexp
	files int
	size  int64
}

// extract unpacks the archive into dir through a temporary folder beside it: dir is complete or not there.
func (a archive) extract(file, dir string) error {
	if _, err := os.Lstat(dir); err == nil {
		return fmt.Errorf("%s is there already; remove it to unpack again", dir)
	}
	f, _, err := files.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	packed, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("%s is no gzip archive: %w", file, err)
	}
	temporary, err := os.MkdirTemp(filepath.Dir(dir), ".unpacking-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	unpacked := filepath.Join(temporary, "unpacked") // with the rights that the umask leaves
	if err := os.Mkdir(unpacked, 0o777); err != nil {
		return err
	}
	entries := tar.NewReader(packed)
	for taken := 0; ; {
		h, err := entries.Next()
		if errors.Is(err, io.EOF) {
			if taken == 0 {
				return fmt.Errorf("%s: no file in it matches %s", file, a.match)
			}
			if _, err := io.Copy(io.Discard, packed); err != nil { // the checksum stands at the end
				return fmt.Errorf("%s: %w", file, err)
			}
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if h.Typeflag != tar.TypeReg || !a.match.MatchString(h.Name) {
			continue
		}
		if taken++; taken > a.files {
			return fmt.Errorf("%s: more than %d files in it", file, a.files)
		}
		if h.Size > a.size {
			return fmt.Errorf("%s: %q has %d bytes, at most %d expected", file, h.Name, h.Size, a.size)
		}
		if err := writeNew(filepath.Join(unpacked, path.Base(h.Name)), entries); err != nil {
			return fmt.Errorf("%s: %q: %w", file, h.Name, err)
		}
	}
	return os.Rename(unpacked, dir)
}

func writeNew(name string, r io.Reader) error {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, r)
	return cmp.Or(err, out.Close())
}

// checkSHA256 compares the content of a file (of what is packed in it, for .gz) with its sum. Of packed files the content
// counts because mirrors repack them.
func checkSHA256(file, sum string, limit int64) error {
	f, _, err := files.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = f
	if filepath.Ext(file) == ".gz" {
		if r, err = gzip.NewReader(f); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.LimitReader(r, limit)); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != sum {
		return fmt.Errorf("%s: SHA-256 of the content is %s, expected %s", file, got, sum)
	}
	return nil
}
