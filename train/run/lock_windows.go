package run

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// tryLock takes an exclusive lock on f that ends with the process, however it ends. ok is false when another holds it. The
// locked byte lies beyond the text in the file, which others may therefore read.
func tryLock(f *os.File) (ok bool, err error) {
	at := windows.Overlapped{Offset: 1 << 30}
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

// noLocks tells that a file system has no locks.
func noLocks(err error) bool { return errors.Is(err, windows.ERROR_NOT_SUPPORTED) }

// renameLocked gives next the name of the folder's locked file and makes it that file. What is open cannot be renamed here, so
// that the lock is free for a moment.
func renameLocked(f *Folder, next *os.File) error {
	f.lock.Close()
	next.Close()
	err := os.Rename(next.Name(), f.locked)
	again, openErr := os.OpenFile(f.locked, os.O_RDWR|os.O_APPEND, 0o666)
	if err = errors.Join(err, openErr); err != nil {
		return err
	}
	f.lock = again
	if f.Unlocked != nil {
		return nil
	}
	ok, err := tryLock(again)
	if err == nil && !ok {
		err = fmt.Errorf("%s was locked by another process", f.locked)
	}
	return err
}
