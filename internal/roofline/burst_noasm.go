//go:build noasm || !(amd64 || arm64)

package roofline

import "anila/asm"

func burst(asm.ISA) { genericBurst() }

// burstFlops is the number of floating-point operations of burst(t).
func burstFlops(asm.ISA) int { return 2 * 8 * burstRounds }
