//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "vec_avx512_amd64.h"
#include "map_amd64.h"
#include "optimizer_amd64.h"

// func sgdAVX512(p, grad *float32, n int, rate, decay float32)
//
// DI, R8 p   SI grad   CX n   Z6 decay   Z7 rate
TEXT ·sgdAVX512(SB), NOSPLIT, $0-32
	MOVQ p+0(FP), DI
	MOVQ DI, R8
	MOVQ grad+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS rate+24(FP), Z7
	VBROADCASTSS decay+28(FP), Z6
	MAP2(SGD)

// func emaAVX512(mean, p *float32, n int, mix float32)
//
// DI, R8 mean   SI p   CX n   Z7 mix
TEXT ·emaAVX512(SB), NOSPLIT, $0-28
	MOVQ mean+0(FP), DI
	MOVQ DI, R8
	MOVQ p+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS mix+24(FP), Z7
	MAP2(EMA)

// func momentumAVX512(p, grad, v *float32, n int, rate, mu, decay float32)
//
// DI p   SI grad   R8 v   CX n   AX index   Z5 decay   Z6 mu   Z7 rate
TEXT ·momentumAVX512(SB), NOSPLIT, $0-44
	MOVQ p+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ v+16(FP), R8
	MOVQ n+24(FP), CX
	VBROADCASTSS rate+32(FP), Z7
	VBROADCASTSS mu+36(FP), Z6
	VBROADCASTSS decay+40(FP), Z5
	MOMENTUMLOOP

// func adamAVX512(p, grad, m, v *float32, n int, c *adam)
//
// DI p   SI grad   R8 m   R9 v   CX n   DX c   AX index
TEXT ·adamAVX512(SB), NOSPLIT, $0-48
	MOVQ p+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ m+16(FP), R8
	MOVQ v+24(FP), R9
	MOVQ n+32(FP), CX
	MOVQ c+40(FP), DX
	ADAMCOEFFICIENTS
	ADAMLOOP
