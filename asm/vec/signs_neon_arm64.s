//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"
#include "map_neon_arm64.h"

// BITS sets V28 to 1, 2, 4, 8 and V29 to 16, 32, 64, 128: the bit of each of
// eight lanes. R10 scratch
#define BITS \
	MOVD $0x0000000200000001, R10 \
	VMOV R10, V28.D[0]            \
	MOVD $0x0000000800000004, R10 \
	VMOV R10, V28.D[1]            \
	SHL4S(4, 28, 29)

// func signsNEON(bits *uint8, y *float32, blocks int)
//
// R0 bits   R1 y   R3 blocks   R4 one byte   V28, V29 bits   V30 0   V0, V1 y
TEXT ·signsNEON(SB), NOSPLIT, $0-24
	MOVD bits+0(FP), R0
	MOVD y+8(FP), R1
	MOVD blocks+16(FP), R3
	VEOR V30.B16, V30.B16, V30.B16
	BITS

loop:
	VLD1.P 32(R1), [V0.S4, V1.S4]
	FCMGT4S(30, 0, 0)
	FCMGT4S(30, 1, 1)
	AND16B(28, 0, 0)
	AND16B(29, 1, 1)
	ORR16B(1, 0, 0)
	VADDV V0.S4, V0 // the bits are disjoint
	FMOVS F0, R4
	MOVB.P R4, 1(R0)
	SUB $1, R3
	CBNZ R3, loop
	RET

// func maskSignsNEON(dx *float32, bits *uint8, blocks int, leak float32)
//
// R0 dx   R1 bits   R3 blocks   R4 one byte   V0, V1 dx   V2, V3 leak·dx
// V4 the byte in each lane   V5, V6 masks   V28, V29 bits   V31 leak
TEXT ·maskSignsNEON(SB), NOSPLIT, $0-28
	MOVD dx+0(FP), R0
	MOVD bits+8(FP), R1
	MOVD blocks+16(FP), R3
	BROADCAST(leak+24(FP), V31.S4)
	BITS

loop:
	MOVBU.P 1(R1), R4
	VDUP R4, V4.S4
	CMTST4S(28, 4, 5)
	CMTST4S(29, 4, 6)
	VLD1 (R0), [V0.S4, V1.S4]
	FMUL4S(31, 0, 2)
	FMUL4S(31, 1, 3)
	BSL16B(2, 0, 5)
	BSL16B(3, 1, 6)
	VST1.P [V5.S4, V6.S4], 32(R0)
	SUB $1, R3
	CBNZ R3, loop
	RET
