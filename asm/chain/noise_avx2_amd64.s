//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "noise_amd64.h"
#include "noise_avx2_amd64.h"

// UNIFORM is (1 + (x>>9)·2⁻²³) − (1 − 2⁻²⁴), which is exact.
#define UNIFORM(x) \
	VPSRLD $9, x, x        \
	VPOR ONE, x, x         \
	VSUBPS BELOW_ONE, x, x

// func uniformsAVX2(dst *float32, blocks int, s *stream)
//
// DI dst   CX blocks   DX s   R10 first word of the counter   Y14 scratch
TEXT ·uniformsAVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ blocks+8(FP), CX
	MOVQ s+16(FP), DX
	MOVL stream_ctr(DX), R10

loop:
	PHILOX(NEXT)
	VPUNPCKLDQ Y1, Y0, Y4 // words in the order of their coordinates
	VPUNPCKHDQ Y1, Y0, Y5
	VPUNPCKLDQ Y3, Y2, Y6
	VPUNPCKHDQ Y3, Y2, Y7
	UNIFORM(Y4)
	UNIFORM(Y5)
	UNIFORM(Y6)
	UNIFORM(Y7)
	VMOVUPS Y4, (DI)
	VMOVUPS Y5, 32(DI)
	VMOVUPS Y6, 64(DI)
	VMOVUPS Y7, 96(DI)
	ADDQ $128, DI
	DECQ CX
	JNZ loop
	VZEROUPPER
	RET

#define NOTHING(off, t, u)

#define STORE \
	VMOVUPS Y10, (DI)   \
	VMOVUPS Y12, 32(DI) \
	VMOVUPS Y11, 64(DI) \
	VMOVUPS Y13, 96(DI) \
	ADDQ $128, DI

// func normalsAVX2(dst *float32, blocks int, s *stream)
//
// DI dst   CX blocks   DX s   R10 first word of the counter
TEXT ·normalsAVX2(SB), NOSPLIT, $FRAMESIZE-24
	MOVQ dst+0(FP), DI
	MOVQ blocks+8(FP), CX
	MOVQ s+16(FP), DX
	MOVL stream_ctr(DX), R10
	FRAME
	PHILOX(NEXT)
	SPLIT

loop:
	NORMALS(NEXT, NOTHING, NOTHING)
	STORE
	ROUND_LAST
	SPLIT
	DECQ CX
	JNZ loop
	VZEROUPPER
	RET

// AT does rounds 0 and 1 for the eight counters whose first words are at SI and
// second words at R8.
#define AT \
	VPMOVZXDQ (SI), Y0                   \ // first[0…3] in lanes 0, 2, 1, 3
	VPMOVZXDQ 16(SI), Y2                 \
	VPMOVZXDQ (R8), Y6                   \
	VPMOVZXDQ 16(R8), Y8                 \
	VPERMQ $0xd8, Y0, Y0                 \
	VPERMQ $0xd8, Y2, Y2                 \
	VPERMQ $0xd8, Y6, Y6                 \
	VPERMQ $0xd8, Y8, Y8                 \
	VPBROADCASTD (stream_ctr+8)(DX), Y1  \
	VPBROADCASTD (stream_ctr+8)(DX), Y3  \
	VPBROADCASTD (stream_ctr+12)(DX), Y7 \
	VPBROADCASTD (stream_ctr+12)(DX), Y9 \
	ROUND_C(0)                           \ // words 1 and 3 are in Y4, Y5 and Y6, Y7 now
	ROUND_A(1)                           \
	VMOVDQA Y4, Y6                       \
	VMOVDQA Y5, Y7                       \
	VMOVDQA Y8, Y4                       \
	VMOVDQA Y9, Y5

// func normalsAtAVX2(dst *float32, blocks int, first, chain *uint32, s *stream)
//
// DI dst   CX blocks   SI first   R8 chain   DX s
TEXT ·normalsAtAVX2(SB), NOSPLIT, $FRAMESIZE-40
	MOVQ dst+0(FP), DI
	MOVQ blocks+8(FP), CX
	MOVQ first+16(FP), SI
	MOVQ chain+24(FP), R8
	MOVQ s+32(FP), DX
	FRAME
	PHILOX(AT)
	SPLIT

loop:
	CMPQ CX, $1 // the last turn makes its own words again
	JEQ last
	ADDQ $32, SI
	ADDQ $32, R8

last:
	NORMALS(AT, NOTHING, NOTHING)
	STORE
	ROUND_LAST
	SPLIT
	DECQ CX
	JNZ loop
	VZEROUPPER
	RET
