//go:build unix

package main

import (
	"syscall"
	"time"
)

// cpuTime is the processor time of this process: on a busy machine it says
// more about one thread than the clock does.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
