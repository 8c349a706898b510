//go:build !noasm

#include "textflag.h"
#include "vec_avx512_amd64.h"
#include "map_amd64.h"
#include "exp_amd64.h"

#define WHOLE(k, n) VRNDSCALEPS $8, k, n

#define POWER(k, n, p) VSCALEFPS n, p, p

// func expShiftedAVX512(dst, x *float32, n int, shift float32)
//
// DI dst   SI x   CX n   Z4, Z5, Z6 as EXP   Z7 shift
TEXT ·expShiftedAVX512(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS shift+24(FP), Z7
	EXPCONSTANTS
	MAP1(EXPSHIFTED)

// func logarithmAVX512(dst, x *float32, n int)
//
// DI dst   SI x   CX n   Z4…Z7 as LOG
TEXT ·logarithmAVX512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	LOGCONSTANTS
	MAP1(LOG)

// func swishAVX512(y, slope, x *float32, n int)
//
// DI y   R8 slope   SI x   CX n   Z4, Z5, Z6 as EXP   Z7 sign bit
TEXT ·swishAVX512(SB), NOSPLIT, $0-32
	MOVQ y+0(FP), DI
	MOVQ slope+8(FP), R8
	MOVQ x+16(FP), SI
	MOVQ n+24(FP), CX
	VBROADCASTSS SIGN, Z7
	EXPCONSTANTS
	SWISHES

// func mulShiftedAVX512(dx, dy, y *float32, n int, shift float32)
//
// DI dx   SI dy   R8 y   CX n   Z7 shift
TEXT ·mulShiftedAVX512(SB), NOSPLIT, $0-36
	MOVQ dx+0(FP), DI
	MOVQ dy+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ n+24(FP), CX
	VBROADCASTSS shift+32(FP), Z7
	MAP2(MULSHIFTED)
