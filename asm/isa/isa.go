// Package isa says which instruction-set tier is in force: the best that the processor, the
// operating system and the build have, unless ANILA_ISA or Select lowers it.
package isa

import (
	"fmt"
	"os"
	"strings"
)

// Tier is an instruction-set tier. Tiers of one architecture are ordered: each
// includes those below it.
type Tier uint8

const (
	Generic Tier = iota // Go, any processor
	AVX2                // amd64: AVX2 and FMA
	AVX512              // amd64: AVX-512 F, VL, DQ and BW
	NEON                // arm64: Advanced SIMD
)

// String returns the name by which ANILA_ISA and --isa know the tier.
func (t Tier) String() string {
	switch t {
	case Generic:
		return "generic"
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	case NEON:
		return "neon"
	}
	return fmt.Sprintf("Tier(%d)", uint8(t))
}

// Env names the environment variable that lowers the tier at start.
const Env = "ANILA_ISA"

// Dispatch reads these; only Select writes them. A tier sets its own flag and
// those of the tiers below it.
var (
	hasAVX2FMA bool
	hasAVX512  bool
	hasNEON    bool
)

var (
	tier         Tier
	selectionErr error
)

func init() { selectionErr = selectOrBest(os.Getenv(Env)) }

// selectOrBest puts the named tier in force, or the best one with an error.
func selectOrBest(name string) error {
	err := Select(name)
	if err == nil {
		return nil
	}
	have := Available()
	setTier(have[len(have)-1])
	return fmt.Errorf("%s: %w", Env, err)
}

// Current returns the tier in force.
func Current() Tier { return tier }

// Available returns the tiers that this processor, operating system and build
// have, the best one last. Generic is always among them.
func Available() []Tier {
	return append([]Tier{Generic}, detected()...)
}

// SelectionError returns what was wrong with the value of ANILA_ISA at start,
// or nil. The best tier is in force where it is not nil.
func SelectionError() error { return selectionErr }

// Select puts the named tier in force; "" is the best one. It returns an error
// that lists the available tiers, and changes nothing, when name is unknown or
// not available. It must not run at the same time as any kernel.
func Select(name string) error {
	have := Available()
	if name == "" {
		setTier(have[len(have)-1])
		return nil
	}
	names := make([]string, len(have))
	for i, t := range have {
		names[i] = t.String()
		if names[i] == strings.ToLower(name) {
			setTier(t)
			return nil
		}
	}
	return fmt.Errorf("isa: instruction set %q is not available here; available: %s",
		name, strings.Join(names, ", "))
}

func setTier(t Tier) {
	tier = t
	hasAVX2FMA = t == AVX2 || t == AVX512
	hasAVX512 = t == AVX512
	hasNEON = t == NEON
}
