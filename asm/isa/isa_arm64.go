//go:build !noasm

package isa

// detected returns the assembly tiers of this machine. Every 64-bit ARM
// processor that Go runs on has Advanced SIMD.
func detected() []Tier { return []Tier{NEON} }
