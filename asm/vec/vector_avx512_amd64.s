//go:build !noasm

#include "textflag.h"
#include "vec_avx512_amd64.h"
#include "map_amd64.h"

// y + a·x
#define AXPY \
	VMULPS Z0, Z7, Z0 \
	VADDPS Z0, Z1, Z1

#define ADD \
	VADDPS Z0, Z1, Z1

#define SCALE \
	VMULPS Z0, Z7, Z1

// The bounds come first, so that a NaN comes through.
#define CLAMP \
	VMINPS Z0, Z7, Z1 \
	VMAXPS Z1, Z6, Z1

// func axpyAVX512(y, x *float32, n int, a float32)
//
// DI, R8 y   SI x   CX n   Z7 a
TEXT ·axpyAVX512(SB), NOSPLIT, $0-28
	MOVQ y+0(FP), DI
	MOVQ DI, R8
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS a+24(FP), Z7
	MAP2(AXPY)

// func addAVX512(y, x *float32, n int)
//
// DI, R8 y   SI x   CX n
TEXT ·addAVX512(SB), NOSPLIT, $0-24
	MOVQ y+0(FP), DI
	MOVQ DI, R8
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MAP2(ADD)

// func scaleAVX512(y *float32, n int, a float32)
//
// DI, SI y   CX n   Z7 a
TEXT ·scaleAVX512(SB), NOSPLIT, $0-20
	MOVQ y+0(FP), DI
	MOVQ DI, SI
	MOVQ n+8(FP), CX
	VBROADCASTSS a+16(FP), Z7
	MAP1(SCALE)

// func clampAVX512(y *float32, n int, limit float32)
//
// DI, SI y   CX n   Z7 limit   Z6 −limit
TEXT ·clampAVX512(SB), NOSPLIT, $0-20
	MOVQ y+0(FP), DI
	MOVQ DI, SI
	MOVQ n+8(FP), CX
	VBROADCASTSS limit+16(FP), Z7
	VXORPS Z6, Z6, Z6
	VSUBPS Z7, Z6, Z6
	MAP1(CLAMP)
