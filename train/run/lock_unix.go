//go:build !windows

package run

import (
	"errors"
	"os"
	"syscall"
)

// tryLock takes an exclusive lock on f that ends with the process, however it ends. ok is false when another holds it.
func tryLock(f *os.File) (ok bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
