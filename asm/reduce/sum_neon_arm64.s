//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

#define LOADLANES \
	MOVD R0, R6                                     \
	VLD1.P 64(R6), [V0.D2, V1.D2, V2.D2, V3.D2]     \
	VLD1.P 64(R6), [V4.D2, V5.D2, V6.D2, V7.D2]     \
	VLD1.P 64(R6), [V8.D2, V9.D2, V10.D2, V11.D2]   \
	VLD1.P 64(R6), [V12.D2, V13.D2, V14.D2, V15.D2]

#define STORELANES \
	VST1.P [V0.D2, V1.D2, V2.D2, V3.D2], 64(R0)     \
	VST1.P [V4.D2, V5.D2, V6.D2, V7.D2], 64(R0)     \
	VST1.P [V8.D2, V9.D2, V10.D2, V11.D2], 64(R0)   \
	VST1.P [V12.D2, V13.D2, V14.D2, V15.D2], 64(R0)

// SUM adds four elements x to the lanes a, b. V24, V25 scratch
#define SUM(x, a, b) \
	FCVTL(x, 24)     \
	FCVTL2(x, 25)    \
	FADD2D(24, a, a) \
	FADD2D(25, b, b)

// DOT adds the products of x and y, which are exact. V24…V27 scratch
#define DOT(x, y, a, b) \
	FCVTL(x, 24)       \
	FCVTL2(x, 25)      \
	FCVTL(y, 26)       \
	FCVTL2(y, 27)      \
	FMUL2D(26, 24, 24) \
	FMUL2D(27, 25, 25) \
	FADD2D(24, a, a)   \
	FADD2D(25, b, b)

// DISTANCE adds the squares of x − y. V24…V27 scratch
#define DISTANCE(x, y, a, b) \
	FCVTL(x, 24)       \
	FCVTL2(x, 25)      \
	FCVTL(y, 26)       \
	FCVTL2(y, 27)      \
	FSUB2D(26, 24, 24) \
	FSUB2D(27, 25, 25) \
	FMUL2D(24, 24, 24) \
	FMUL2D(25, 25, 25) \
	FADD2D(24, a, a)   \
	FADD2D(25, b, b)

// func sumNEON(l *lanes, x *float32, blocks int)
//
// R0 l   R1 x   R3 blocks   V0…V15 lanes   V16…V19 x   R6 scratch
TEXT ·sumNEON(SB), NOSPLIT, $0-24
	MOVD l+0(FP), R0
	MOVD x+8(FP), R1
	MOVD blocks+16(FP), R3
	LOADLANES

loop:
	VLD1.P 64(R1), [V16.S4, V17.S4, V18.S4, V19.S4]
	SUM(16, 0, 1)
	SUM(17, 2, 3)
	SUM(18, 4, 5)
	SUM(19, 6, 7)
	VLD1.P 64(R1), [V16.S4, V17.S4, V18.S4, V19.S4]
	SUM(16, 8, 9)
	SUM(17, 10, 11)
	SUM(18, 12, 13)
	SUM(19, 14, 15)
	SUB $1, R3
	CBNZ R3, loop
	STORELANES
	RET

// func dotNEON(l *lanes, x, y *float32, blocks int)
//
// R0 l   R1 x   R2 y   R3 blocks   V0…V15 lanes   V16…V19 x   V20…V23 y   R6 scratch
TEXT ·dotNEON(SB), NOSPLIT, $0-32
	MOVD l+0(FP), R0
	MOVD x+8(FP), R1
	MOVD y+16(FP), R2
	MOVD blocks+24(FP), R3
	LOADLANES

loop:
	VLD1.P 64(R1), [V16.S4, V17.S4, V18.S4, V19.S4]
	VLD1.P 64(R2), [V20.S4, V21.S4, V22.S4, V23.S4]
	DOT(16, 20, 0, 1)
	DOT(17, 21, 2, 3)
	DOT(18, 22, 4, 5)
	DOT(19, 23, 6, 7)
	VLD1.P 64(R1), [V16.S4, V17.S4, V18.S4, V19.S4]
	VLD1.P 64(R2), [V20.S4, V21.S4, V22.S4, V23.S4]
	DOT(16, 20, 8, 9)
	DOT(17, 21, 10, 11)
	DOT(18, 22, 12, 13)
	DOT(19, 23, 14, 15)
	SUB $1, R3
	CBNZ R3, loop
	STORELANES
	RET

// func distanceNEON(l *lanes, x, y *float32, blocks int)
//
// R0 l   R1 x   R2 y   R3 blocks   V0…V15 lanes   V16…V19 x   V20…V23 y   R6 scratch
TEXT ·distanceNEON(SB), NOSPLIT, $0-32
	MOVD l+0(FP), R0
	MOVD x+8(FP), R1
	MOVD y+16(FP), R2
	MOVD blocks+24(FP), R3
	LOADLANES

loop:
	VLD1.P 64(R1), [V16.S4, V17.S4, V18.S4, V19.S4]
	VLD1.P 64(R2), [V20.S4, V21.S4, V22.S4, V23.S4]
	DISTANCE(16, 20, 0, 1)
	DISTANCE(17, 21, 2, 3)
	DISTANCE(18, 22, 4, 5)
	DISTANCE(19, 23, 6, 7)
	VLD1.P 64(R1), [V16.S4, V17.S4, V18.S4, V19.S4]
	VLD1.P 64(R2), [V20.S4, V21.S4, V22.S4, V23.S4]
	DISTANCE(16, 20, 8, 9)
	DISTANCE(17, 21, 10, 11)
	DISTANCE(18, 22, 12, 13)
	DISTANCE(19, 23, 14, 15)
	SUB $1, R3
	CBNZ R3, loop
	STORELANES
	RET

// func countBeyondNEON(x *float32, blocks int, b float32) int
//
// R1 x   R3 blocks   V2, V3 counts   V31 b   V0, V1 x   R4…R7, R10 scratch
TEXT ·countBeyondNEON(SB), NOSPLIT, $0-32
	MOVD x+0(FP), R1
	MOVD blocks+8(FP), R3
	MOVWU b+16(FP), R10
	VDUP R10, V31.S4
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16

loop:
	VLD1.P 32(R1), [V0.S4, V1.S4]
	FABS4S(0, 0)
	FABS4S(1, 1)
	FCMGT4S(31, 0, 0) // all ones, −1, where |x| > b
	FCMGT4S(31, 1, 1)
	SUB4S(0, 2, 2)
	SUB4S(1, 3, 3)
	SUB $1, R3
	CBNZ R3, loop
	ADD4S(3, 2, 2)
	VMOV V2.S[0], R4
	VMOV V2.S[1], R5
	VMOV V2.S[2], R6
	VMOV V2.S[3], R7
	ADD R5, R4, R4
	ADD R6, R4, R4
	ADD R7, R4, R4
	MOVD R4, ret+24(FP)
	RET

// func foldNEON(l *lanes) float64
//
// R0 l   R6 lanes   V0…V15 lanes   F0 the sum
TEXT ·foldNEON(SB), NOSPLIT, $0-16
	MOVD l+0(FP), R0
	LOADLANES
	FADD2D(8, 0, 0)
	FADD2D(9, 1, 1)
	FADD2D(10, 2, 2)
	FADD2D(11, 3, 3)
	FADD2D(12, 4, 4)
	FADD2D(13, 5, 5)
	FADD2D(14, 6, 6)
	FADD2D(15, 7, 7)
	FADD2D(4, 0, 0)
	FADD2D(5, 1, 1)
	FADD2D(6, 2, 2)
	FADD2D(7, 3, 3)
	FADD2D(2, 0, 0)
	FADD2D(3, 1, 1)
	FADD2D(1, 0, 0)
	VDUP V0.D[1], V1.D2
	FADD2D(1, 0, 0)
	FMOVD F0, ret+8(FP)
	RET
