package faultfs

import (
	"os"
	"sync"
	"syscall"

	"anila/train/checkpoint"
)

// Full is a disk with room for so many bytes more. What is removed frees nothing; call SetFree.
type Full struct {
	checkpoint.OS
	mu   sync.Mutex
	free int64
}

// SetFree says how much room there is from now on.
func (f *Full) SetFree(bytes int64) { f.mu.Lock(); f.free = bytes; f.mu.Unlock() }

func (f *Full) Create(name string) (checkpoint.File, error) {
	file, err := f.OS.Create(name)
	if err != nil {
		return nil, err
	}
	return &fullFile{file, f, name}, nil
}

type fullFile struct {
	checkpoint.File
	disk *Full
	name string
}

// Write writes what there is room for.
func (f *fullFile) Write(p []byte) (int, error) {
	f.disk.mu.Lock()
	room := min(int64(len(p)), f.disk.free)
	f.disk.free -= room
	f.disk.mu.Unlock()
	n, err := f.File.Write(p[:room])
	if err == nil && n < len(p) {
		err = &os.PathError{Op: "write", Path: f.name, Err: syscall.ENOSPC}
	}
	return n, err
}
