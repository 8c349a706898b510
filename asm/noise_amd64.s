//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "noise_amd64.h"

// func uniformsAVX2(dst *float32, blocks int, s *stream)
//
// DI dst   CX blocks   DX s   R10 first word of the counter
TEXT ·uniformsAVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ blocks+8(FP), CX
	MOVQ s+16(FP), DX
	MOVL stream_ctr(DX), R10

loop:
	PHILOX_NEXT
	PHILOX_REST
	VPUNPCKLDQ Y1, Y0, Y2 // words in the order of their coordinates
	VPUNPCKHDQ Y1, Y0, Y3
	VPUNPCKLDQ Y5, Y4, Y6
	VPUNPCKHDQ Y5, Y4, Y7
	VPSRLD    $9, Y2, Y2
	VPSRLD    $9, Y3, Y3
	VPSRLD    $9, Y6, Y6
	VPSRLD    $9, Y7, Y7
	VCVTDQ2PS Y2, Y2
	VCVTDQ2PS Y3, Y3
	VCVTDQ2PS Y6, Y6
	VCVTDQ2PS Y7, Y7
	VADDPS    HALF, Y2, Y2
	VADDPS    HALF, Y3, Y3
	VADDPS    HALF, Y6, Y6
	VADDPS    HALF, Y7, Y7
	VMULPS    ULP, Y2, Y2 // dst = (float(x>>9) + ½)·2⁻²³
	VMULPS    ULP, Y3, Y3
	VMULPS    ULP, Y6, Y6
	VMULPS    ULP, Y7, Y7
	VMOVUPS   Y2, (DI)
	VMOVUPS   Y3, 32(DI)
	VMOVUPS   Y6, 64(DI)
	VMOVUPS   Y7, 96(DI)
	ADDQ $128, DI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

// func normalsAVX2(dst *float32, blocks int, s *stream)
//
// DI dst   CX blocks   DX s   R10 first word of the counter
TEXT ·normalsAVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ blocks+8(FP), CX
	MOVQ s+16(FP), DX
	MOVL stream_ctr(DX), R10

loop:
	PHILOX_NEXT
	PHILOX_REST
	NORMALS
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	ADDQ $128, DI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

// func normalsAtAVX2(dst *float32, blocks int, first, chain *uint32, s *stream)
//
// DI dst   CX blocks   SI first   R8 chain   DX s
TEXT ·normalsAtAVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ blocks+8(FP), CX
	MOVQ first+16(FP), SI
	MOVQ chain+24(FP), R8
	MOVQ s+32(FP), DX

loop:
	VPMOVZXDQ (SI), Y0 // first[0…3] in lanes 0, 2, 1, 3
	VPMOVZXDQ 16(SI), Y4
	VPMOVZXDQ (R8), Y1
	VPMOVZXDQ 16(R8), Y5
	VPERMQ $0xd8, Y0, Y0
	VPERMQ $0xd8, Y4, Y4
	VPERMQ $0xd8, Y1, Y1
	VPERMQ $0xd8, Y5, Y5
	VPBROADCASTD (stream_ctr+8)(DX), Y2
	VPBROADCASTD (stream_ctr+12)(DX), Y3
	VMOVDQA Y2, Y6
	VMOVDQA Y3, Y7
	PHILOX
	PHILOX_REST
	NORMALS
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	ADDQ $32, SI
	ADDQ $32, R8
	ADDQ $128, DI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET
