//go:build !noasm

#include "textflag.h"
#include "cooktoom_avx512_amd64.h"
#include "f2x2_amd64.h"

// func input2x2AVX512(v *float32, point int, places *[9]*float32, channels int)
TEXT ·input2x2AVX512(SB), NOSPLIT, $0-32
	MOVQ v+0(FP), DI
	MOVQ point+8(FP), BX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R10
	MOVQ places+16(FP), SI
	MOVQ channels+24(FP), CX
	XORL AX, AX
	INPUT2X2

// func output2x2AVX512(places *outputs2x2, m *float32, point int, bias *float32, leak float32, channels int)
TEXT ·output2x2AVX512(SB), NOSPLIT, $0-48
	MOVQ places+0(FP), DI
	MOVQ m+8(FP), SI
	MOVQ point+16(FP), BX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R10
	MOVQ bias+24(FP), DX
	VBROADCASTSS leak+32(FP), Z10
	MOVQ channels+40(FP), CX
	XORL AX, AX
	OUTPUT2X2

// func gradient2x2AVX512(v *float32, point int, places *[4]*float32, channels int)
TEXT ·gradient2x2AVX512(SB), NOSPLIT, $0-32
	MOVQ v+0(FP), DI
	MOVQ point+8(FP), BX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R10
	MOVQ places+16(FP), SI
	MOVQ channels+24(FP), CX
	XORL AX, AX
	GRADIENT2X2

// func patch2x2AVX512(places *patches2x2, m *float32, point int, leak float32, channels int)
TEXT ·patch2x2AVX512(SB), NOSPLIT, $0-40
	MOVQ places+0(FP), DI
	MOVQ m+8(FP), SI
	MOVQ point+16(FP), BX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R10
	VPXORD Z10, Z10, Z10
	VBROADCASTSS leak+24(FP), Z11
	MOVQ channels+32(FP), CX
	XORL AX, AX
	PATCH2X2
