//go:build !noasm

package isa

import "github.com/klauspost/cpuid/v2"

// detected returns the assembly tiers of this machine, the best one last.
// cpuid reports AVX features only where the operating system saves their
// registers. FMA is a bit of its own, which a hypervisor may clear beside AVX2.
func detected() []Tier {
	var have []Tier
	if cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3) {
		have = append(have, AVX2)
		if cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512VL, cpuid.AVX512DQ, cpuid.AVX512BW) {
			have = append(have, AVX512)
		}
	}
	return have
}
