// Package faultfs holds file systems for tests: one that remembers what was done and shows what a power cut would leave, and
// one that fills up.
package faultfs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"anila/train/checkpoint"
)

// Recorder passes everything on to the real file system and keeps a record of each change below Root.
type Recorder struct {
	checkpoint.OS
	Root string

	mu  sync.Mutex
	ops []op
}

type op struct {
	kind     string // mkdir, create, write, sync, rename, remove, syncdir
	name, to string // relative to Root, with slashes
	data     []byte
}

func (r *Recorder) record(kind, name, to string, data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rel := func(p string) string {
		if p == "" {
			return ""
		}
		s, err := filepath.Rel(r.Root, p)
		if err != nil || strings.HasPrefix(s, "..") {
			panic("faultfs: " + p + " is not below " + r.Root)
		}
		return filepath.ToSlash(s)
	}
	r.ops = append(r.ops, op{kind, rel(name), rel(to), slices.Clone(data)})
}

// Len is the number of changes so far.
func (r *Recorder) Len() int { r.mu.Lock(); defer r.mu.Unlock(); return len(r.ops) }

// String describes change i.
func (r *Recorder) String(i int) string {
	o := r.ops[i]
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", o.kind, o.name, o.to))
}

func (r *Recorder) Mkdir(dir string) error {
	err := r.OS.Mkdir(dir)
	if err == nil {
		r.record("mkdir", dir, "", nil)
	}
	return err
}

func (r *Recorder) Create(name string) (checkpoint.File, error) {
	f, err := r.OS.Create(name)
	if err != nil {
		return nil, err
	}
	r.record("create", name, "", nil)
	return &recordedFile{f, r, name}, nil
}

func (r *Recorder) Rename(from, to string) error {
	err := r.OS.Rename(from, to)
	if err == nil {
		r.record("rename", from, to, nil)
	}
	return err
}

func (r *Recorder) RemoveAll(name string) error {
	err := r.OS.RemoveAll(name)
	if err == nil {
		r.record("remove", name, "", nil)
	}
	return err
}

func (r *Recorder) SyncDir(dir string) error {
	err := r.OS.SyncDir(dir)
	if err == nil {
		r.record("syncdir", dir, "", nil)
	}
	return err
}

type recordedFile struct {
	checkpoint.File
	r    *Recorder
	name string
}

func (f *recordedFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	f.r.record("write", f.name, "", p[:n])
	return n, err
}

func (f *recordedFile) Sync() error {
	err := f.File.Sync()
	if err == nil {
		f.r.record("sync", f.name, "", nil)
	}
	return err
}

// Loss says what a power cut takes.
type Loss int

const (
	Everything Loss = iota // all that was not synced: bytes of files, names in folders
	Bytes                  // bytes of files that were not synced; names survive, as on ext4
	Half                   // the second half of the last write; all else survives
	Losses                 // number of the above
)

// node is a file or a folder, as programs see it and as the disk has it.
type node struct {
	isDir          bool
	data, synced   []byte
	names, durable map[string]*node
}

func newDir() *node {
	return &node{isDir: true, names: map[string]*node{}, durable: map[string]*node{}}
}

// walk finds the folder of a path and the last name.
func (n *node) walk(path string) (*node, string) {
	parts := strings.Split(path, "/")
	for _, p := range parts[:len(parts)-1] {
		n = n.names[p]
	}
	return n, parts[len(parts)-1]
}

// After returns what is on the disk when the power is cut after n changes: paths with slashes, folders with an empty key at
// the end ("a/"), and a digest of it all.
func (r *Recorder) After(n int, loss Loss) *Disk {
	root := newDir()
	for i, o := range r.ops[:n] {
		dir, name := root.walk(o.name)
		switch o.kind {
		case "mkdir":
			at := root
			for _, p := range strings.Split(o.name, "/") {
				if p != "." && at.names[p] == nil {
					at.names[p] = newDir()
				}
				if p != "." {
					at = at.names[p]
				}
			}
		case "create":
			dir.names[name] = &node{}
		case "write":
			data := o.data
			if loss == Half && i == n-1 {
				data = data[:len(data)/2]
			}
			dir.names[name].data = append(dir.names[name].data, data...)
		case "sync":
			dir.names[name].synced = slices.Clone(dir.names[name].data)
		case "rename":
			to, last := root.walk(o.to)
			to.names[last] = dir.names[name]
			delete(dir.names, name)
		case "remove":
			delete(dir.names, name)
		case "syncdir":
			d := root
			if o.name != "." {
				d = dir.names[name]
			}
			d.durable = map[string]*node{}
			for k, v := range d.names {
				d.durable[k] = v
			}
		}
	}
	disk := &Disk{files: map[string][]byte{}}
	disk.collect(root, "", loss)
	return disk
}

// Disk is a tree of files.
type Disk struct {
	paths []string
	files map[string][]byte
}

func (d *Disk) collect(n *node, prefix string, loss Loss) {
	names := n.names
	if loss == Everything {
		names = n.durable
	}
	for name, child := range names {
		path := prefix + name
		if child.isDir {
			d.paths = append(d.paths, path+"/")
			d.collect(child, path+"/", loss)
			continue
		}
		d.paths = append(d.paths, path)
		d.files[path] = child.data
		if loss != Half {
			d.files[path] = child.synced
		}
	}
	slices.Sort(d.paths)
}

// Digest is equal for equal trees.
func (d *Disk) Digest() string {
	h := sha256.New()
	for _, p := range d.paths {
		fmt.Fprintf(h, "%q %d\n", p, len(d.files[p]))
		h.Write(d.files[p])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Has tells whether a file or folder ("a/") is there.
func (d *Disk) Has(path string) bool { return slices.Contains(d.paths, path) }

// WriteTo makes the tree below dir.
func (d *Disk) WriteTo(dir string) error {
	for _, p := range d.paths {
		at := filepath.Join(dir, filepath.FromSlash(p))
		if strings.HasSuffix(p, "/") {
			if err := os.MkdirAll(at, 0o777); err != nil {
				return err
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(at, d.files[p], 0o666); err != nil {
			return err
		}
	}
	return nil
}

var _ checkpoint.FS = (*Recorder)(nil)
var _ io.Writer = (*recordedFile)(nil)
