//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// func maximumNEON(largest *[4]float32, x *float32, blocks int)
//
// R0 largest   R1 x   R3 blocks   V2, V3 largest so far   V0, V1 x   R10 scratch
TEXT ·maximumNEON(SB), NOSPLIT, $0-24
	MOVD largest+0(FP), R0
	MOVD x+8(FP), R1
	MOVD blocks+16(FP), R3
	MOVD $0xff800000, R10
	VDUP R10, V2.S4
	VDUP R10, V3.S4

loop:
	VLD1.P 32(R1), [V0.S4, V1.S4]
	FMAXNM4S(0, 2, 2)
	FMAXNM4S(1, 3, 3)
	SUB $1, R3
	CBNZ R3, loop
	FMAXNM4S(3, 2, 2)
	VST1 [V2.S4], (R0)
	RET
