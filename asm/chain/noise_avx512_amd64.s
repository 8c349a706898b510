//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "noise_amd64.h"
#include "noise_avx512_amd64.h"

#define WORDS(x, y, e, s, w, c, q) \
	VPUNPCKLDQ y, x, e \ // words in the order of their coordinates
	VPUNPCKHDQ y, x, y \
	VMOVDQA64 e, x

#define UNIFORM(off, x) \
	VPSRLD $9, x, x        \
	VCVTDQ2PS x, x         \
	VADDPS.BCST HALF, x, x \
	VMULPS.BCST ULP, x, x  \ // (float(x>>9) + ½)·2⁻²³
	VMOVUPS x, off(DI)

#define STORE(off, x) \
	VMOVUPS x, off(DI)

// LOAD spreads eight words to 64-bit lanes in the order 0, 4, 1, 5, …
#define LOAD(address, x) \
	VPMOVZXDQ address, x \
	VPERMQ x, Z28, x

// func uniformsAVX512(dst *float32, blocks int, s *stream)
//
// DI dst   CX blocks   DX s   R10 first word of the counter
TEXT ·uniformsAVX512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ blocks+8(FP), CX
	MOVQ s+16(FP), DX
	MOVL stream_ctr(DX), R10
	CONSTANTS

loop:
	PHILOX_NEXT
	PHILOX_REST
	GROUPS(WORDS)
	EACH(UNIFORM)
	ADDQ $512, DI
	DECQ CX
	JNZ loop
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
	CONSTANTS

loop:
	PHILOX_NEXT
	PHILOX_REST
	NORMALS
	EACH(STORE)
	ADDQ $512, DI
	DECQ CX
	JNZ loop
	VZEROUPPER
	RET

// func normalsAtAVX512(dst *float32, blocks int, first, chain *uint32, s *stream)
//
// DI dst   CX blocks   SI first   R8 chain   DX s
TEXT ·normalsAtAVX512(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ blocks+8(FP), CX
	MOVQ first+16(FP), SI
	MOVQ chain+24(FP), R8
	MOVQ s+32(FP), DX
	CONSTANTS

loop:
	LOAD((SI), Z0)
	LOAD(32(SI), Z7)
	LOAD(64(SI), Z14)
	LOAD(96(SI), Z21)
	LOAD((R8), Z1)
	LOAD(32(R8), Z8)
	LOAD(64(R8), Z15)
	LOAD(96(R8), Z22)
	VPBROADCASTD (stream_ctr+8)(DX), Z2
	VPBROADCASTD (stream_ctr+12)(DX), Z3
	VMOVDQA64 Z2, Z9
	VMOVDQA64 Z2, Z16
	VMOVDQA64 Z2, Z23
	VMOVDQA64 Z3, Z10
	VMOVDQA64 Z3, Z17
	VMOVDQA64 Z3, Z24
	PHILOX
	PHILOX_REST
	NORMALS
	EACH(STORE)
	ADDQ $128, SI
	ADDQ $128, R8
	ADDQ $512, DI
	DECQ CX
	JNZ loop
	VZEROUPPER
	RET
