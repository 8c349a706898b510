//go:build !unix

package main

import "time"

var begun = time.Now()

// cpuTime is the clock, where the processor time is not to be had.
func cpuTime() time.Duration { return time.Since(begun) }
