//go:build !noasm

#include "textflag.h"
#include "vec_avx2_amd64.h"
#include "map_amd64.h"
#include "exp_amd64.h"

#define WHOLE(k, n) \
	VADDPS ROUND, k, k \ // k + roundBit
	VSUBPS ROUND, k, n

#define POWER(k, n, p) \
	VPSUBD ROUND, k, k \ // i = n as an integer
	VPSRAD $1, k, n    \ // h = i>>1
	VPSUBD n, k, k     \
	VPSLLD $23, n, n   \
	VPSLLD $23, k, k   \
	VPADDD Y6, n, n    \ // 2^h: h<<23 added to the bits of 1
	VPADDD Y6, k, k    \ // 2^(i−h)
	VMULPS n, p, p     \
	VMULPS k, p, p

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

// func swishAVX2(y, slope, x *float32, n int)
//
// DI y   R8 slope   SI x   CX n   Y4, Y5, Y6 as EXP   Y7 sign bit
TEXT ·swishAVX2(SB), NOSPLIT, $0-32
	MOVQ y+0(FP), DI
	MOVQ slope+8(FP), R8
	MOVQ x+16(FP), SI
	MOVQ n+24(FP), CX
	VMOVUPS SIGN, Y7
	EXPCONSTANTS
	SWISHES

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
