//go:build !noasm

#include "textflag.h"

// func splitPairsNEON(even, odd, x *float32, blocks int)
//
// R0 even   R1 odd   R2 x   R3 blocks   V0, V2 even, V1, V3 odd ones
TEXT ·splitPairsNEON(SB), NOSPLIT, $0-32
	MOVD even+0(FP), R0
	MOVD odd+8(FP), R1
	MOVD x+16(FP), R2
	MOVD blocks+24(FP), R3
loop: // for i := 0; i < n; i += 8
	VLD2.P 32(R2), [V0.S4, V1.S4]
	VLD2.P 32(R2), [V2.S4, V3.S4]
	VST1.P [V0.S4], 16(R0)
	VST1.P [V2.S4], 16(R0)
	VST1.P [V1.S4], 16(R1)
	VST1.P [V3.S4], 16(R1)
	SUB $1, R3
	CBNZ R3, loop
	RET

// func joinPairsNEON(dst, even, odd *float32, blocks int)
//
// R0 dst   R1 even   R2 odd   R3 blocks   V0, V2 even, V1, V3 odd ones
TEXT ·joinPairsNEON(SB), NOSPLIT, $0-32
	MOVD dst+0(FP), R0
	MOVD even+8(FP), R1
	MOVD odd+16(FP), R2
	MOVD blocks+24(FP), R3
loop: // for i := 0; i < n; i += 8
	VLD1.P 16(R1), [V0.S4]
	VLD1.P 16(R2), [V1.S4]
	VLD1.P 16(R1), [V2.S4]
	VLD1.P 16(R2), [V3.S4]
	VST2.P [V0.S4, V1.S4], 32(R0)
	VST2.P [V2.S4, V3.S4], 32(R0)
	SUB $1, R3
	CBNZ R3, loop
	RET
