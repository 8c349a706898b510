//go:build !noasm

#include "textflag.h"
#include "exp_amd64.h"
#include "map_avx2_amd64.h"

// EXP is Y1 = exp(Y0). It uses Y0, Y2, Y3, Y9. MINPS and MAXPS return their
// second source for a NaN.
// Y4 high   Y5 low   Y6 1
#define EXP \
	VMINPS Y0, Y4, Y0      \ // x = min(high, x)
	VMAXPS Y0, Y5, Y0      \ // x = max(low, x)
	VMULPS LOG2E, Y0, Y2   \
	VADDPS ROUND, Y2, Y2   \ // k = x·log2e + roundBit
	VSUBPS ROUND, Y2, Y3   \ // n = k − roundBit
	VMULPS LN2HIGH, Y3, Y9 \
	VSUBPS Y9, Y0, Y0      \
	VMULPS LN2LOW, Y3, Y9  \
	VSUBPS Y9, Y0, Y0      \ // r = x − n·ln2
	VMULPS C6, Y0, Y1      \
	VADDPS C5, Y1, Y1      \
	VMULPS Y0, Y1, Y1      \
	VADDPS C4, Y1, Y1      \
	VMULPS Y0, Y1, Y1      \
	VADDPS C3, Y1, Y1      \
	VMULPS Y0, Y1, Y1      \
	VADDPS C2, Y1, Y1      \
	VMULPS Y0, Y1, Y1      \
	VADDPS Y6, Y1, Y1      \
	VMULPS Y0, Y1, Y1      \
	VADDPS Y6, Y1, Y1      \ // p = exp(r)
	VPSUBD ROUND, Y2, Y2   \ // i = n as an integer
	VPSRAD $1, Y2, Y3      \ // h = i>>1
	VPSUBD Y3, Y2, Y2      \
	VPSLLD $23, Y3, Y3     \
	VPSLLD $23, Y2, Y2     \
	VPADDD Y6, Y3, Y3      \ // 2^h: h<<23 added to the bits of 1
	VPADDD Y6, Y2, Y2      \ // 2^(i−h)
	VMULPS Y3, Y1, Y1      \
	VMULPS Y2, Y1, Y1

#define EXPCONSTANTS \
	VMOVUPS HIGH, Y4 \
	VMOVUPS LOW, Y5  \
	VMOVUPS ONE, Y6

#define EXPSHIFTED \
	VSUBPS Y7, Y0, Y0 \
	EXP

#define SWISH \
	VMOVAPS Y0, Y10    \
	VXORPS Y7, Y0, Y0  \ // −x
	EXP                \
	VADDPS Y6, Y1, Y1  \
	VDIVPS Y1, Y10, Y1   // x/(1 + exp(−x))

#define SWISHGRAD \
	VMOVAPS Y0, Y10    \ // x
	VMOVAPS Y1, Y11    \ // dy
	VXORPS Y7, Y0, Y0  \
	EXP                \
	VADDPS Y6, Y1, Y1  \
	VDIVPS Y1, Y6, Y1  \ // s = 1/(1 + exp(−x))
	VSUBPS Y1, Y6, Y2  \
	VMULPS Y2, Y10, Y2 \
	VADDPS Y2, Y6, Y2  \ // 1 + x·(1 − s)
	VMULPS Y11, Y1, Y1 \ // dy·s
	VMULPS Y2, Y1, Y1

#define MULSHIFTED \
	VSUBPS Y7, Y0, Y0 \
	VMULPS Y0, Y1, Y1

// func expShiftedAVX2(dst, x *float32, n int, shift float32)
//
// DI dst   SI x   CX n   Y4, Y5, Y6 as EXP   Y7 shift
TEXT ·expShiftedAVX2(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS shift+24(FP), Y7
	EXPCONSTANTS
	MAP1(EXPSHIFTED)

// func swishAVX2(dst, x *float32, n int)
//
// DI dst   SI x   CX n   Y4, Y5, Y6 as EXP   Y7 sign bit
TEXT ·swishAVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VMOVUPS SIGN, Y7
	EXPCONSTANTS
	MAP1(SWISH)

// func swishGradientAVX2(dx, dy, x *float32, n int)
//
// DI dx   SI x   R8 dy   CX n   Y4, Y5, Y6 as EXP   Y7 sign bit
TEXT ·swishGradientAVX2(SB), NOSPLIT, $0-32
	MOVQ dx+0(FP), DI
	MOVQ dy+8(FP), R8
	MOVQ x+16(FP), SI
	MOVQ n+24(FP), CX
	VMOVUPS SIGN, Y7
	EXPCONSTANTS
	MAP2(SWISHGRAD)

// func mulShiftedAVX2(dx, dy, y *float32, n int, shift float32)
//
// DI dx   SI dy   R8 y   CX n   Y7 shift
TEXT ·mulShiftedAVX2(SB), NOSPLIT, $0-36
	MOVQ dx+0(FP), DI
	MOVQ dy+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ n+24(FP), CX
	VBROADCASTSS shift+32(FP), Y7
	MAP2(MULSHIFTED)
