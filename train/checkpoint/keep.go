package checkpoint

import (
	"errors"
	"slices"
)

// Keep says which checkpoints stay. The one just written always does, and the newest of those that Scheduled names.
type Keep struct {
	Last  int   // this many newest; 0: all
	Every int64 // and, for good, those whose step is a multiple of this; 0: none
	Bytes int64 // at most this many bytes in all, the oldest going first, those of Every last; 0: no limit

	// Scheduled tells the checkpoints that these numbers are about; nil means all. Of the others only the newest stays, and
	// only while it is the newest of all: Bytes leaves room for it whether there is one or not, so that what stays of those
	// that are scheduled does not depend on it.
	Scheduled func(step int64) bool
}

// Prune removes the checkpoints that k does not keep, after that of step written, and returns their steps in the order of
// removal.
func Prune(fs FS, root string, k Keep, written int64) ([]int64, error) {
	all, err := List(fs, root)
	if err != nil || len(all) < 2 {
		return nil, err
	}
	forGood := func(s int64) bool { return k.Every > 0 && s%k.Every == 0 }
	var steps, removed []int64
	var errs []error
	drop := func(s int64) {
		if s == written {
			return
		}
		if err := remove(fs, root, s); err != nil {
			errs = append(errs, err)
			return
		}
		removed = append(removed, s)
		steps = slices.DeleteFunc(steps, func(x int64) bool { return x == s })
	}
	for _, s := range all {
		if k.Scheduled == nil || k.Scheduled(s) {
			steps = append(steps, s)
		} else if s < all[len(all)-1] && !forGood(s) {
			drop(s)
		}
	}
	if k.Last > 0 {
		for _, s := range slices.Clone(steps[:max(0, len(steps)-k.Last)]) {
			if !forGood(s) {
				drop(s)
			}
		}
	}
	if k.Bytes <= 0 || len(steps) == 0 {
		return removed, errors.Join(errs...)
	}
	sizes := map[int64]int64{}
	var total int64
	for _, s := range steps {
		sizes[s] = Size(fs, root, s)
		total += sizes[s]
	}
	if k.Scheduled != nil {
		total += sizes[steps[len(steps)-1]]
	}
	for _, good := range []bool{false, true} {
		for _, s := range slices.Clone(steps[:len(steps)-1]) {
			if total > k.Bytes && forGood(s) == good {
				drop(s)
				total -= sizes[s]
			}
		}
	}
	return removed, errors.Join(errs...)
}

// Size returns the bytes of a checkpoint's files.
func Size(fs FS, root string, step int64) int64 {
	entries, _ := fs.ReadDir(Dir(root, step))
	var n int64
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			n += info.Size()
		}
	}
	return n
}
