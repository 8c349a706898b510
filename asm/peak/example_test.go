package peak_test

import (
	"fmt"
	"time"

	"anila/asm/peak"
)

// The peak of one core, in operations a second.
func ExampleFMA() {
	start := time.Now()
	flops := peak.FMA(1 << 16)
	rate := float64(flops) / time.Since(start).Seconds()
	fmt.Println(rate > 1e6)
	// Output: true
}
