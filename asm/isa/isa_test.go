package isa

import (
	"strings"
	"testing"
)

func TestSelect(t *testing.T) {
	before := Current()
	defer setTier(before)
	for _, tier := range Available() {
		if err := Select(tier.String()); err != nil {
			t.Fatal(err)
		}
		if Current() != tier {
			t.Errorf("Select(%q) put %v in force", tier, Current())
		}
	}
	for _, name := range []string{"sse9", "generic "} {
		err := Select(name)
		if err == nil {
			t.Fatalf("Select(%q) gave no error", name)
		}
		for _, tier := range Available() {
			if !strings.Contains(err.Error(), tier.String()) {
				t.Errorf("error %q does not name %v", err, tier)
			}
		}
	}
	have := Available()
	if best := have[len(have)-1]; Current() != best {
		t.Errorf("a failed Select left %v in force, want %v", Current(), best)
	}
	if err := Select(""); err != nil || Current() != have[len(have)-1] {
		t.Errorf("Select(\"\") = %v, tier %v, want the best tier", err, Current())
	}
}

func TestAvailableStartsWithGeneric(t *testing.T) {
	if Available()[0] != Generic {
		t.Errorf("Available() = %v, want generic first", Available())
	}
}

func TestBadEnvironment(t *testing.T) {
	before := Current()
	defer setTier(before)
	setTier(Generic)
	err := selectOrBest("sse9")
	if err == nil || !strings.Contains(err.Error(), Env) || !strings.Contains(err.Error(), "sse9") {
		t.Errorf("error %v does not name %s and its value", err, Env)
	}
	if have := Available(); Current() != have[len(have)-1] {
		t.Errorf("tier %v in force, want the best", Current())
	}
	if err := selectOrBest("generic"); err != nil || Current() != Generic {
		t.Errorf("selectOrBest(generic) = %v, tier %v", err, Current())
	}
}

// A tier uses its own instructions and those of the tiers below it, and no others.
func TestTiersUseWhatTheyName(t *testing.T) {
	before := Current()
	defer setTier(before)
	for _, c := range []struct {
		tier               Tier
		avx2, avx512, neon bool
	}{{Generic, false, false, false}, {AVX2, true, false, false}, {AVX512, true, true, false}, {NEON, false, false, true}} {
		setTier(c.tier)
		if hasAVX2FMA != c.avx2 || hasAVX512 != c.avx512 || hasNEON != c.neon {
			t.Errorf("%v: AVX2 %v, AVX-512 %v, NEON %v", c.tier, hasAVX2FMA, hasAVX512, hasNEON)
		}
	}
}
