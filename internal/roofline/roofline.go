// Package roofline measures the two limits of a machine that every kernel's speed is held against: float32 fused
// multiply-adds a second on each instruction set, and bytes of memory a second.
package roofline

import (
	"sync"
	"time"

	"anila/asm/peak"
	"anila/asm/vec"
)

// FMAPeak returns the float32 multiply-add peak of the tier in force in GFLOP/s (one multiply-add is two operations) on so
// many threads at once, the best of ten measurements in the time given.
func FMAPeak(threads int, d time.Duration) float64 {
	best := 0.0
	for range 10 {
		best = max(best, rate(threads, d/10, func() float64 { return float64(peak.FMA(1 << 14)) }))
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
					vec.Axpy(ys[i][at:at+part], xs[i][at:at+part], 0.5)
				}
			})
		}
		wait.Wait()
		best = max(best, float64(threads)*3*4*float64(n)/time.Since(start).Seconds())
	}
	return best / 1e9
}
