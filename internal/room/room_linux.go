package room

import "golang.org/x/sys/unix"

func free(path string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return Unknown, err
	}
	return int64(min(s.Bavail, 1<<50/max(1, uint64(s.Bsize)))) * int64(s.Bsize), nil
}

// addressSpace is the limit of the process's address space, and how much of it is taken.
func addressSpace() (most, used int64, ok bool) {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_AS, &r); err != nil || r.Cur > 1<<60 {
		return 0, 0, false
	}
	status, err := fields("/proc/self/status")
	if err != nil {
		return 0, 0, false
	}
	return int64(r.Cur), status["VmSize:"] * 1024, true
}
