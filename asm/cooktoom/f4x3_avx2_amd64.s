//go:build !noasm

#include "textflag.h"
#include "cooktoom_avx2_amd64.h"
#include "f4x3_amd64.h"

// func input4x3AVX2(v *float32, point int, places *[36]*float32, channels, tiles, step, next int)
TEXT ·input4x3AVX2(SB), 0, $1216-56
	MOVQ v+0(FP), R13
	MOVQ point+8(FP), BX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R10
	LEAQ (BX)(BX*4), R12
	MOVQ places+16(FP), SI
	BUFFER
	INPUTCONSTANTS
	XORL AX, AX
	INPUT4X3(channels+24(FP), tiles+32(FP), step+40(FP), next+48(FP))

// func output4x3AVX2(tile *tile4x3, m *float32, point int, bias *float32, leak float32, channels, tiles, step, next int)
TEXT ·output4x3AVX2(SB), 0, $1216-72
	MOVQ tile+0(FP), DI
	MOVQ m+8(FP), R13
	MOVQ point+16(FP), BX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R12
	ADDQ R12, R12
	MOVQ bias+24(FP), DX
	VBROADCASTSS leak+32(FP), Y15
	BUFFER
	OUTPUTCONSTANTS
	XORL AX, AX
	OUTPUT4X3(channels+40(FP), tiles+48(FP), step+56(FP), next+64(FP))

// func masked4x3AVX2(tile *tile4x3, m *float32, point int, leak float32, channels, tiles, step, next int)
TEXT ·masked4x3AVX2(SB), 0, $1216-64
	MOVQ tile+0(FP), DI
	MOVQ m+8(FP), R13
	MOVQ point+16(FP), BX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R12
	ADDQ R12, R12
	ZERO(Y14)
	VBROADCASTSS leak+24(FP), Y15
	BUFFER
	OUTPUTCONSTANTS
	XORL AX, AX
	MASKED4X3(channels+32(FP), tiles+40(FP), step+48(FP), next+56(FP))

// func gradient4x3AVX2(v *float32, point int, places *[16]*float32, channels, tiles, step, next int)
TEXT ·gradient4x3AVX2(SB), 0, $1216-56
	MOVQ v+0(FP), R13
	MOVQ point+8(FP), BX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R10
	LEAQ (BX)(BX*4), R12
	MOVQ places+16(FP), SI
	BUFFER
	OUTPUTCONSTANTS
	XORL AX, AX
	GRADIENT4X3(channels+24(FP), tiles+32(FP), step+40(FP), next+48(FP))

// func fold4x3AVX2(taps *[9][16]float32, m *float32, point int)
TEXT ·fold4x3AVX2(SB), 0, $1216-24
	MOVQ taps+0(FP), DI
	MOVQ m+8(FP), R13
	MOVQ point+16(FP), BX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R12
	ADDQ R12, R12
	BUFFER
	FOLDCONSTANTS
	XORL AX, AX
	FOLD4X3
