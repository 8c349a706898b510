// Package room tells how much memory and disk and how many cores a process may have.
package room

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Unknown stands for what the system does not tell.
const Unknown = math.MaxInt64

// Memory is the memory of the machine, of the process's control group, or of its address space, whichever is least, and
// what limits it: "the machine", "its control group", "its address space (ulimit -v)". available is what of it nobody uses
// at the moment. Both are Unknown where the system does not tell.
func Memory() (total, available int64, limit string) {
	total, available, limit = Unknown, Unknown, "the machine"
	if m, err := fields("/proc/meminfo"); err == nil {
		total, available = m["MemTotal:"]*1024, m["MemAvailable:"]*1024
	}
	less := func(most, used int64, what string) {
		if most < total {
			total, limit = most, what
		}
		available = min(available, max(0, most-used))
	}
	groups(os.DirFS("/"), less)
	if most, used, ok := addressSpace(); ok {
		less(max(0, most-used), 0, "its address space (ulimit -v)") // the runtime's own part does not come back
	}
	return total, available, limit
}

// fields reads lines of a name and a number.
func fields(path string) (map[string]int64, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseFields(string(b)), nil
}

func parseFields(text string) map[string]int64 {
	m := map[string]int64{}
	for line := range strings.Lines(text) {
		if parts := strings.Fields(line); len(parts) >= 2 {
			if v, err := strconv.ParseInt(parts[1], 10, 64); err == nil {
				m[parts[0]] = v
			}
		}
	}
	return m
}

// groups tells the limit and the use of each control group with one that the process is in, itself or by a group above it,
// of version 1 and 2 (Linux, Documentation/admin-guide/cgroup-v1/memory.rst and cgroup-v2.rst). Memory that holds pages of
// files which can be dropped does not count as used.
func groups(root fs.FS, less func(most, used int64, what string)) {
	list, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(list)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		mounts, most, used, droppable := []string{"sys/fs/cgroup", "sys/fs/cgroup/unified"}, "memory.max", "memory.current", "inactive_file"
		if parts[1] != "" {
			if !strings.Contains(","+parts[1]+",", ",memory,") {
				continue
			}
			mounts, most, used, droppable = []string{"sys/fs/cgroup/memory"}, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
		}
		for _, mount := range mounts {
			// Inside of a container the path is that of the host, and the group is the mount itself.
			for group := strings.TrimPrefix(parts[2], "/"); ; group = filepath.Dir(group) {
				dir := filepath.ToSlash(filepath.Join(mount, group))
				if limit, err := number(root, dir+"/"+most); err == nil && limit < 1<<60 {
					n, _ := number(root, dir+"/"+used)
					if stat, err := fs.ReadFile(root, dir+"/memory.stat"); err == nil {
						n -= parseFields(string(stat))[droppable]
					}
					less(limit, n, "its control group")
				}
				if group == "." || group == "" || group == "/" {
					break
				}
			}
		}
	}
}

// number reads a file of one number; "max" is an error.
func number(root fs.FS, path string) (int64, error) {
	b, err := fs.ReadFile(root, path)
	if err != nil {
		return 0, err
	}
	text := strings.TrimSpace(string(b))
	n, err := strconv.ParseUint(text, 10, 64)
	return int64(min(n, math.MaxInt64)), err
}

// Disk is the room that a user may still fill on the disk of a path, or of the folder above it that exists.
func Disk(path string) (int64, error) {
	path, err := filepath.Abs(path)
	for err == nil {
		if _, err = os.Stat(path); err == nil {
			return free(path)
		}
		if !errors.Is(err, fs.ErrNotExist) || path == filepath.Dir(path) {
			break
		}
		path, err = filepath.Dir(path), nil
	}
	return Unknown, err
}

// Error says that there is less than is needed.
type Error struct {
	What string  // "of memory", "of disk"
	Need float64 // bytes
	Has  int64
	Of   string // what has them: "the machine"
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s %s are needed, and %s has %s", Bytes(e.Need), e.What, e.Of, Bytes(float64(e.Has)))
}

// Bytes writes a number of bytes for people.
func Bytes(n float64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.2f GB", n/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", n/1e6)
	}
	return fmt.Sprintf("%.0f kB", math.Ceil(n/1e3))
}

// CheckMemory returns an *Error where so many bytes are more than there can be, and a warning where they are more than
// nobody uses now.
func CheckMemory(need float64) (warning string, err error) {
	total, available, limit := Memory()
	switch {
	case need > float64(total):
		return "", &Error{"of memory", need, total, limit}
	case need > float64(available):
		return fmt.Sprintf("about %s of memory are needed, and of what %s has %s are free", Bytes(need), limit, Bytes(float64(available))), nil
	}
	return "", nil
}
