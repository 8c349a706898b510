//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "noise_amd64.h"
#include "noise_avx512_amd64.h"

#define UNIFORM512(x, off) \
	VPSRLD $9, x, x        \
	VCVTDQ2PS x, x         \
	VADDPS.BCST HALF, x, x \
	VMULPS.BCST ULP, x, x  \ // (float(x>>9) + ½)·2⁻²³
	VMOVUPS x, off(DI)

// func uniformsAVX512(dst *float32, blocks int, s *stream)
//
// DI dst   CX blocks   DX s   R10 first word of the counter
TEXT ·uniformsAVX512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ blocks+8(FP), CX
	MOVQ s+16(FP), DX
	MOVL stream_ctr(DX), R10
	CONSTANTS512

loop:
	PHILOX512_NEXT
	PHILOX512_REST
	VPUNPCKLDQ Z1, Z0, Z2 // words in the order of their coordinates
	VPUNPCKHDQ Z1, Z0, Z3
	VPUNPCKLDQ Z5, Z4, Z6
	VPUNPCKHDQ Z5, Z4, Z7
	UNIFORM512(Z2, 0)
	UNIFORM512(Z3, 64)
	UNIFORM512(Z6, 128)
	UNIFORM512(Z7, 192)
	ADDQ $256, DI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

// func normalsAVX512(dst *float32, blocks int, s *stream)
//
// DI dst   CX blocks   DX s   R10 first word of the counter
TEXT ·normalsAVX512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ blocks+8(FP), CX
	MOVQ s+16(FP), DX
	MOVL stream_ctr(DX), R10
	CONSTANTS512

loop:
	PHILOX512_NEXT
	PHILOX512_REST
	NORMALS512
	VMOVUPS Z0, (DI)
	VMOVUPS Z1, 64(DI)
	VMOVUPS Z2, 128(DI)
	VMOVUPS Z3, 192(DI)
	ADDQ $256, DI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

// func normalsAtAVX512(dst *float32, blocks int, first, chain *uint32, s *stream)
//
// DI dst   CX blocks   SI first   R8 chain   DX s   Z26 order of the lanes
TEXT ·normalsAtAVX512(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ blocks+8(FP), CX
	MOVQ first+16(FP), SI
	MOVQ chain+24(FP), R8
	MOVQ s+32(FP), DX
	CONSTANTS512

loop:
	VPMOVZXDQ (SI), Z0
	VPMOVZXDQ 32(SI), Z4
	VPMOVZXDQ (R8), Z1
	VPMOVZXDQ 32(R8), Z5
	VPERMQ Z0, Z28, Z0 // first[0], [4], [1], [5], …
	VPERMQ Z4, Z28, Z4
	VPERMQ Z1, Z28, Z1
	VPERMQ Z5, Z28, Z5
	VPBROADCASTD (stream_ctr+8)(DX), Z2
	VPBROADCASTD (stream_ctr+12)(DX), Z3
	VMOVDQA64 Z2, Z6
	VMOVDQA64 Z3, Z7
	PHILOX512
	PHILOX512_REST
	NORMALS512
	VMOVUPS Z0, (DI)
	VMOVUPS Z1, 64(DI)
	VMOVUPS Z2, 128(DI)
	VMOVUPS Z3, 192(DI)
	ADDQ $64, SI
	ADDQ $64, R8
	ADDQ $256, DI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET
