//go:build !noasm

#include "textflag.h"
#include "vec_avx2_amd64.h"
#include "map_amd64.h"
#include "vector_amd64.h"

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

// func subAVX2(dst, x, y *float32, n int)
//
// DI dst   SI x   R8 y   CX n
TEXT ·subAVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ n+24(FP), CX
	MAP2(SUB)

// func mulAVX2(dst, x, y *float32, n int)
//
// DI dst   SI x   R8 y   CX n
TEXT ·mulAVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ n+24(FP), CX
	MAP2(MUL)

// func divAVX2(dst, x, y *float32, n int)
//
// DI dst   SI x   R8 y   CX n
TEXT ·divAVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ n+24(FP), CX
	MAP2(DIV)

// func maximumAVX2(dst, x, y *float32, n int)
//
// DI dst   SI x   R8 y   CX n
TEXT ·maximumAVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ n+24(FP), CX
	MAP2(MAX)

// func mulAddAVX2(dst, x, y *float32, n int)
//
// DI, R9 dst   SI x   R8 y   CX n
TEXT ·mulAddAVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ DI, R9
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ n+24(FP), CX
	MAP3(MULADD)

// func rootAVX2(dst, x *float32, n int)
//
// DI dst   SI x   CX n
TEXT ·rootAVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MAP1(SQRT)

// func affineAVX2(dst, x *float32, n int, a, c float32)
//
// DI dst   SI x   CX n   Y7 a   Y6 c
TEXT ·affineAVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS a+24(FP), Y7
	VBROADCASTSS c+28(FP), Y6
	MAP1(AFFINE)
