package run

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"anila/internal/files"
	"anila/train/checkpoint"
)

// Folder is a run's folder, locked against other writers until Close:
//
//	config.toml                          resolved configuration
//	init.safetensors                     the weights that training began with, where model.init names some
//	state.json                           status, iteration, last numbers
//	events.jsonl                         one Event a line; who writes holds a lock on it
//	samples/step-000100.png              chains (toys: truth, learned density, chains)
//	plots/*.png                          curves
//	checkpoints/step-000100/             weights, ema, optimizer, chains (.safetensors), state.json
//	lock                                 who writes, for people
type Folder struct {
	Path     string
	Unlocked error // why it is not locked: the file system has no locks; nil where it is

	locked string   // path of the file that is locked: one that is needed anyway, so that nobody removes it to get round the lock
	lock   *os.File // opened for reading and appending
}

const (
	lockName        = "lock"
	configName      = "config.toml"
	journalName     = "events.jsonl"
	checkpointsName = "checkpoints"
)

// CreateFolder makes a new folder of results and locks it. With path "" it is runs/NAME-NNN, the first number that is free.
// A folder that is not empty, or lies in another run, is refused.
func CreateFolder(path, name string) (*Folder, error) { return createFolder(path, name, lockName) }

// createFolder is CreateFolder with the name of the file that is locked.
func createFolder(path, name, locked string) (*Folder, error) {
	if path != "" {
		if other := Inside(path); other != "" {
			return nil, fmt.Errorf("train: run folder %s lies in the run %s: what a run holds is its own", path, other)
		}
		entries, err := os.ReadDir(path)
		entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return leftEarly(path, e) })
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
		return newFolder(path, locked)
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
		return newFolder(path, locked)
	}
}

// leftEarly tells what a run left in its folder that was killed before it had begun.
func leftEarly(dir string, e os.DirEntry) bool {
	if e.Name() == checkpointsName {
		return checkpoint.Unfinished(checkpoint.OS{}, filepath.Join(dir, checkpointsName))
	}
	info, err := e.Info()
	return e.Name() == lockName || e.Name() == configName+".tmp" || e.Name() == initName || e.Name() == journalName && err == nil && info.Size() == 0
}

// newFolder locks a folder that was just made, when its name is on the disk.
func newFolder(path, locked string) (*Folder, error) {
	if err := (checkpoint.OS{}).SyncDir(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("train: run folder: %w", err)
	}
	return lockFolder(path, locked)
}

// OpenFolder locks an existing run folder.
func OpenFolder(path string) (*Folder, error) {
	if _, err := os.Stat(filepath.Join(path, configName)); err != nil {
		return nil, fmt.Errorf("train: %s is no run folder: %w", path, err)
	}
	return lockFolder(path, journalName)
}

// LockFolder locks a folder that CreateFolder made for something else than a run.
func LockFolder(path string) (*Folder, error) { return lockFolder(path, lockName) }

// lockFolder takes the lock on a file of the folder, which is made where it does not exist.
func lockFolder(path, locked string) (*Folder, error) {
	name := filepath.Join(path, locked)
	if st, err := os.Stat(name); err == nil && !st.Mode().IsRegular() {
		return nil, fmt.Errorf("train: run folder: %s is not a regular file", name)
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, fmt.Errorf("train: run folder: %w", err)
	}
	folder := &Folder{Path: path, locked: name, lock: f}
	switch ok, err := tryLock(f); {
	case noLocks(err):
		folder.Unlocked = err
	case err != nil:
		f.Close()
		return nil, fmt.Errorf("train: locking %s: %w", name, err)
	case !ok || !folder.holds(): // another one holds it, or has just replaced it
		f.Close()
		who, _ := files.ReadSmall(filepath.Join(path, lockName), 200)
		return nil, fmt.Errorf("train: run folder %s is being written by another process (%s): wait for it or end it",
			path, strings.TrimSpace(string(who)))
	}
	host, _ := os.Hostname()
	who := fmt.Sprintf("pid %d on %s\n", os.Getpid(), host)
	_ = os.WriteFile(filepath.Join(path, lockName), []byte(who), 0o666) // for people only
	return folder, nil
}

// holds tells whether the file that is locked still has its name.
func (f *Folder) holds() bool {
	ours, err := f.lock.Stat()
	there, statErr := os.Stat(f.locked)
	return err == nil && statErr == nil && os.SameFile(ours, there)
}

// Check returns an error when the folder is not what it was: moved away, removed, or taken by another writer. What is written
// then would be of no use to anybody.
func (f *Folder) Check() error {
	if !f.holds() {
		return fmt.Errorf("train: run folder %s was removed, moved or replaced while the run wrote it: %s is not the file that it holds",
			f.Path, f.locked)
	}
	if filepath.Base(f.locked) != journalName {
		return nil
	}
	st, err := os.Stat(f.Join(configName))
	if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", configName)
	}
	if err != nil {
		return fmt.Errorf("train: run folder %s cannot be resumed any more: %w", f.Path, err)
	}
	return nil
}

// replace gives the file that is locked another content, whole or not at all. Nobody else can take the lock in between,
// unless the system cannot rename what is open.
func (f *Folder) replace(content []byte) error {
	beside := f.locked + ".tmp"
	next, err := os.OpenFile(beside, os.O_RDWR|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	if f.Unlocked == nil {
		var ok bool
		if ok, err = tryLock(next); err == nil && !ok {
			err = fmt.Errorf("%s is locked by another process", beside)
		}
	}
	if err == nil {
		_, err = next.Write(content)
	}
	if err == nil {
		err = cmp.Or(checkpoint.Sync(next), renameLocked(f, next))
	}
	if err != nil {
		next.Close()
		os.Remove(beside)
		return err
	}
	return checkpoint.OS{}.SyncDir(f.Path)
}

// Join returns a path inside the folder.
func (f *Folder) Join(elem ...string) string {
	return filepath.Join(append([]string{f.Path}, elem...)...)
}

// Checkpoints returns the folder of checkpoints.
func (f *Folder) Checkpoints() string { return f.Join(checkpointsName) }

// Close gives up the lock.
func (f *Folder) Close() error { return f.lock.Close() }
