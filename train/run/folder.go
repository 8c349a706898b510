package run

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"anila/train/checkpoint"
)

// Folder is a run's folder, locked against other writers until Close:
//
//	config.toml                          resolved configuration
//	init.safetensors                     the weights that training began with, where model.init names some
//	state.json                           status, iteration, last numbers
//	events.jsonl                         one Event a line
//	samples/step-000100.png              chains (toys: truth, learned density, chains)
//	plots/*.png                          curves
//	checkpoints/step-000100/             weights, ema, optimizer, chains (.safetensors), state.json
//	lock                                 who writes
type Folder struct {
	Path string
	lock *os.File
}

const (
	lockName   = "lock"
	configName = "config.toml"
)

// CreateFolder makes a new run folder. With path "" it is runs/NAME-NNN, the first number that is free. A folder that is not
// empty, or lies in another run, is refused.
func CreateFolder(path, name string) (*Folder, error) {
	if path != "" {
		if other := Inside(path); other != "" {
			return nil, fmt.Errorf("train: run folder %s lies in the run %s: what a run holds is its own", path, other)
		}
		entries, err := os.ReadDir(path)
		entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { // what a run leaves that was killed before it began
			return e.Name() == lockName || e.Name() == configName+".tmp" || e.Name() == initName
		})
		switch {
		case err == nil && len(entries) > 0:
			return nil, fmt.Errorf("train: run folder %s is not empty (it has %s): choose another one, or --resume %s to go on with it",
				path, entries[0].Name(), path)
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("train: run folder: %w", err)
		}
		if err := os.MkdirAll(path, 0o777); err != nil {
			return nil, fmt.Errorf("train: run folder: %w", err)
		}
		return newFolder(path)
	}
	if err := os.MkdirAll("runs", 0o777); err != nil {
		return nil, fmt.Errorf("train: run folder: %w", err)
	}
	for n := 1; ; n++ {
		path := filepath.Join("runs", fmt.Sprintf("%s-%03d", cmp.Or(name, "run"), n))
		err := os.Mkdir(path, 0o777)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("train: run folder: %w", err)
		}
		return newFolder(path)
	}
}

// newFolder locks a folder that was just made, when its name is on the disk.
func newFolder(path string) (*Folder, error) {
	if err := (checkpoint.OS{}).SyncDir(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("train: run folder: %w", err)
	}
	return lockFolder(path)
}

// OpenFolder locks an existing run folder.
func OpenFolder(path string) (*Folder, error) {
	if _, err := os.Stat(filepath.Join(path, configName)); err != nil {
		return nil, fmt.Errorf("train: %s is no run folder: %w", path, err)
	}
	return lockFolder(path)
}

func lockFolder(path string) (*Folder, error) {
	name := filepath.Join(path, lockName)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fmt.Errorf("train: run folder: %w", err)
	}
	ok, err := tryLock(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("train: locking %s: %w", name, err)
	}
	if !ok {
		who, _ := io.ReadAll(io.LimitReader(f, 200))
		f.Close()
		return nil, fmt.Errorf("train: run folder %s is being written by another process (%s): wait for it or end it",
			path, strings.TrimSpace(string(who)))
	}
	host, _ := os.Hostname()
	if err := f.Truncate(0); err == nil {
		_, err = fmt.Fprintf(f, "pid %d on %s\n", os.Getpid(), host)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("train: %s: %w", name, err)
	}
	return &Folder{path, f}, nil
}

// Join returns a path inside the folder.
func (f *Folder) Join(elem ...string) string {
	return filepath.Join(append([]string{f.Path}, elem...)...)
}

// Checkpoints returns the folder of checkpoints.
func (f *Folder) Checkpoints() string { return f.Join("checkpoints") }

// Close gives up the lock. The lock file stays: removing it would let two others lock two files of one name.
func (f *Folder) Close() error { return f.lock.Close() }
