package run

import (
	"os"
	"path/filepath"
)

// Inside returns the run's folder, or the checkpoint, that a path lies in, links followed; "" where it lies in none. The path
// itself need not exist.
func Inside(path string) string {
	for dir := filepath.Dir(RealPath(path)); ; dir = filepath.Dir(dir) {
		has := func(name string) bool {
			_, err := os.Stat(filepath.Join(dir, name))
			return err == nil
		}
		if has(configName) && (has(lockName) || has(journalName) || has("checkpoints")) || has("weights.safetensors") && has("state.json") {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// RealPath is a path from the root, with the links of what exists of it followed.
func RealPath(path string) string {
	whole, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	if followed, err := filepath.EvalSymlinks(whole); err == nil {
		return followed
	}
	parent := filepath.Dir(whole)
	if parent == whole {
		return whole
	}
	return filepath.Join(RealPath(parent), filepath.Base(whole))
}
