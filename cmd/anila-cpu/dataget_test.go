package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// targz packs entries given as name, content pairs; a name that ends in "->x" is a symbolic link to x.
func targz(t *testing.T, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for i := 0; i < len(entries); i += 2 {
		h := &tar.Header{Name: entries[i], Mode: 0o777, Size: int64(len(entries[i+1])), Typeflag: tar.TypeReg}
		if name, link, ok := strings.Cut(entries[i], "->"); ok {
			h = &tar.Header{Name: name, Linkname: link, Typeflag: tar.TypeSymlink}
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, entries[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	z.Close()
	return b.Bytes()
}

// site serves content under every name; a request numbered in cut is broken off in the middle.
type site struct {
	content []byte
	cut     int // so many requests end early
	ranges  []string
	deaf    bool // ignores Range
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.ranges = append(s.ranges, r.Header.Get("Range"))
	if s.cut > 0 {
		s.cut--
		w.Header().Set("Content-Length", fmt.Sprint(len(s.content)))
		w.Write(s.content[:len(s.content)/2])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	if s.deaf {
		r.Header.Del("Range")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(s.content))
}

func sums(b []byte) (md5Sum, sha256Sum string) {
	m, s := md5.Sum(b), sha256.Sum256(b)
	return hex.EncodeToString(m[:]), hex.EncodeToString(s[:])
}

// sampleSet is a set of one archive with one file, served at address.
func sampleSet(address string, packed []byte) published {
	sum, _ := sums(packed)
	_, content := sums([]byte("pixels"))
	return published{
		name: "sample", folder: "sample", addresses: []string{address},
		files:   []remote{{"sample.tar.gz", sum, int64(len(packed))}},
		unpack:  &archive{regexp.MustCompile(`^in/[a-z]+\.bin$`), 2, 100},
		content: map[string]string{"a.bin": content},
	}
}

func TestDataGetResumes(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		packed := targz(t, "in/a.bin", "pixels", "in/readme.html", "no")
		s := &site{content: packed, cut: 1, deaf: deaf}
		server := httptest.NewServer(s)
		defer server.Close()
		dir, set := t.TempDir(), sampleSet(server.URL, packed)
		err := set.get(context.Background(), dir, false, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "go on") {
			t.Fatalf("a broken download says %v", err)
		}
		var said bytes.Buffer
		if err := set.get(context.Background(), dir, false, io.Discard, &said); err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("bytes=%d-", len(packed)/2); s.ranges[1] != want {
			t.Errorf("second request asks for %q, want %q", s.ranges[1], want)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "sample", "a.bin")); err != nil || string(got) != "pixels" {
			t.Errorf("unpacked %q, %v", got, err)
		}
		left, _ := filepath.Glob(filepath.Join(dir, "*"))
		if len(left) != 1 {
			t.Errorf("left behind: %v", left)
		}
		if err := set.get(context.Background(), dir, false, io.Discard, &said); err != nil || len(s.ranges) != 2 {
			t.Errorf("a complete set is downloaded again: %v, %d requests", err, len(s.ranges))
		}
		if err := os.WriteFile(filepath.Join(dir, "sample", "a.bin"), []byte("damage"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := set.get(context.Background(), dir, false, io.Discard, &said); err == nil || !strings.Contains(err.Error(), "a.bin") {
			t.Errorf("a damaged file is not named: %v", err)
		}
	}
}

func TestDataGetRefuses(t *testing.T) {
	good := targz(t, "in/a.bin", "pixels")
	for _, c := range []struct {
		name   string
		serve  []byte
		change func(*published)
		want   string
	}{
		{"wrong sum", good, func(s *published) { s.files[0].md5 = strings.Repeat("0", 32) }, "MD5"},
		{"too many bytes", good, func(s *published) { s.files[0].bytes = 5 }, "at most 5"},
		{"not an archive", []byte("<html>"), nil, "gzip"},
		{"nothing fitting", targz(t, "../a.bin", "pixels", "in/../../a.bin", "x"), nil, "no file"},
		{"link", targz(t, "in/a.bin->/etc/passwd", ""), nil, "no file"},
		{"large entry", targz(t, "in/a.bin", strings.Repeat("x", 101)), nil, "at most 100"},
		{"many entries", targz(t, "in/a.bin", "pixels", "in/b.bin", "", "in/c.bin", ""), nil, "more than 2"},
		{"twice the same", targz(t, "in/a.bin", "pixels", "in/a.bin", ""), nil, "exists"},
		{"wrong content", targz(t, "in/a.bin", "pixles"), nil, "SHA-256"},
		{"truncated archive", good[:len(good)-12], nil, "EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(&site{content: c.serve})
			defer server.Close()
			set := sampleSet(server.URL, c.serve)
			if c.change != nil {
				c.change(&set)
			}
			dir := t.TempDir()
			err := set.get(context.Background(), dir, false, io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
			if out, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), "a.bin")); len(out) > 0 {
				t.Errorf("wrote outside of its folder: %v", out)
			}
		})
	}
}

// TestDataGetMNIST downloads the real files from a local server, the first address being dead.
func TestDataGetMNIST(t *testing.T) {
	real := os.Getenv("ANILA_DATA")
	if real == "" {
		t.Skip("ANILA_DATA is not set")
	}
	server := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(real, "mnist"))))
	defer server.Close()
	dir := t.TempDir()
	o := anila(t, dir, "data", "get", "mnist", "--data", "d", "--from", server.URL+"/missing")
	o.want(t, exitFailed, "404")
	anila(t, dir, "data", "get", "mnist", "--data", "d", "--from", server.URL).want(t, exitDone, "mnist is complete")
	anila(t, dir, "data", "get", "mnist", "--data", "d").want(t, exitDone, "is there and complete")
}
