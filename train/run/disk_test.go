//go:build !windows

package run

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"anila/train/checkpoint"
	"anila/train/internal/faultfs"
)

// TestFolderLostOnTheWay: a run whose folder is taken away ends with an error at the next checkpoint and makes nothing anew.
func TestFolderLostOnTheWay(t *testing.T) {
	for name, take := range map[string]func(dir string) error{
		"moved":   func(dir string) error { return os.Rename(dir, dir+"-old") },
		"removed": os.RemoveAll,
	} {
		t.Run(name, func(t *testing.T) {
			r := startRun(t, tiny(t), Options{})
			res, err := r.Train(context.Background(), &hooks{progress: func(p Progress) {
				if p.Iteration == 6 {
					hold(&r.saver)
					if err := take(r.Folder.Path); err != nil {
						t.Error(err)
					}
				}
			}})
			if err == nil || res.Status != Failed || res.Iteration != 8 || !strings.Contains(err.Error(), "removed, moved or replaced") {
				t.Errorf("%+v, %v", res, err)
			}
			r.Close()
			if _, err := os.Stat(r.Folder.Path); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the folder was made anew: %v", err)
			}
		})
	}
}

// TestFolderReplacedOnTheWay: what a second writer would do to the folder is seen by the first.
func TestFolderReplacedOnTheWay(t *testing.T) {
	r := startRun(t, tiny(t), Options{})
	var before map[string]string
	res, err := r.Train(context.Background(), &hooks{progress: func(p Progress) {
		if p.Iteration == 6 {
			hold(&r.saver)
			if err := errors.Join(copyOver(r.Folder.Join(journalName)), os.Remove(r.Folder.Join("state.json"))); err != nil {
				t.Error(err)
			}
			before = tree(t, r.Folder.Path)
		}
	}})
	if err == nil || res.Iteration != 8 {
		t.Errorf("%+v, %v", res, err)
	}
	delete(before, journalName+".old") // its own, under another name
	after := tree(t, r.Folder.Path)
	delete(after, journalName+".old")
	sameTree(t, after, before) // the other one's
	r.Close()
}

// TestFullDiskIsNoTarget: what is written when there is room again is for going on, not for going back to.
func TestFullDiskIsNoTarget(t *testing.T) {
	disk := &faultfs.Full{}
	disk.SetFree(1 << 30)
	r := startRun(t, tiny(t, "checkpoint.keep=0"), Options{FS: disk})
	var steps []int64
	finish(t, r, &hooks{progress: func(p Progress) {
		hold(&r.saver)
		switch p.Iteration {
		case 7:
			disk.SetFree(0)
		case 9:
			disk.SetFree(1 << 30)
		case 10:
			r.saver.retry = time.Now().Add(-time.Second)
		case 12: // before its own is written
			var err error
			if steps, err = checkpoint.List(disk, r.Folder.Checkpoints()); err != nil {
				t.Error(err)
			}
			for _, step := range steps {
				s, err := readState(checkpoint.Dir(r.Folder.Checkpoints(), step))
				if err != nil || s.scheduled(r.Config.Checkpoint) != (step == 4) {
					t.Errorf("checkpoint %d: scheduled %v, %v", step, s.scheduled(r.Config.Checkpoint), err)
				}
			}
		}
	}})
	if !slices.Equal(steps, []int64{4, 10}) {
		t.Errorf("checkpoints of %v before the last one", steps)
	}
}

// TestNoLocks: where the file system has no locks a run starts, is resumed, and says so once.
func TestNoLocks(t *testing.T) {
	real := flock
	defer func() { flock = real }()
	for _, reason := range []error{syscall.ENOSYS, syscall.ENOLCK, syscall.EOPNOTSUPP, syscall.EINVAL} {
		flock = func(int, int) error { return reason }
		r := startRun(t, tiny(t), Options{MaxTime: 1})
		for range 2 {
			h := &hooks{}
			finish(t, r, h)
			warned := 0
			for _, e := range h.events {
				if e.Kind == "warning" && strings.Contains(e.Message, "no locks") {
					warned++
				}
			}
			if warned != 1 {
				t.Errorf("%v: %d warnings", reason, warned)
			}
			var err error
			if r, err = Resume(r.Folder.Path, nil, nil, Options{}); err != nil {
				t.Fatal(err)
			}
		}
		r.Close()
	}
	flock = func(int, int) error { return syscall.EIO }
	if _, err := Start(tiny(t), Options{Dir: filepath.Join(t.TempDir(), "run")}); !errors.Is(err, syscall.EIO) {
		t.Errorf("a lock that failed: %v", err)
	}
}
