package asm

import (
	"strings"
	"testing"
)

func TestSelect(t *testing.T) {
	before := Tier()
	defer setTier(before)
	for _, isa := range Available() {
		if err := Select(isa.String()); err != nil {
			t.Fatal(err)
		}
		if Tier() != isa {
			t.Errorf("Select(%q) put %v in force", isa, Tier())
		}
	}
	for _, name := range []string{"sse9", "generic "} {
		err := Select(name)
		if err == nil {
			t.Fatalf("Select(%q) gave no error", name)
		}
		for _, isa := range Available() {
			if !strings.Contains(err.Error(), isa.String()) {
				t.Errorf("error %q does not name %v", err, isa)
			}
		}
	}
	have := Available()
	if best := have[len(have)-1]; Tier() != best {
		t.Errorf("a failed Select left %v in force, want %v", Tier(), best)
	}
	if err := Select(""); err != nil || Tier() != have[len(have)-1] {
		t.Errorf("Select(\"\") = %v, tier %v, want the best tier", err, Tier())
	}
}

func TestAvailableStartsWithGeneric(t *testing.T) {
	if Available()[0] != Generic {
		t.Errorf("Available() = %v, want generic first", Available())
	}
}

func TestBadEnvironment(t *testing.T) {
	before := Tier()
	defer setTier(before)
	setTier(Generic)
	err := selectOrBest("sse9")
	if err == nil || !strings.Contains(err.Error(), EnvISA) || !strings.Contains(err.Error(), "sse9") {
		t.Errorf("error %v does not name %s and its value", err, EnvISA)
	}
	if have := Available(); Tier() != have[len(have)-1] {
		t.Errorf("tier %v in force, want the best", Tier())
	}
	if err := selectOrBest("generic"); err != nil || Tier() != Generic {
		t.Errorf("selectOrBest(generic) = %v, tier %v", err, Tier())
	}
}
