//go:build !noasm

#include "textflag.h"
#include "exp_amd64.h"
#include "map_avx512_amd64.h"

// EXP is Z1 = exp(Z0). It uses Z0, Z2, Z3, Z9. MINPS and MAXPS return their
// second source for a NaN.
// Z4 high   Z5 low   Z6 1   Z8 the rounding bit
#define EXP \
	VMINPS Z0, Z4, Z0           \ // x = min(high, x)
	VMAXPS Z0, Z5, Z0           \ // x = max(low, x)
	VMULPS.BCST LOG2E, Z0, Z2   \
	VADDPS Z8, Z2, Z2           \ // k = x·log2e + roundBit
	VSUBPS Z8, Z2, Z3           \ // n = k − roundBit
	VMULPS.BCST LN2HIGH, Z3, Z9 \
	VSUBPS Z9, Z0, Z0           \
	VMULPS.BCST LN2LOW, Z3, Z9  \
	VSUBPS Z9, Z0, Z0           \ // r = x − n·ln2
	VMULPS.BCST C6, Z0, Z1      \
	VADDPS.BCST C5, Z1, Z1      \
	VMULPS Z0, Z1, Z1           \
	VADDPS.BCST C4, Z1, Z1      \
	VMULPS Z0, Z1, Z1           \
	VADDPS.BCST C3, Z1, Z1      \
	VMULPS Z0, Z1, Z1           \
	VADDPS.BCST C2, Z1, Z1      \
	VMULPS Z0, Z1, Z1           \
	VADDPS Z6, Z1, Z1           \
	VMULPS Z0, Z1, Z1           \
	VADDPS Z6, Z1, Z1           \ // p = exp(r)
	VPSUBD Z8, Z2, Z2           \ // i = n as an integer
	VPSRAD $1, Z2, Z3           \ // h = i>>1
	VPSUBD Z3, Z2, Z2           \
	VPSLLD $23, Z3, Z3          \
	VPSLLD $23, Z2, Z2          \
	VPADDD Z6, Z3, Z3           \ // 2^h: h<<23 added to the bits of 1
	VPADDD Z6, Z2, Z2           \ // 2^(i−h)
	VMULPS Z3, Z1, Z1           \
	VMULPS Z2, Z1, Z1

#define EXPCONSTANTS \
	VBROADCASTSS HIGH, Z4  \
	VBROADCASTSS LOW, Z5   \
	VBROADCASTSS ONE, Z6   \
	VBROADCASTSS ROUND, Z8

#define EXPSHIFTED \
	VSUBPS Z7, Z0, Z0 \
	EXP

#define SWISH \
	VMOVAPS Z0, Z10    \
	VXORPS Z7, Z0, Z0  \ // −x
	EXP                \
	VADDPS Z6, Z1, Z1  \
	VDIVPS Z1, Z10, Z1   // x/(1 + exp(−x))

#define SWISHGRAD \
	VMOVAPS Z0, Z10    \ // x
	VMOVAPS Z1, Z11    \ // dy
	VXORPS Z7, Z0, Z0  \
	EXP                \
	VADDPS Z6, Z1, Z1  \
	VDIVPS Z1, Z6, Z1  \ // s = 1/(1 + exp(−x))
	VSUBPS Z1, Z6, Z2  \
	VMULPS Z2, Z10, Z2 \
	VADDPS Z2, Z6, Z2  \ // 1 + x·(1 − s)
	VMULPS Z11, Z1, Z1 \ // dy·s
	VMULPS Z2, Z1, Z1

#define MULSHIFTED \
	VSUBPS Z7, Z0, Z0 \
	VMULPS Z0, Z1, Z1

// func expShiftedAVX512(dst, x *float32, n int, shift float32)
//
// DI dst   SI x   CX n   Z4, Z5, Z6, Z8 as EXP   Z7 shift
TEXT ·expShiftedAVX512(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS shift+24(FP), Z7
	EXPCONSTANTS
	MAP1_512(EXPSHIFTED)

// func swishAVX512(dst, x *float32, n int)
//
// DI dst   SI x   CX n   Z4, Z5, Z6, Z8 as EXP   Z7 sign bit
TEXT ·swishAVX512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS SIGN, Z7
	EXPCONSTANTS
	MAP1_512(SWISH)

// func swishGradientAVX512(dx, dy, x *float32, n int)
//
// DI dx   SI x   R8 dy   CX n   Z4, Z5, Z6, Z8 as EXP   Z7 sign bit
TEXT ·swishGradientAVX512(SB), NOSPLIT, $0-32
	MOVQ dx+0(FP), DI
	MOVQ dy+8(FP), R8
	MOVQ x+16(FP), SI
	MOVQ n+24(FP), CX
	VBROADCASTSS SIGN, Z7
	EXPCONSTANTS
	MAP2_512(SWISHGRAD)

// func mulShiftedAVX512(dx, dy, y *float32, n int, shift float32)
//
// DI dx   SI dy   R8 y   CX n   Z7 shift
TEXT ·mulShiftedAVX512(SB), NOSPLIT, $0-36
	MOVQ dx+0(FP), DI
	MOVQ dy+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ n+24(FP), CX
	VBROADCASTSS shift+32(FP), Z7
	MAP2_512(MULSHIFTED)
