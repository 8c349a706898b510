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

#define SUBXY(x, y) \
	FSUB4S(y, x, y)

#define MULXY(x, y) \
	FMUL4S(x, y, y)

// MULADD takes dst in z.
#define MULADD(x, y, z) \
	FMUL4S(x, y, y) \
	FADD4S(y, z, y)

#define DIVXY(x, y) \
	FDIV4S(y, x, y)

// MAX uses V6. FMAX would give a NaN where only x is one.
#define MAX(x, y) \
	FCMGT4S(y, x, 6) \
	BSL16B(y, x, 6)  \
	COPY(6, y)

#define SQRT(x, d) \
	FSQRT4S(x, d)

// a·x + c. V31 a   V30 c
#define AFFINE(x, d) \
	FMUL4S(x, 31, d) \
	FADD4S(d, 30, d)

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

// func subNEON(dst, x, y *float32, blocks int)
//
// R0 dst   R1 x   R2 y   R3 blocks
TEXT ·subNEON(SB), NOSPLIT, $0-32
	MOVD dst+0(FP), R0
	MOVD x+8(FP), R1
	MOVD y+16(FP), R2
	MOVD blocks+24(FP), R3
	MAP2(SUBXY)

// func mulNEON(dst, x, y *float32, blocks int)
//
// R0 dst   R1 x   R2 y   R3 blocks
TEXT ·mulNEON(SB), NOSPLIT, $0-32
	MOVD dst+0(FP), R0
	MOVD x+8(FP), R1
	MOVD y+16(FP), R2
	MOVD blocks+24(FP), R3
	MAP2(MULXY)

// func mulAddNEON(dst, x, y *float32, blocks int)
//
// R0, R4 dst   R1 x   R2 y   R3 blocks
TEXT ·mulAddNEON(SB), NOSPLIT, $0-32
	MOVD dst+0(FP), R0
	MOVD R0, R4
	MOVD x+8(FP), R1
	MOVD y+16(FP), R2
	MOVD blocks+24(FP), R3
	MAP3(MULADD)

// func divNEON(dst, x, y *float32, blocks int)
//
// R0 dst   R1 x   R2 y   R3 blocks
TEXT ·divNEON(SB), NOSPLIT, $0-32
	MOVD dst+0(FP), R0
	MOVD x+8(FP), R1
	MOVD y+16(FP), R2
	MOVD blocks+24(FP), R3
	MAP2(DIVXY)

// func maximumNEON(dst, x, y *float32, blocks int)
//
// R0 dst   R1 x   R2 y   R3 blocks   V6 scratch
TEXT ·maximumNEON(SB), NOSPLIT, $0-32
	MOVD dst+0(FP), R0
	MOVD x+8(FP), R1
	MOVD y+16(FP), R2
	MOVD blocks+24(FP), R3
	MAP2(MAX)

// func rootNEON(dst, x *float32, blocks int)
//
// R0 dst   R1 x   R3 blocks
TEXT ·rootNEON(SB), NOSPLIT, $0-24
	MOVD dst+0(FP), R0
	MOVD x+8(FP), R1
	MOVD blocks+16(FP), R3
	MAP1(SQRT)

// func affineNEON(dst, x *float32, blocks int, a, c float32)
//
// R0 dst   R1 x   R3 blocks   V31 a   V30 c
TEXT ·affineNEON(SB), NOSPLIT, $0-32
	MOVD dst+0(FP), R0
	MOVD x+8(FP), R1
	MOVD blocks+16(FP), R3
	BROADCAST(a+24(FP), V31.S4)
	BROADCAST(c+28(FP), V30.S4)
	MAP1(AFFINE)
