// Rows of expConst.
#define ROW(i)    ·expConst+i*32(SB)
#define HIGH      ROW(0)
#define LOW       ROW(1)
#define LOG2E     ROW(2)
#define ROUND     ROW(3)
#define LN2HIGH   ROW(4)
#define LN2LOW    ROW(5)
#define C6        ROW(6)
#define C5        ROW(7)
#define C4        ROW(8)
#define C3        ROW(9)
#define C2        ROW(10)
#define ONE       ROW(11)
#define SIGN      ROW(12)

// EXP is V1 = exp(V0). It uses V0, V2, V3, V9, and ROUNDING, which the tiers keep
// where they have room. MINPS and MAXPS return their
// second source for a NaN.
// V4 high   V5 low   V6 1
#define EXP \
	VMINPS V0, V4, V0       \ // x = min(high, x)
	VMAXPS V0, V5, V0       \ // x = max(low, x)
	TIMES(LOG2E, V0, V2)    \
	VADDPS ROUNDING, V2, V2 \ // k = x·log2e + roundBit
	VSUBPS ROUNDING, V2, V3 \ // n = k − roundBit
	TIMES(LN2HIGH, V3, V9)  \
	VSUBPS V9, V0, V0       \
	TIMES(LN2LOW, V3, V9)   \
	VSUBPS V9, V0, V0       \ // r = x − n·ln2
	TIMES(C6, V0, V1)       \
	PLUS(C5, V1, V1)        \
	VMULPS V0, V1, V1       \
	PLUS(C4, V1, V1)        \
	VMULPS V0, V1, V1       \
	PLUS(C3, V1, V1)        \
	VMULPS V0, V1, V1       \
	PLUS(C2, V1, V1)        \
	VMULPS V0, V1, V1       \
	VADDPS V6, V1, V1       \
	VMULPS V0, V1, V1       \
	VADDPS V6, V1, V1       \ // p = exp(r)
	VPSUBD ROUNDING, V2, V2 \ // i = n as an integer
	VPSRAD $1, V2, V3       \ // h = i>>1
	VPSUBD V3, V2, V2       \
	VPSLLD $23, V3, V3      \
	VPSLLD $23, V2, V2      \
	VPADDD V6, V3, V3       \ // 2^h: h<<23 added to the bits of 1
	VPADDD V6, V2, V2       \ // 2^(i−h)
	VMULPS V3, V1, V1       \
	VMULPS V2, V1, V1

#define EXPCONSTANTS \
	CONSTANT(HIGH, V4) \
	CONSTANT(LOW, V5)  \
	CONSTANT(ONE, V6)

#define EXPSHIFTED \
	VSUBPS V7, V0, V0 \
	EXP

// SWISH is V1 = x/(1 + exp(−x)) of x in V0. V7 sign bit   V10 x
#define SWISH \
	VMOVAPS V0, V10    \
	VXORPS V7, V0, V0  \ // −x
	EXP                \
	VADDPS V6, V1, V1  \
	VDIVPS V1, V10, V1   // x/(1 + exp(−x))

// SWISHGRAD is V1 = dy·s·(1 + x·(1 − s)), s = 1/(1 + exp(−x)), of x in V0 and dy in
// V1. V7 sign bit   V10 x   V11 dy
#define SWISHGRAD \
	VMOVAPS V0, V10    \ // x
	VMOVAPS V1, V11    \ // dy
	VXORPS V7, V0, V0  \
	EXP                \
	VADDPS V6, V1, V1  \
	VDIVPS V1, V6, V1  \ // s = 1/(1 + exp(−x))
	VSUBPS V1, V6, V2  \
	VMULPS V2, V10, V2 \
	VADDPS V2, V6, V2  \ // 1 + x·(1 − s)
	VMULPS V11, V1, V1 \ // dy·s
	VMULPS V2, V1, V1

#define MULSHIFTED \
	VSUBPS V7, V0, V0 \
	VMULPS V0, V1, V1

// Rows of logConst.
#define LOGROW(i) ·logConst+i*32(SB)

// LOG is V1 = ln(V0). It uses V0, V2, V3, V9. MINPS and MAXPS return their second
// source for a NaN.
// V4 smallest   V5 largest   V6 1   V7 bits of √½
#define LOG \
	VMAXPS V0, V4, V0             \ // x = max(smallest, x)
	VMINPS V0, V5, V0             \ // x = min(largest, x)
	VPSUBD V7, V0, V2             \
	VPSRAD $23, V2, V2            \ // k
	VPSLLD $23, V2, V3            \
	VPSUBD V3, V0, V3             \
	VSUBPS V6, V3, V3             \ // t
	VCVTDQ2PS V2, V2              \ // n = float32(k)
	VSUBPS V0, V0, V0             \ // x − x
	TIMES(LOGROW(4), V3, V1)      \
	PLUS(LOGROW(5), V1, V1)       \
	VMULPS V3, V1, V1             \
	PLUS(LOGROW(6), V1, V1)       \
	VMULPS V3, V1, V1             \
	PLUS(LOGROW(7), V1, V1)       \
	VMULPS V3, V1, V1             \
	PLUS(LOGROW(8), V1, V1)       \
	VMULPS V3, V1, V1             \
	PLUS(LOGROW(9), V1, V1)       \
	VMULPS V3, V1, V1             \
	PLUS(LOGROW(10), V1, V1)      \
	VMULPS V3, V1, V1             \
	PLUS(LOGROW(11), V1, V1)      \
	VMULPS V3, V1, V1             \
	PLUS(LOGROW(12), V1, V1)      \ // p·t − ½
	VMULPS V3, V3, V9             \
	VMULPS V9, V1, V1             \
	TIMES(LOGROW(13), V2, V9)     \
	VADDPS V9, V1, V1             \
	VADDPS V3, V1, V1             \
	TIMES(LOGROW(14), V2, V9)     \
	VADDPS V9, V1, V1             \ // + n·ln 2
	VADDPS V0, V1, V1

#define LOGCONSTANTS \
	CONSTANT(LOGROW(0), V4) \
	CONSTANT(LOGROW(1), V5) \
	CONSTANT(LOGROW(3), V6) \
	CONSTANT(LOGROW(2), V7)
