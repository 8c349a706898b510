package asmtest

import (
	"testing"

	"anila/asm/isa"
)

// EveryTier runs a sub-test with each tier in force, skipping those that are not
// available.
func EveryTier(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	before := isa.Current()
	defer UseTier(t, before)
	for _, tier := range []isa.Tier{isa.Generic, isa.AVX2, isa.AVX512, isa.NEON} {
		t.Run(tier.String(), func(t *testing.T) {
			UseTier(t, tier)
			f(t)
		})
	}
}

// UseTier puts a tier in force, or skips the test where it is not available.
func UseTier(t testing.TB, tier isa.Tier) {
	t.Helper()
	if err := isa.Select(tier.String()); err != nil {
		t.Skipf("no %v here", tier)
	}
	if isa.Current() != tier {
		t.Fatalf("tier %v in force, want %v", isa.Current(), tier)
	}
}

// OnGeneric runs f on the reference and puts the tier back.
func OnGeneric(f func()) {
	before := isa.Current().String()
	defer isa.Select(before)
	isa.Select(isa.Generic.String())
	f()
}
