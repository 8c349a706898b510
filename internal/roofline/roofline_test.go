package roofline

import (
	"math"
	"testing"
	"time"

	"anila/asm/isa"
)

// TestPeak runs the burst of every tier that this machine has.
func TestPeak(t *testing.T) {
	tier := isa.Current()
	defer isa.Select(tier.String())
	for _, tier := range isa.Available() {
		if err := isa.Select(tier.String()); err != nil {
			t.Fatal(err)
		}
		for _, threads := range []int{1, 2} {
			if peak := FMAPeak(threads, time.Millisecond); !(peak > 0) || math.IsInf(peak, 0) {
				t.Errorf("%s, %d threads: peak %g GFLOP/s", tier, threads, peak)
			}
		}
	}
}

func TestBandwidth(t *testing.T) {
	if b := Bandwidth(1, 1<<20); !(b > 0) || math.IsInf(b, 0) {
		t.Errorf("bandwidth %g GB/s", b)
	}
}
