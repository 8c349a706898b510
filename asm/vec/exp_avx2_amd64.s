//go:build !noasm

#include "textflag.h"
#include "vec_avx2_amd64.h"
#include "map_amd64.h"
#include "exp_amd64.h"

// The rounding bit is in memory: the registers are taken.
#define ROUNDING ROUND

// func expShiftedAVX2(dst, x *float32, n int, shift float32)
//
// DI dst   SI x   CX n   Y4, Y5, Y6 as EXP   Y7 shift
TEXT ·expShiftedAVX2(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS shift+24(FP), Y7
	EXPCONSTANTS
	MAP1(EXPSHIFTED)

// func logarithmAVX2(dst, x *float32, n int)
//
// DI dst   SI x   CX n   Y4…Y7 as LOG
TEXT ·logarithmAVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	LOGCONSTANTS
	MAP1(LOG)

// func swishAVX2(dst, x *float32, n int)
//
// DI dst   SI x   CX n   Y4, Y5, Y6 as EXP   Y7 sign bit
TEXT ·swishAVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VMOVUPS SIGN, Y7
	EXPCONSTANTS
	MAP1(SWISH)

// func swishGradientAVX2(dx, dy, x *float32, n int)
//
// DI dx   SI x   R8 dy   CX n   Y4, Y5, Y6 as EXP   Y7 sign bit
TEXT ·swishGradientAVX2(SB), NOSPLIT, $0-32
	MOVQ dx+0(FP), DI
	MOVQ dy+8(FP), R8
	MOVQ x+16(FP), SI
	MOVQ n+24(FP), CX
	VMOVUPS SIGN, Y7
	EXPCONSTANTS
	MAP2(SWISHGRAD)

// func mulShiftedAVX2(dx, dy, y *float32, n int, shift float32)
//
// DI dx   SI dy   R8 y   CX n   Y7 shift
TEXT ·mulShiftedAVX2(SB), NOSPLIT, $0-36
	MOVQ dx+0(FP), DI
	MOVQ dy+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ n+24(FP), CX
	VBROADCASTSS shift+32(FP), Y7
	MAP2(MULSHIFTED)
