//go:build !windows

package run

import (
	"errors"
	"os"
	"syscall"
)

// flock is the system's; a test puts one in its place that a file system without locks would have.
var flock = syscall.Flock

// tryLock takes an exclusive lock on f that ends with the process, however it ends. ok is false when another holds it.
func tryLock(f *os.File) (ok bool, err error) {
	err = flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// noLocks tells that a file system has no locks: Lustre without the option flock, some NFS and FUSE.
func noLocks(err error) bool {
	for _, e := range []error{syscall.ENOSYS, syscall.ENOLCK, syscall.EOPNOTSUPP, syscall.ENOTSUP, syscall.EINVAL} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// renameLocked gives next the name of the folder's locked file and makes it that file.
func renameLocked(f *Folder, next *os.File) error {
	if err := os.Rename(next.Name(), f.locked); err != nil {
		return err
	}
	f.lock.Close()
	f.lock = next
	return nil
}
