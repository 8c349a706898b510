//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"
#include "map_arm64.h"

// y + a·x. V31 a
#define AXPY(x, y) \
	FMUL4S(x, 31, x) \
	FADD4S(x, y, y)

#define ADDXY(x, y) \
	FADD4S(x, y, y)

#define SCALE(x, d) \
	FMUL4S(x, 31, d)

// LEAKY is x > 0 ? x : leak·x. V30 0   V31 leak
#define LEAKY(x, d) \
	FMUL4S(x, 31, 4)  \
	FCMGT4S(30, x, d) \
	BSL16B(4, x, d)

// LEAKYGRAD is y > 0 ? dy : leak·dy, dy in x.
#define LEAKYGRAD(x, y) \
	FMUL4S(x, 31, 4)  \
	FCMGT4S(30, y, y) \
	BSL16B(4, x, y)

// func axpyNEON(y, x *float32, blocks int, a float32)
//
// R0, R2 y   R1 x   R3 blocks   V31 a
TEXT ·axpyNEON(SB), NOSPLIT, $0-28
	MOVD y+0(FP), R0
	MOVD R0, R2
	MOVD x+8(FP), R1
	MOVD blocks+16(FP), R3
	BROADCAST(a+24(FP), V31.S4)
	MAP2(AXPY)

// func addNEON(y, x *float32, blocks int)
//
// R0, R2 y   R1 x   R3 blocks
TEXT ·addNEON(SB), NOSPLIT, $0-24
	MOVD y+0(FP), R0
	MOVD R0, R2
	MOVD x+8(FP), R1
	MOVD blocks+16(FP), R3
	MAP2(ADDXY)

// func scaleNEON(y *float32, blocks int, a float32)
//
// R0, R1 y   R3 blocks   V31 a
TEXT ·scaleNEON(SB), NOSPLIT, $0-20
	MOVD y+0(FP), R0
	MOVD R0, R1
	MOVD blocks+8(FP), R3
	BROADCAST(a+16(FP), V31.S4)
	MAP1(SCALE)

// func leakyReLUNEON(dst, x *float32, blocks int, leak float32)
//
// R0 dst   R1 x   R3 blocks   V30 0   V31 leak   V4 scratch
TEXT ·leakyReLUNEON(SB), NOSPLIT, $0-28
	MOVD dst+0(FP), R0
	MOVD x+8(FP), R1
	MOVD blocks+16(FP), R3
	VEOR V30.B16, V30.B16, V30.B16
	BROADCAST(leak+24(FP), V31.S4)
	MAP1(LEAKY)

// func leakyReLUGradNEON(dx, dy, y *float32, blocks int, leak float32)
//
// R0 dx   R1 dy   R2 y   R3 blocks   V30 0   V31 leak   V4 scratch
TEXT ·leakyReLUGradNEON(SB), NOSPLIT, $0-36
	MOVD dx+0(FP), R0
	MOVD dy+8(FP), R1
	MOVD y+16(FP), R2
	MOVD blocks+24(FP), R3
	VEOR V30.B16, V30.B16, V30.B16
	BROADCAST(leak+32(FP), V31.S4)
	MAP2(LEAKYGRAD)

// func biasLeakyReLUNEON(y, bias *float32, rows, blocks int, leak float32)
//
// R0 y   R1 bias   R2 bias from here on   R3 blocks of four left   R4 rows
// R5 blocks of four in a row   V30 0   V31 leak   V4 scratch
TEXT ·biasLeakyReLUNEON(SB), NOSPLIT, $0-36
	MOVD y+0(FP), R0
	MOVD bias+8(FP), R1
	MOVD rows+16(FP), R4
	MOVD blocks+24(FP), R5
	VEOR V30.B16, V30.B16, V30.B16
	BROADCAST(leak+32(FP), V31.S4)

row:
	MOVD R1, R2
	MOVD R5, R3

loop:
	VLD1 (R0), [V0.S4]
	VLD1.P 16(R2), [V1.S4]
	FADD4S(1, 0, 0) // v = y + bias
	LEAKY(0, 2)
	VST1.P [V2.S4], 16(R0)
	SUB  $1, R3
	CBNZ R3, loop
	SUB  $1, R4
	CBNZ R4, row
	RET
