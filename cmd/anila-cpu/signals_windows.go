package main

// saveOnSignal does nothing: there is no SIGUSR1.
func saveOnSignal(func()) (stop func()) { return func() {} }

// outliveReaders does nothing: there is no SIGPIPE.
func outliveReaders() {}
