//go:build !windows

package checkpoint

import "syscall"

func pipe(path string) error { return syscall.Mkfifo(path, 0o666) }
