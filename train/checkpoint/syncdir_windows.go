package checkpoint

// SyncDir does nothing: Windows offers no sync of folders, and NTFS journals their entries.
func (OS) SyncDir(string) error { return nil }
