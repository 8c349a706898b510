package checkpoint

// pipe does nothing: there are no pipes with names in folders, and what is missing is damage, too.
func pipe(string) error { return nil }
