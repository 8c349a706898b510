//go:build !noasm

#include "textflag.h"

// s += (p0 + p1) + p2 of a pixel's tap column, places at the offset in bytes
#define COLUMN(offset) \
	VMASKMOVPS (SI)(offset*1), Y8, Y1 \
	VMASKMOVPS (R8)(offset*1), Y8, Y2 \
	VMASKMOVPS (R9)(offset*1), Y8, Y3 \
	VADDPS Y2, Y1, Y1                 \
	VADDPS Y3, Y1, Y1                 \
	VADDPS Y1, Y0, Y0

// func sumTapsAVX2(dst, p0, p1, p2 *float32, ld, width, channels int)
//
// DI dst   SI, R8, R9 p0, p1 + 3·channels, p2 + 6·channels at pixel x
// R10, R11, R12 bytes to tap column 2 of pixel x−1, 1 of x, 0 of x+1
// BX ld in bytes   CX pixels left   R15 end of dst   AX, R13 scratch   Y0 sum   Y8 mask of channels
// Y1…Y3 products
TEXT ·sumTapsAVX2(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ p0+8(FP), SI
	MOVQ p1+16(FP), R8
	MOVQ p2+24(FP), R9
	MOVQ ld+32(FP), BX
	MOVQ width+40(FP), CX
	MOVQ channels+48(FP), R11
	MOVQ R11, R15
	IMULQ CX, R15
	LEAQ (DI)(R15*4), R15
	MOVQ $8, AX
	SUBQ R11, AX
	LEAQ ·tailMask(SB), R13
	VMOVDQU (R13)(AX*4), Y8
	SHLQ $2, R11
	SHLQ $2, BX
	LEAQ (R11)(R11*2), AX
	ADDQ AX, R8
	LEAQ (R9)(AX*2), R9
	MOVQ BX, R12
	LEAQ (R11*2), R10
	SUBQ BX, R10
	VXORPS Y0, Y0, Y0
	JMP first // pixel 0 has no neighbour on its left

pixel:
	VXORPS Y0, Y0, Y0
	COLUMN(R10)

first:
	COLUMN(R11)
	CMPQ CX, $1
	JEQ store // and the last none on its right
	COLUMN(R12)

store: // The next pixels write over what is too much; a store under a mask is slow.
	LEAQ 32(DI), AX
	CMPQ AX, R15
	JA tail
	VMOVUPS Y0, (DI)
	JMP next

tail:
	VMASKMOVPS Y0, Y8, (DI)

next:
	ADDQ R11, DI
	ADDQ BX, SI
	ADDQ BX, R8
	ADDQ BX, R9
	DECQ CX
	JNZ pixel
	VZEROUPPER
	RET
