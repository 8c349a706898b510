//go:build !windows

package checkpoint

import "os"

// SyncDir syncs the folder itself.
func (OS) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
