//go:build !noasm

#include "textflag.h"

DATA cookToomThirds<>+0(SB)/4, $0.33333334
DATA cookToomThirds<>+4(SB)/4, $-1.3333334
GLOBL cookToomThirds<>(SB), RODATA|NOPTR, $8

DATA cookToomLanes8<>+0(SB)/4, $0
DATA cookToomLanes8<>+4(SB)/4, $1
DATA cookToomLanes8<>+8(SB)/4, $2
DATA cookToomLanes8<>+12(SB)/4, $3
DATA cookToomLanes8<>+16(SB)/4, $4
DATA cookToomLanes8<>+20(SB)/4, $5
DATA cookToomLanes8<>+24(SB)/4, $6
DATA cookToomLanes8<>+28(SB)/4, $7
GLOBL cookToomLanes8<>(SB), RODATA|NOPTR, $32

// one tap of 8 filters
#define TAP(address, w) \
	VPCMPEQD	Y14, Y14, Y14; \
	VGATHERDPS	Y14, address, w

// a…e = G·(x, y); f is lost
#define EXPAND(x, y, a, b, c, d, e, f) \
	VADDPS	x, y, b; \
	VBROADCASTSS	cookToomThirds<>+0(SB), f; \
	VSUBPS	x, y, c; \
	VMULPS	f, c, c; \
	VADDPS	x, x, a; \
	VBROADCASTSS	cookToomThirds<>+4(SB), f; \
	VADDPS	a, y, d; \
	VMULPS	f, d, d; \
	VMOVAPS	y, e

// a row of U; DI to the next
#define ROW(x, y) \
	EXPAND(x, y, Y10, Y11, Y12, Y13, y, Y14); \
	VMOVUPS	Y10, (DI); \
	VMOVUPS	Y11, (DI)(BX*1); \
	VMOVUPS	Y12, (DI)(BX*2); \
	VMOVUPS	Y13, (DI)(R9*1); \
	VMOVUPS	y, (DI)(BX*4); \
	ADDQ	R10, DI

// func weights4x2AVX2(u *float32, point int, w *float32, filter int)
//
// Weights4x2 of 8 filters:
//
//	u[(5i+j)*point+l] = Σ G[i][k]·w[l*filter+8k+2m]·G[j][m]
//
// DI	u   BX R9 R10	point × 4, 12, 20 bytes   SI	w   Y13	lane · filter   Y14	gather
// Y0–Y4, Y5–Y9	columns of G·w   Y10–Y14	taps, a row of U
TEXT ·weights4x2AVX2(SB), NOSPLIT, $0-32
	MOVQ	u+0(FP), DI
	MOVQ	point+8(FP), BX
	MOVQ	w+16(FP), SI
	MOVQ	filter+24(FP), AX
	SHLQ	$2, BX
	LEAQ	(BX)(BX*2), R9
	LEAQ	(BX)(BX*4), R10
	VMOVD	AX, X13
	VPBROADCASTD	X13, Y13
	VPMULLD	cookToomLanes8<>(SB), Y13, Y13
	TAP((SI)(Y13*4), Y10)
	TAP(32(SI)(Y13*4), Y11)
	EXPAND(Y10, Y11, Y0, Y1, Y2, Y3, Y4, Y12)
	TAP(8(SI)(Y13*4), Y10)
	TAP(40(SI)(Y13*4), Y11)
	EXPAND(Y10, Y11, Y5, Y6, Y7, Y8, Y9, Y12)
	ROW(Y0, Y5)
	ROW(Y1, Y6)
	ROW(Y2, Y7)
	ROW(Y3, Y8)
	ROW(Y4, Y9)
	VZEROUPPER
	RET
