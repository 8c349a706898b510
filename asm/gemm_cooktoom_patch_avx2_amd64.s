//go:build !noasm

#include "textflag.h"

// The input gradient's last transform of Cook–Toom F(4×4, 2×2) with AVX2, 8
// channels at a time: see gemm_cooktoom.go.

DATA cookToomPatchHalves<>+0(SB)/4, $0.5
DATA cookToomPatchHalves<>+4(SB)/4, $1.5
DATA cookToomPatchHalves<>+8(SB)/4, $0.25
DATA cookToomPatchHalves<>+12(SB)/4, $0.125
GLOBL cookToomPatchHalves<>(SB), RODATA|NOPTR, $16

// k = all ones if bit n of R15 is clear, else zero; AX is lost
#define CLEAR(n, x, k) \
	MOVL	R15, AX; \
	SHRL	$n, AX; \
	ANDL	$1, AX; \
	DECL	AX; \
	VMOVD	AX, x; \
	VPBROADCASTD	x, k

// the five points of a row of products; SI to the next row
#define READ5 \
	VMOVUPS	(SI), Y0; \
	VMOVUPS	(SI)(BX*1), Y1; \
	VMOVUPS	(SI)(BX*2), Y2; \
	VMOVUPS	(SI)(R9*1), Y3; \
	VMOVUPS	(SI)(BX*4), Y4; \
	ADDQ	R10, SI

// (Y0, Y6, Y1, Y3, Y4) = B·(Y0, Y1, Y2, Y3, Y4)
#define PATCH \
	VADDPS	Y3, Y0, Y5; \
	VADDPS	Y2, Y1, Y3; \
	VADDPS	Y5, Y3, Y3; \
	VFNMADD231PS	Y4, Y7, Y3; \
	VSUBPS	Y1, Y4, Y6; \
	VADDPS	Y2, Y6, Y6; \
	VFMSUB213PS	Y5, Y7, Y6; \
	VSUBPS	Y0, Y1, Y1; \
	VFMSUB213PS	Y4, Y7, Y1; \
	VFNMADD231PS	Y2, Y8, Y1; \
	VMULPS	Y7, Y0, Y0

#define PUT5(a, b, c, d, e) \
	VMOVUPS	Y0, a; \
	VMOVUPS	Y6, b; \
	VMOVUPS	Y1, c; \
	VMOVUPS	Y3, d; \
	VMOVUPS	Y4, e

#define GET5(a, b, c, d, e) \
	VMOVUPS	a, Y0; \
	VMOVUPS	b, Y1; \
	VMOVUPS	c, Y2; \
	VMOVUPS	d, Y3; \
	VMOVUPS	e, Y4

// s *= leak where !(0 < act)
#define MASK(s, act) \
	VCMPPS	$1, act, Y9, Y2; \
	VMULPS	Y10, s, Y5; \
	VBLENDVPS	Y2, s, Y5, s

// a place inside: masked and stored
#define PLACE(s, x, act) \
	MASK(s, act); \
	VMOVUPS	s, x

// a place inside: masked, added to what is there where k is set, and stored
#define ADD(s, x, act, k) \
	MASK(s, act); \
	VANDPS	x, k, Y2; \
	VADDPS	Y2, s, s; \
	VMOVUPS	s, x

#define OUTSIDE(side) \
	TESTB	side, edges+64(FP)

// a column behind column 0, its row 0 added to what is there; DI and R12 to the next.
// Stores under a mask would need no branches, which go the same way for a whole
// call, but cost some processors dozens of steps each.
#define COLUMN(rows, end) \
	OUTSIDE($1); \
	JNZ	rows; \
	ADD(Y0, (DI), (R12), Y11); \
rows: \
	PLACE(Y6, (DI)(R8*1), (R12)(R8*1)); \
	PLACE(Y1, (DI)(R8*2), (R12)(R8*2)); \
	PLACE(Y3, (DI)(R11*1), (R12)(R11*1)); \
	OUTSIDE($2); \
	JNZ	end; \
	PLACE(Y4, (DI)(R8*4), (R12)(R8*4)); \
end: \
	ADDQ	CX, DI; \
	ADDQ	CX, R12

// func cookToomPatchAVX2(x *float32, origin, row, column int, m *float32, point int, act *float32, leak float32, edges, channels int)
//
//	s = Σ B[i][k]·m[(5k+l)*point+c]·B[j][l] · (act[at] > 0 ? 1 : leak),  at = origin+i*row+j*column+c
//	x[at] = s, plus x[at] where i == 0 unless FirstTop, where j == 0 unless FirstLeft
//
// AX	m   SI	row of m   BX R9 R10	point × 4, 12, 20 bytes
// R13	x   DI	column of x   R15	act   R12	column of act   R8 R11	row × 4, 12 bytes   CX	column × 4
// DX	channels left
// Y0–Y6	a line   Y7 Y8	½, 3/2   Y9	0   Y10	leak
// Y11 Y12 Y13	row 0, column 0, their corner have something to add to
// SP	m·Bᵀ, place 5i+j
TEXT ·cookToomPatchAVX2(SB), 0, $800-80
	MOVQ	edges+64(FP), R15
	CLEAR(4, X11, Y11)
	CLEAR(5, X12, Y12)
	VORPS	Y11, Y12, Y13
	MOVQ	origin+8(FP), DX
	MOVQ	x+0(FP), R13
	LEAQ	(R13)(DX*4), R13
	MOVQ	act+48(FP), R15
	LEAQ	(R15)(DX*4), R15
	MOVQ	row+16(FP), R8
	MOVQ	column+24(FP), CX
	MOVQ	m+32(FP), AX
	MOVQ	point+40(FP), BX
	MOVQ	channels+72(FP), DX
	SHLQ	$2, R8
	LEAQ	(R8)(R8*2), R11
	SHLQ	$2, CX
	SHLQ	$2, BX
	LEAQ	(BX)(BX*2), R9
	LEAQ	(BX)(BX*4), R10
	VBROADCASTSS	cookToomPatchHalves<>+0(SB), Y7
	VBROADCASTSS	cookToomPatchHalves<>+4(SB), Y8
	VXORPS	Y9, Y9, Y9
	VBROADCASTSS	leak+56(FP), Y10

loop:	// for c := 0; c < channels; c += 8
	MOVQ	AX, SI
	MOVQ	R13, DI
	MOVQ	R15, R12
	READ5
	PATCH
	PUT5((SP), 32(SP), 64(SP), 96(SP), 128(SP))
	READ5
	PATCH
	PUT5(160(SP), 192(SP), 224(SP), 256(SP), 288(SP))
	READ5
	PATCH
	PUT5(320(SP), 352(SP), 384(SP), 416(SP), 448(SP))
	READ5
	PATCH
	PUT5(480(SP), 512(SP), 544(SP), 576(SP), 608(SP))
	READ5
	PATCH
	PUT5(640(SP), 672(SP), 704(SP), 736(SP), 768(SP))

	// Column 0, all of it added to what is there.
	OUTSIDE($4)
	JNZ	inner
	GET5((SP), 160(SP), 320(SP), 480(SP), 640(SP))
	PATCH
	OUTSIDE($1)
	JNZ	rows0
	ADD(Y0, (DI), (R12), Y13)

rows0:
	ADD(Y6, (DI)(R8*1), (R12)(R8*1), Y12)
	ADD(Y1, (DI)(R8*2), (R12)(R8*2), Y12)
	ADD(Y3, (DI)(R11*1), (R12)(R11*1), Y12)
	OUTSIDE($2)
	JNZ	inner
	ADD(Y4, (DI)(R8*4), (R12)(R8*4), Y12)

inner:
	ADDQ	CX, DI
	ADDQ	CX, R12
	GET5(32(SP), 192(SP), 352(SP), 512(SP), 672(SP))
	PATCH
	COLUMN(rows1, end1)
	GET5(64(SP), 224(SP), 384(SP), 544(SP), 704(SP))
	PATCH
	COLUMN(rows2, end2)
	GET5(96(SP), 256(SP), 416(SP), 576(SP), 736(SP))
	PATCH
	COLUMN(rows3, end3)
	OUTSIDE($8)
	JNZ	next
	GET5(128(SP), 288(SP), 448(SP), 608(SP), 768(SP))
	PATCH
	COLUMN(rows4, end4)

next:
	ADDQ	$32, AX
	ADDQ	$32, R13
	ADDQ	$32, R15
	SUBQ	$8, DX
	JNZ	loop
	VZEROUPPER
	RET
