//go:build !noasm

#include "textflag.h"
#include "vec_avx2_amd64.h"
#include "map_amd64.h"

// y + a·x
#define AXPY \
	VMULPS Y0, Y7, Y0 \
	VADDPS Y0, Y1, Y1

#define ADD \
	VADDPS Y0, Y1, Y1

#define SCALE \
	VMULPS Y0, Y7, Y1

// The bounds come first, so that a NaN comes through.
#define CLAMP \
	VMINPS Y0, Y7, Y1 \
	VMAXPS Y1, Y6, Y1

// func axpyAVX2(y, x *float32, n int, a float32)
//
// DI, R8 y   SI x   CX n   Y7 a
TEXT ·axpyAVX2(SB), NOSPLIT, $0-28
	MOVQ y+0(FP), DI
	MOVQ DI, R8
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS a+24(FP), Y7
	MAP2(AXPY)

// func addAVX2(y, x *float32, n int)
//
// DI, R8 y   SI x   CX n
TEXT ·addAVX2(SB), NOSPLIT, $0-24
	MOVQ y+0(FP), DI
	MOVQ DI, R8
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MAP2(ADD)

// func scaleAVX2(y *float32, n int, a float32)
//
// DI, SI y   CX n   Y7 a
TEXT ·scaleAVX2(SB), NOSPLIT, $0-20
	MOVQ y+0(FP), DI
	MOVQ DI, SI
	MOVQ n+8(FP), CX
	VBROADCASTSS a+16(FP), Y7
	MAP1(SCALE)

// func clampAVX2(y *float32, n int, limit float32)
//
// DI, SI y   CX n   Y7 limit   Y6 −limit
TEXT ·clampAVX2(SB), NOSPLIT, $0-20
	MOVQ y+0(FP), DI
	MOVQ DI, SI
	MOVQ n+8(FP), CX
	VBROADCASTSS limit+16(FP), Y7
	VXORPS Y6, Y6, Y6
	VSUBPS Y7, Y6, Y6
	MAP1(CLAMP)
