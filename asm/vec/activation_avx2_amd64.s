//go:build !noasm

#include "textflag.h"
#include "vec_avx2_amd64.h"
#include "map_amd64.h"

// LEAKY is Y0 > 0 ? Y0 : leak·Y0. Y6 0   Y7 leak   Y2 scratch
#define LEAKY \
	VMULPS Y0, Y7, Y1        \
	VCMPPS $0x1e, Y6, Y0, Y2 \
	VBLENDVPS Y2, Y0, Y1, Y1

// LEAKYGRAD is Y1 > 0 ? Y0 : leak·Y0. Y2, Y3 scratch
#define LEAKYGRAD \
	VMULPS Y0, Y7, Y2        \
	VCMPPS $0x1e, Y6, Y1, Y3 \
	VBLENDVPS Y3, Y0, Y2, Y1

// func leakyReLUAVX2(dst, x *float32, n int, leak float32)
//
// DI dst   SI x   CX n   Y6 0   Y7 leak
TEXT ·leakyReLUAVX2(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VXORPS Y6, Y6, Y6
	VBROADCASTSS leak+24(FP), Y7
	MAP1(LEAKY)

// func leakyReLUGradientAVX2(dx, dy, y *float32, n int, leak float32)
//
// DI dx   SI dy   R8 y   CX n   Y6 0   Y7 leak
TEXT ·leakyReLUGradientAVX2(SB), NOSPLIT, $0-36
	MOVQ dx+0(FP), DI
	MOVQ dy+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ n+24(FP), CX
	VXORPS Y6, Y6, Y6
	VBROADCASTSS leak+32(FP), Y7
	MAP2(LEAKYGRAD)
