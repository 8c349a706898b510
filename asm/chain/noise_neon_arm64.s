//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "neon_arm64.h"
#include "noise_neon_arm64.h"

// UNIFORM is d = (float(x>>9) + ½)·2⁻²³. V17 ½   V18 2⁻²³
#define UNIFORM(x, d) \
	USHR4S(9, x, x)  \
	SCVTF4S(x, x)    \
	FADD4S(17, x, x) \
	FMUL4S(18, x, d)

// func uniformsNEON(dst *float32, blocks int, s *stream)
//
// R0 dst   R3 blocks   R7 s   R8 first word of the counter   V20…V23 uniforms
TEXT ·uniformsNEON(SB), NOSPLIT, $0-24
	MOVD dst+0(FP), R0
	MOVD blocks+8(FP), R3
	MOVD s+16(FP), R7
	MOVWU stream_ctr(R7), R8
	MULTIPLIERS

loop:
	COUNTERS
	PHILOX
	MOVD $0x3f000000, R6
	VDUP R6, V17.S4
	MOVD $0x34000000, R6
	VDUP R6, V18.S4
	UNIFORM(0, 20)
	UNIFORM(1, 21)
	UNIFORM(2, 22)
	UNIFORM(3, 23)
	VST4.P [V20.S4, V21.S4, V22.S4, V23.S4], 64(R0)
	SUB $1, R3
	CBNZ R3, loop
	RET

// func normalsNEON(dst *float32, blocks int, s *stream)
//
// R0 dst   R3 blocks   R7 s   R8 first word of the counter
TEXT ·normalsNEON(SB), NOSPLIT, $0-24
	MOVD dst+0(FP), R0
	MOVD blocks+8(FP), R3
	MOVD s+16(FP), R7
	MOVWU stream_ctr(R7), R8
	MULTIPLIERS

loop:
	COUNTERS
	PHILOX
	NORMALS
	VST4.P [V20.S4, V21.S4, V22.S4, V23.S4], 64(R0)
	SUB $1, R3
	CBNZ R3, loop
	RET

// func normalsAtNEON(dst *float32, blocks int, first, chain *uint32, s *stream)
//
// R0 dst   R1 first   R2 chain   R3 blocks   R7 s
TEXT ·normalsAtNEON(SB), NOSPLIT, $0-40
	MOVD dst+0(FP), R0
	MOVD blocks+8(FP), R3
	MOVD first+16(FP), R1
	MOVD chain+24(FP), R2
	MOVD s+32(FP), R7
	MULTIPLIERS

loop:
	ADD $(stream_ctr+8), R7, R6
	VLD1.P 16(R1), [V0.S4]
	VLD1.P 16(R2), [V1.S4]
	VLD1R.P 4(R6), [V2.S4]
	VLD1R.P 4(R6), [V3.S4]
	PHILOX
	NORMALS
	VST4.P [V20.S4, V21.S4, V22.S4, V23.S4], 64(R0)
	SUB $1, R3
	CBNZ R3, loop
	RET
