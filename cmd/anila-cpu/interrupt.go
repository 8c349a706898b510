package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

var errInterrupted = &exitError{exitInterrupted, errors.New("interrupted")}

// interruptible returns a context that the first Ctrl-C, SIGTERM or hangup of the terminal ends; told, which may be nil, is
// called at once. A second one ends the process at once, as these signals do elsewhere; files appear under their names only
// when they are complete.
func interruptible(parent context.Context, told func()) (context.Context, func()) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signal.Notify(signals, syscall.SIGHUP)
	}
	done := make(chan struct{})
	go func() {
		select {
		case <-signals:
			cancel()
			if told != nil {
				told()
			}
		case <-done:
			return
		}
		select {
		case <-signals:
			os.Exit(exitInterrupted)
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel()
	}
}
