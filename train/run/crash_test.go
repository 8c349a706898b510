package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"anila/train/checkpoint"
	"anila/train/internal/faultfs"
)

// TestFaultCrash cuts the power after every change that a run makes to its folder, with what was not synced lost in
// three ways, and resumes from what is left: the final weights are always those of the run that was not disturbed.
func TestFaultCrash(t *testing.T) {
	t.Parallel() // most of its time goes to waiting for the disk
	calm := 1    // disks that are tried: one in so many
	if testing.Short() {
		calm = 8
	}
	t.Run("calm", func(t *testing.T) { t.Parallel(); crashes(t, calm) })
	t.Run("diverging", func(t *testing.T) {
		t.Parallel()
		every := 8
		if testing.Short() {
			every = 40
		}
		if os.Getenv("ANILA_SOAK") != "" {
			every = 1
		}
		crashes(t, every, "optim.rate=30", "optim.rate_min=30", "guard.gap=100", "guard.lower=1e-5", "checkpoint.every=1")
	})
}

func crashes(t *testing.T, every int, settings ...string) {
	settings = append([]string{"train.iterations=6", "checkpoint.every=2", "checkpoint.keep=2", "train.batch=4", "chains.count=4", "chains.bank=6",
		"sampler.steps=1", "log.every=100"}, settings...)
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	disk := &faultfs.Recorder{Root: dir}
	want := lastTensors(t, finish(t, startRun(t, tiny(t, settings...), Options{Dir: dir, FS: disk}), nil).Checkpoint)

	seen := map[string]bool{}
	begun, resumed := 0, 0
	for n := range disk.Len() + 1 {
		for loss := range faultfs.Losses {
			left := disk.After(n, loss)
			if d := left.Digest(); seen[d] {
				continue
			} else {
				seen[d] = true
			}
			if len(seen)%every != 0 {
				continue
			}
			at := "the start"
			if n > 0 {
				at = fmt.Sprintf("change %d (%s), loss %d", n, disk.String(n-1), loss)
			}
			if !left.Has("config.toml") {
				if left.Has("checkpoints/") {
					t.Errorf("after %s there are checkpoints and no configuration", at)
				}
				begun++
				continue
			}
			copyDir := filepath.Join(t.TempDir(), "copy")
			if err := left.WriteTo(copyDir); err != nil {
				t.Fatal(err)
			}
			r, err := Resume(copyDir, nil, nil, Options{})
			if err != nil {
				t.Errorf("after %s: %v", at, err)
				continue
			}
			sameTensors(t, lastTensors(t, finish(t, r, nil).Checkpoint), want)
			resumed++
			if t.Failed() {
				t.Fatalf("after %s", at)
			}
		}
	}
	t.Logf("%d changes, %d different disks: %d before the run had begun, %d resumed to the same weights", disk.Len(), len(seen), begun, resumed)
	if resumed < len(seen)/every/2 {
		t.Errorf("only %d disks were resumed", resumed)
	}
}

// hold waits until the write under way is over and leaves its result to be found.
func hold(s *saver) {
	if s.done != nil {
		s.done <- <-s.done
	}
}

// TestFaultFullDisk: checkpoints that do not fit are reported, training goes on, and with room again they are written; without,
// the run fails with a clear error and its last good checkpoint stands.
func TestFaultFullDisk(t *testing.T) {
	want := lastTensors(t, finish(t, startRun(t, tiny(t), Options{}), nil).Checkpoint)
	for _, roomAgain := range []bool{true, false} {
		t.Run(fmt.Sprintf("roomAgain=%v", roomAgain), func(t *testing.T) {
			disk := &faultfs.Full{}
			disk.SetFree(1 << 30)
			r := startRun(t, tiny(t), Options{FS: disk})
			h := &hooks{}
			h.progress = func(p Progress) {
				hold(&r.saver)
				switch {
				case p.Iteration == 5:
					disk.SetFree(1000)
				case p.Iteration == 11 && roomAgain:
					disk.SetFree(1 << 30)
				}
			}
			res, err := r.Train(context.Background(), h)
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			failed := 0
			for _, e := range h.events {
				if e.Kind == "checkpoint-failed" {
					failed++
					if !strings.Contains(e.Message, syscall.ENOSPC.Error()) {
						t.Errorf("event %q does not say what is wrong", e.Message)
					}
				}
			}
			if failed == 0 {
				t.Error("no failed checkpoint was reported")
			}
			if roomAgain {
				if err != nil {
					t.Fatal(err)
				}
				sameTensors(t, lastTensors(t, res.Checkpoint), want)
				return
			}
			if !errors.Is(err, syscall.ENOSPC) || res.Status != Failed || res.Iteration != 12 {
				t.Errorf("%+v, %v", res, err)
			}
			found, err := checkpoint.Newest(checkpoint.OS{}, r.Folder.Checkpoints())
			if err != nil || found.Step != 4 || len(found.Damaged) != 0 {
				t.Errorf("newest good checkpoint: %+v, %v", found, err)
			}
			// With room again, the run goes on from there to the same end.
			if r, err = Resume(r.Folder.Path, nil, nil, Options{}); err != nil {
				t.Fatal(err)
			}
			sameTensors(t, lastTensors(t, finish(t, r, nil).Checkpoint), want)
		})
	}
}
