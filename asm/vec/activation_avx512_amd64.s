//go:build !noasm

#include "textflag.h"
#include "vec_avx512_amd64.h"
#include "map_amd64.h"

// LEAKY is Z0 > 0 ? Z0 : leak·Z0. Z6 0   Z7 leak   K2 x > 0
#define LEAKY \
	VCMPPS $0x1e, Z6, Z0, K2 \
	VMULPS Z0, Z7, Z1        \
	VMOVAPS Z0, K2, Z1

// LEAKYGRAD is Z1 > 0 ? Z0 : leak·Z0. K2 y > 0
#define LEAKYGRAD \
	VCMPPS $0x1e, Z6, Z1, K2 \
	VMULPS Z0, Z7, Z1        \
	VMOVAPS Z0, K2, Z1

// func leakyReLUAVX512(dst, x *float32, n int, leak float32)
//
// DI dst   SI x   CX n   Z6 0   Z7 leak
TEXT ·leakyReLUAVX512(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VPXORD Z6, Z6, Z6
	VBROADCASTSS leak+24(FP), Z7
	MAP1(LEAKY)

// func leakyReLUGradientAVX512(dx, dy, y *float32, n int, leak float32)
//
// DI dx   SI dy   R8 y   CX n   Z6 0   Z7 leak
TEXT ·leakyReLUGradientAVX512(SB), NOSPLIT, $0-36
	MOVQ dx+0(FP), DI
	MOVQ dy+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ n+24(FP), CX
	VPXORD Z6, Z6, Z6
	VBROADCASTSS leak+32(FP), Z7
	MAP2(LEAKYGRAD)
