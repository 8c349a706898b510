package checkpoint

import (
	"errors"
	"slices"
)

// Keep says which checkpoints stay. The newest always does.
type Keep struct {
	Last  int   // this many newest; 0: all
	Every int64 // and, for good, those whose step is a multiple of this; 0: none
	Bytes int64 // at most this many bytes in all, the oldest going first, those of Every last; 0: no limit
}

// Prune removes the checkpoints that k does not keep and returns their steps in the order of removal.
func Prune(fs FS, root string, k Keep) ([]int64, error) {
	steps := List(fs, root)
	if len(steps) < 2 {
		return nil, nil
	}
	forGood := func(s int64) bool { return k.Every > 0 && s%k.Every == 0 }
	var removed []int64
	var errs []error
	drop := func(s int64) {
		errs = append(errs, remove(fs, root, s))
		removed = append(removed, s)
		steps = slices.DeleteFunc(steps, func(x int64) bool { return x == s })
	}
	if k.Last > 0 {
		for _, s := range slices.Clone(steps[:max(0, len(steps)-k.Last)]) {
			if !forGood(s) {
				drop(s)
			}
		}
	}
	if k.Bytes <= 0 {
		return removed, errors.Join(errs...)
	}
	sizes := map[int64]int64{}
	var total int64
	for _, s := range steps {
		sizes[s] = Size(fs, root, s)
		total += sizes[s]
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
