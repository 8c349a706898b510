package room

import (
	"errors"

	"math"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// TestControlGroups reads limits of both versions, of the group itself and of those above, as hosts and containers show them.
func TestControlGroups(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	for name, c := range map[string]struct {
		files fstest.MapFS
		most  int64 // the smallest limit, 0 for none
		used  int64 // of the group that it is of
	}{
		"version 2": {fstest.MapFS{
			"proc/self/cgroup": file("0::/user.slice/job.scope\n"),
			"sys/fs/cgroup/user.slice/job.scope/memory.max":     file("8000000000\n"),
			"sys/fs/cgroup/user.slice/job.scope/memory.current": file("3000000000\n"),
			"sys/fs/cgroup/user.slice/job.scope/memory.stat":    file("anon 1\ninactive_file 1000000000\n"),
		}, 8e9, 2e9},
		"a limit above": {fstest.MapFS{
			"proc/self/cgroup":                        file("0::/slurm/job/step\n"),
			"sys/fs/cgroup/slurm/job/step/memory.max": file("max\n"),
			"sys/fs/cgroup/slurm/job/memory.max":      file("4000000000\n"),
			"sys/fs/cgroup/slurm/job/memory.current":  file("5\n"),
			"sys/fs/cgroup/slurm/memory.max":          file("9000000000\n"),
		}, 4e9, 5},
		"in a container": {fstest.MapFS{
			"proc/self/cgroup":         file("0::/\n"),
			"sys/fs/cgroup/memory.max": file("2000000000\n"),
		}, 2e9, 0},
		"version 1": {fstest.MapFS{
			"proc/self/cgroup": file("5:devices:/\n4:cpu,memory:/docker/abc\n0::/\n"),
			"sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": file("6000000000\n"),
			"sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes": file("1000\n"),
			"sys/fs/cgroup/memory/docker/abc/memory.stat":           file("inactive_file 7\ntotal_inactive_file 400\n"),
		}, 6e9, 600},
		"version 1 in a container": {fstest.MapFS{
			"proc/self/cgroup":                           file("4:memory:/docker/abc\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes": file("6000000000\n"),
		}, 6e9, 0},
		"no limit": {fstest.MapFS{
			"proc/self/cgroup":                           file("4:memory:/\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes": file("9223372036854771712\n"),
		}, 0, 0},
		"memory is another's": {fstest.MapFS{
			"proc/self/cgroup":                           file("4:memory_recursiveprot:/\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes": file("1\n"),
		}, 0, 0},
		"no groups":      {fstest.MapFS{}, 0, 0},
		"not understood": {fstest.MapFS{"proc/self/cgroup": file("nonsense\n::\n"), "sys/fs/cgroup/memory.max": file("x")}, 0, 0},
	} {
		most, used := int64(math.MaxInt64), int64(0)
		groups(c.files, func(limit, n int64, what string) {
			if limit < most {
				most, used = limit, n
			}
		})
		if most == math.MaxInt64 {
			most = 0
		}
		if most != c.most || used != c.used {
			t.Errorf("%s: %d of %d used, want %d of %d", name, used, most, c.used, c.most)
		}
	}
}

// TestRoomOfThisMachine: more than anything is refused, and next to nothing is not.
func TestRoomOfThisMachine(t *testing.T) {
	var e *Error
	if _, err := CheckMemory(1e18); !errors.As(err, &e) || e.Need != 1e18 {
		t.Errorf("10¹⁸ bytes: %v", err)
	}
	if warning, err := CheckMemory(1); warning != "" || err != nil {
		t.Errorf("a byte: %q, %v", warning, err)
	}
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "not", "yet")} {
		if n, err := Disk(path); n <= 0 || err != nil {
			t.Errorf("%s: %d, %v", path, n, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if n, err := Disk(filepath.Join(dir, "file")); n <= 0 || err != nil {
		t.Errorf("a file: %d, %v", n, err)
	}
}
