//go:build !noasm

#include "textflag.h"
#include "vec_avx512_amd64.h"
#include "map_amd64.h"
#include "vector_amd64.h"

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

// func subAVX512(dst, x, y *float32, n int)
//
// DI dst   SI x   R8 y   CX n
TEXT ·subAVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ n+24(FP), CX
	MAP2(SUB)

// func mulAVX512(dst, x, y *float32, n int)
//
// DI dst   SI x   R8 y   CX n
TEXT ·mulAVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ n+24(FP), CX
	MAP2(MUL)

// func divAVX512(dst, x, y *float32, n int)
//
// DI dst   SI x   R8 y   CX n
TEXT ·divAVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ n+24(FP), CX
	MAP2(DIV)

// func maximumAVX512(dst, x, y *float32, n int)
//
// DI dst   SI x   R8 y   CX n
TEXT ·maximumAVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ n+24(FP), CX
	MAP2(MAX)

// func mulAddAVX512(dst, x, y *float32, n int)
//
// DI, R9 dst   SI x   R8 y   CX n
TEXT ·mulAddAVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ DI, R9
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ n+24(FP), CX
	MAP3(MULADD)

// func rootAVX512(dst, x *float32, n int)
//
// DI dst   SI x   CX n
TEXT ·rootAVX512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MAP1(SQRT)

// func affineAVX512(dst, x *float32, n int, a, c float32)
//
// DI dst   SI x   CX n   Z7 a   Z6 c
TEXT ·affineAVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS a+24(FP), Z7
	VBROADCASTSS c+28(FP), Z6
	MAP1(AFFINE)
