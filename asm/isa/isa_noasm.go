//go:build noasm || !(amd64 || arm64)

package isa

// detected returns the assembly tiers of this build: none.
func detected() []Tier { return nil }
