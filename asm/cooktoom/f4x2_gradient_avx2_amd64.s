//go:build !noasm

#include "textflag.h"

// Transforms of the gradients of Cook–Toom F(4×4, 2×2) with AVX2, 8 channels at
// a time: one dimension goes through the stack, then the other. See
// gemm_cooktoom.go for the matrices.

DATA cookToomGradientHalves<>+0(SB)/4, $0.5
DATA cookToomGradientHalves<>+4(SB)/4, $1.5
DATA cookToomGradientHalves<>+8(SB)/4, $0.25
DATA cookToomGradientHalves<>+12(SB)/4, $0.125
GLOBL cookToomGradientHalves<>(SB), RODATA|NOPTR, $16

// (Y0, Y4, Y5, Y6, Y3) = A·(Y0, Y1, Y2, Y3)
#define GRADIENT \
	VADDPS	Y2, Y0, Y4; \
	VADDPS	Y3, Y1, Y5; \
	VMOVAPS	Y0, Y6; \
	VFMADD231PS	Y1, Y7, Y6; \
	VFMADD231PS	Y2, Y8, Y6; \
	VFMADD231PS	Y3, Y9, Y6; \
	VSUBPS	Y5, Y4, Y1; \
	VADDPS	Y5, Y4, Y4; \
	VMOVAPS	Y1, Y5

// four places of a row; SI to the next row
#define READ4 \
	VMOVUPS	(SI), Y0; \
	VMOVUPS	(SI)(CX*1), Y1; \
	VMOVUPS	(SI)(CX*2), Y2; \
	VMOVUPS	(SI)(DX*1), Y3; \
	ADDQ	R8, SI

#define PUT5(a, b, c, d, e) \
	VMOVUPS	Y0, a; \
	VMOVUPS	Y4, b; \
	VMOVUPS	Y5, c; \
	VMOVUPS	Y6, d; \
	VMOVUPS	Y3, e

#define GET4(a, b, c, d) \
	VMOVUPS	a, Y0; \
	VMOVUPS	b, Y1; \
	VMOVUPS	c, Y2; \
	VMOVUPS	d, Y3

// the five points of a column of the transform; DI to the next column
#define COLUMN5 \
	VMOVUPS	Y0, (DI); \
	VMOVUPS	Y4, (DI)(R9*1); \
	VMOVUPS	Y5, (DI)(R9*2); \
	VMOVUPS	Y6, (DI)(R10*1); \
	VMOVUPS	Y3, (DI)(R9*4); \
	ADDQ	BX, DI

// func gradient4x2AVX2(v *float32, point int, y *float32, row, column, channels int)
//
//	v[(5i+j)*point+c] = Σ A[i][k]·y[k*row+l*column+c]·A[j][l]
//
// AX	y   SI	row of y   R8	row × 4 bytes   CX DX	column × 4, 12
// R13	v   DI	column of v   BX R9 R10	point × 4, 20, 60 bytes   R12	channels left
// Y0–Y6	a line   Y7 Y8 Y9	½, ¼, ⅛
// SP	y·Aᵀ, place 5i+j
TEXT ·gradient4x2AVX2(SB), 0, $640-48
	MOVQ	v+0(FP), R13
	MOVQ	point+8(FP), BX
	MOVQ	y+16(FP), AX
	MOVQ	row+24(FP), R8
	MOVQ	column+32(FP), CX
	MOVQ	channels+40(FP), R12
	SHLQ	$2, BX
	LEAQ	(BX)(BX*4), R9
	LEAQ	(R9)(R9*2), R10
	SHLQ	$2, R8
	SHLQ	$2, CX
	LEAQ	(CX)(CX*2), DX
	VBROADCASTSS	cookToomGradientHalves<>+0(SB), Y7
	VBROADCASTSS	cookToomGradientHalves<>+8(SB), Y8
	VBROADCASTSS	cookToomGradientHalves<>+12(SB), Y9

loop:	// for c := 0; c < channels; c += 8
	MOVQ	AX, SI
	MOVQ	R13, DI
	READ4
	GRADIENT
	PUT5((SP), 32(SP), 64(SP), 96(SP), 128(SP))
	READ4
	GRADIENT
	PUT5(160(SP), 192(SP), 224(SP), 256(SP), 288(SP))
	READ4
	GRADIENT
	PUT5(320(SP), 352(SP), 384(SP), 416(SP), 448(SP))
	READ4
	GRADIENT
	PUT5(480(SP), 512(SP), 544(SP), 576(SP), 608(SP))
	GET4((SP), 160(SP), 320(SP), 480(SP))
	GRADIENT
	COLUMN5
	GET4(32(SP), 192(SP), 352(SP), 512(SP))
	GRADIENT
	COLUMN5
	GET4(64(SP), 224(SP), 384(SP), 544(SP))
	GRADIENT
	COLUMN5
	GET4(96(SP), 256(SP), 416(SP), 576(SP))
	GRADIENT
	COLUMN5
	GET4(128(SP), 288(SP), 448(SP), 608(SP))
	GRADIENT
	COLUMN5

	ADDQ	$32, AX
	ADDQ	$32, R13
	SUBQ	$8, R12
	JNZ	loop
	VZEROUPPER
	RET
