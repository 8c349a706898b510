//go:build !windows

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// saveOnSignal calls save at every SIGUSR1 until the function that it returns is called.
func saveOnSignal(save func()) (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-signals:
				save()
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}

// outliveReaders lets a write to a pipe that nobody reads any more fail, where it would end the process: training does not
// end with the program that shows its output.
func outliveReaders() { signal.Ignore(syscall.SIGPIPE) }
