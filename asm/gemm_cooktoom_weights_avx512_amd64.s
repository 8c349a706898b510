//go:build !noasm

#include "textflag.h"

DATA cookToomG<>+0(SB)/4, $0.33333334
DATA cookToomG<>+4(SB)/4, $-1.3333334
GLOBL cookToomG<>(SB), RODATA|NOPTR, $8

DATA cookToomLanes<>+0(SB)/4, $0
DATA cookToomLanes<>+4(SB)/4, $1
DATA cookToomLanes<>+8(SB)/4, $2
DATA cookToomLanes<>+12(SB)/4, $3
DATA cookToomLanes<>+16(SB)/4, $4
DATA cookToomLanes<>+20(SB)/4, $5
DATA cookToomLanes<>+24(SB)/4, $6
DATA cookToomLanes<>+28(SB)/4, $7
DATA cookToomLanes<>+32(SB)/4, $8
DATA cookToomLanes<>+36(SB)/4, $9
DATA cookToomLanes<>+40(SB)/4, $10
DATA cookToomLanes<>+44(SB)/4, $11
DATA cookToomLanes<>+48(SB)/4, $12
DATA cookToomLanes<>+52(SB)/4, $13
DATA cookToomLanes<>+56(SB)/4, $14
DATA cookToomLanes<>+60(SB)/4, $15
GLOBL cookToomLanes<>(SB), RODATA|NOPTR, $64

// one tap of the 16 filters
#define TAP(address, w) \
	KXNORW	K1, K1, K1; \
	VPXORD	w, w, w; \
	VGATHERDPS	address, K1, w

// a…e = G·(x, y)
#define EXPAND(x, y, a, b, c, d, e) \
	VADDPS	x, x, a; \
	VADDPS	x, y, b; \
	VSUBPS	x, y, c; \
	VMULPS	Z26, c, c; \
	VADDPS	a, y, d; \
	VMULPS	Z27, d, d; \
	VMOVAPS	y, e

// a row of U; DI to the next
#define ROW(x, y) \
	EXPAND(x, y, Z20, Z21, Z22, Z23, Z24); \
	VMOVUPS	Z20, (DI); \
	VMOVUPS	Z21, (DI)(BX*1); \
	VMOVUPS	Z22, (DI)(BX*2); \
	VMOVUPS	Z23, (DI)(R9*1); \
	VMOVUPS	Z24, (DI)(BX*4); \
	ADDQ	R10, DI

// func cookToomWeightsAVX512(u *float32, point int, w *float32, filter int)
//
//	u[(5i+j)*point+l] = Σ G[i][k]·w[l*filter+8k+2m]·G[j][m]
//
// DI	u   BX R9 R10	point × 4, 12, 20 bytes   SI	w   Z25	lane · filter   Z26 Z27	⅓, −4/3   K1	gather
// Z0 Z1 Z2 Z3	taps   Z4–Z8, Z9–Z13	columns of G·w   Z20–Z24	a row of U
TEXT ·cookToomWeightsAVX512(SB), NOSPLIT, $0-32
	MOVQ	u+0(FP), DI
	MOVQ	point+8(FP), BX
	MOVQ	w+16(FP), SI
	MOVQ	filter+24(FP), AX
	SHLQ	$2, BX
	LEAQ	(BX)(BX*2), R9
	LEAQ	(BX)(BX*4), R10
	VPBROADCASTD	AX, Z25
	VPMULLD	cookToomLanes<>(SB), Z25, Z25
	VBROADCASTSS	cookToomG<>+0(SB), Z26
	VBROADCASTSS	cookToomG<>+4(SB), Z27
	TAP((SI)(Z25*4), Z0)
	TAP(8(SI)(Z25*4), Z1)
	TAP(32(SI)(Z25*4), Z2)
	TAP(40(SI)(Z25*4), Z3)
	EXPAND(Z0, Z2, Z4, Z5, Z6, Z7, Z8)
	EXPAND(Z1, Z3, Z9, Z10, Z11, Z12, Z13)
	ROW(Z4, Z9)
	ROW(Z5, Z10)
	ROW(Z6, Z11)
	ROW(Z7, Z12)
	ROW(Z8, Z13)
	VZEROUPPER
	RET
