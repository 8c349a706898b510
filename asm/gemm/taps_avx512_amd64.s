//go:build !noasm

#include "textflag.h"

DATA lanes<>+0(SB)/4, $0
DATA lanes<>+4(SB)/4, $1
DATA lanes<>+8(SB)/4, $2
DATA lanes<>+12(SB)/4, $3
DATA lanes<>+16(SB)/4, $4
DATA lanes<>+20(SB)/4, $5
DATA lanes<>+24(SB)/4, $6
DATA lanes<>+28(SB)/4, $7
DATA lanes<>+32(SB)/4, $8
DATA lanes<>+36(SB)/4, $9
DATA lanes<>+40(SB)/4, $10
DATA lanes<>+44(SB)/4, $11
DATA lanes<>+48(SB)/4, $12
DATA lanes<>+52(SB)/4, $13
DATA lanes<>+56(SB)/4, $14
DATA lanes<>+60(SB)/4, $15
GLOBL lanes<>(SB), RODATA|NOPTR, $64

// Z1 = p0 + p1 + p2 of one output place, on to the next
#define PRODUCTS \
	VMOVUPS.Z (R8), K1, Z1     \
	VADDPS.Z (R9), Z1, K1, Z1  \
	VADDPS.Z (R10), Z1, K1, Z1 \
	ADDQ R11, R8               \
	ADDQ R11, R9               \
	ADDQ R11, R10

// func sumTapsAVX512(dst, p0, p1, p2 *float32, ld, width, channels int)
//
// An output place reaches the places left of it, at it and right of it: Z0
// holds the three sums so far, place by place in its lanes. Once a place's right
// neighbour is in, its left sum is whole and leaves.
//
// DI dst   R8 R9 R10 p0, p1, p2 at their tap rows   R11 ld in bytes   R12 channels × 4   DX places left
// Z0 sums   Z1 products   Z2 shift by channels   K1 K2 K3 lanes of three places, of one, of two
// AX, CX scratch
TEXT ·sumTapsAVX512(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ p0+8(FP), R8
	MOVQ p1+16(FP), R9
	MOVQ p2+24(FP), R10
	MOVQ ld+32(FP), R11
	MOVQ width+40(FP), DX
	MOVQ channels+48(FP), R12
	VPBROADCASTD R12, Z2
	VPADDD lanes<>(SB), Z2, Z2
	MOVL $1, AX
	MOVQ R12, CX
	SHLL CX, AX
	DECL AX
	KMOVW AX, K2
	LEAQ (R12)(R12*1), CX
	MOVL $1, AX
	SHLL CX, AX
	DECL AX
	KMOVW AX, K3
	ADDQ R12, CX
	MOVL $1, AX
	SHLL CX, AX
	DECL AX
	KMOVW AX, K1
	SHLQ $2, R11
	SHLQ $2, R12
	LEAQ (R12)(R12*2), AX
	ADDQ AX, R9
	LEAQ (R10)(AX*2), R10

	PRODUCTS
	VPERMPS.Z Z1, Z2, K3, Z0
	DECQ DX
	JZ last

loop: // for x := 1; x < width; x++
	PRODUCTS
	VADDPS Z1, Z0, Z0
	VMOVUPS Z0, K2, (DI)
	ADDQ R12, DI
	VPERMPS.Z Z0, Z2, K3, Z0
	DECQ DX
	JNZ loop

last:
	VMOVUPS Z0, K2, (DI)
	VZEROUPPER
	RET
