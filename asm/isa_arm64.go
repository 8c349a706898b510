//go:build !noasm

package asm

// detected returns the assembly tiers of this machine. Every 64-bit ARM
// processor that Go runs on has Advanced SIMD.
func detected() []ISA { return []ISA{NEON} }
