package asm

import "testing"

// everyTier runs a sub-test with each available tier in force.
func everyTier(t *testing.T, f func(t *testing.T)) {
	before := Tier()
	defer setTier(before)
	for _, isa := range []ISA{Generic, AVX2, AVX512, NEON} {
		t.Run(isa.String(), func(t *testing.T) {
			useTier(t, isa)
			f(t)
		})
	}
}

// useTier puts a tier in force, or skips the test where it is not available.
func useTier(t testing.TB, isa ISA) {
	if err := Select(isa.String()); err != nil {
		t.Skipf("no %v here", isa)
	}
	if Tier() != isa {
		t.Fatalf("tier %v in force, want %v", Tier(), isa)
	}
}

// onGeneric runs f on the reference and puts the tier back.
func onGeneric(f func()) {
	before := Tier()
	defer setTier(before)
	setTier(Generic)
	f()
}
