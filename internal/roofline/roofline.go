// Package roofline measures the two limits of a machine that every kernel's speed is held against: float32 fused
// multiply-adds a second on each instruction set, and bytes of memory a second.
package roofline

import (
	"sync"
	"time"

	"anila/asm"
)

// A burst is one call of a kernel that does nothing but multiply-add in registers; it stays well below a millisecond, since
// assembly cannot be preempted.
const burstRounds = 4096

// FMAPeak returns the float32 multiply-add peak of a tier in GFLOP/s (one multiply-add is two operations) on so many
// threads at once, the best of about ten measurements in the time given.
func FMAPeak(tier asm.ISA, threads int, d time.Duration) float64 {
	flops := float64(burstFlops(tier))
	best := 0.0
	for range 10 {
		best = max(best, rate(threads, d/10, func() float64 {
			burst(tier)
			return flops
		}))
	}
	return best / 1e9
}

// rate runs f on so many threads for at least d and returns the sum of its results a second.
func rate(threads int, d time.Duration, f func() float64) float64 {
	var wait sync.WaitGroup
	rates := make([]float64, threads)
	for i := range rates {
		wait.Go(func() {
			start, work := time.Now(), 0.0
			for {
				work += f()
				if t := time.Since(start); t >= d {
					rates[i] = work / t.Seconds()
					return
				}
			}
		})
	}
	wait.Wait()
	total := 0.0
	for _, r := range rates {
		total += r
	}
	return total
}

// LargeArray is a size in bytes for Bandwidth far beyond a core's own caches. (A cache that many cores share may still
// hold it; then it is that cache's speed that a single process sees.)
const LargeArray = 128 << 20

// Bandwidth returns the gigabytes a second that so many threads read and write together when each adds one array of so
// many bytes to another, y += a·x (two floats read, one written), the best of five passes.
func Bandwidth(threads, bytes int) float64 {
	const part = 1 << 16
	n := max(1, bytes/4/part) * part
	xs, ys := make([][]float32, threads), make([][]float32, threads)
	for i := range xs {
		xs[i], ys[i] = make([]float32, n), make([]float32, n)
	}
	best := 0.0
	for range 5 {
		start := time.Now()
		var wait sync.WaitGroup
		for i := range xs {
			wait.Go(func() {
				for at := 0; at < n; at += part {
					asm.Axpy(ys[i][at:at+part], xs[i][at:at+part], 0.5)
				}
			})
		}
		wait.Wait()
		best = max(best, float64(threads)*3*4*float64(n)/time.Since(start).Seconds())
	}
	return best / 1e9
}

// burstGeneric is the Go form: eight independent chains of a scalar multiply and add.
func burstGeneric(rounds int) float32 {
	var s0, s1, s2, s3, s4, s5, s6, s7 float32
	a, b := float32(0.999), float32(0.001)
	for range rounds {
		s0 = s0*a + b
		s1 = s1*a + b
		s2 = s2*a + b
		s3 = s3*a + b
		s4 = s4*a + b
		s5 = s5*a + b
		s6 = s6*a + b
		s7 = s7*a + b
	}
	return s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7
}

// sink keeps the generic burst from being optimised away.
var sink sync.Map

func genericBurst() { sink.Store(0, burstGeneric(burstRounds)) }
