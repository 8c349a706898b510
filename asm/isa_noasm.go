//go:build noasm || !(amd64 || arm64)

package asm

// detected returns the assembly tiers of this build: none.
func detected() []ISA { return nil }
