//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"
#include "map_neon_arm64.h"

// y + a·x. V31 a
#define AXPY(x, y) \
	FMUL4S(x, 31, x) \
	FADD4S(x, y, y)

#define ADDXY(x, y) \
	FADD4S(x, y, y)

#define SCALE(x, d) \
	FMUL4S(x, 31, d)

// FMIN and FMAX return a NaN that comes in.
#define CLAMP(x, d) \
	FMIN4S(31, x, d) \
	FMAX4S(30, d, d)

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

// func clampNEON(y *float32, blocks int, limit float32)
//
// R0, R1 y   R3 blocks   V31 limit   V30 −limit
TEXT ·clampNEON(SB), NOSPLIT, $0-20
	MOVD y+0(FP), R0
	MOVD R0, R1
	MOVD blocks+8(FP), R3
	BROADCAST(limit+16(FP), V31.S4)
	VEOR V30.B16, V30.B16, V30.B16
	FSUB4S(31, 30, 30)
	MAP1(CLAMP)
