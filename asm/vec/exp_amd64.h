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

// EXP is V1 = exp(V0). It uses V0, V2, V3, V9. WHOLE leaves V2 rounded in V3, and POWER
// multiplies V1 by 2^V3, as the tiers can. MINPS and MAXPS return their second source
// for a NaN.
// V4 high   V5 low   V6 1
#define EXP \
	VMINPS V0, V4, V0       \ // x = min(high, x)
	VMAXPS V0, V5, V0       \ // x = max(low, x)
	TIMES(LOG2E, V0, V2)    \
	WHOLE(V2, V3)           \ // n = x·log2e rounded
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
	POWER(V2, V3, V1)

#define EXPCONSTANTS \
	CONSTANT(HIGH, V4) \
	CONSTANT(LOW, V5)  \
	CONSTANT(ONE, V6)

#define EXPSHIFTED \
	VSUBPS V7, V0, V0 \
	EXP

// SWISH is V10 = x·s, V1 = s + x·s·(1 − s), s = 1/(1 + exp(−x)), of x in V0.
// V7 sign bit
#define SWISH \
	VMOVAPS V0, V10     \ // x
	VXORPS V7, V0, V0   \ // −x
	EXP                 \
	VADDPS V6, V1, V1   \
	VDIVPS V1, V6, V1   \ // s
	VSUBPS V1, V6, V2   \
	VMULPS V1, V10, V10 \
	VMULPS V10, V2, V2  \
	VADDPS V2, V1, V1

// SWISH2 is SWISH of two registers, one instruction of each in turn: the chains of both
// are on the way at once, and fewer instructions wait for each other. V0…V3, V9, V10
// as SWISH; x in V11 to V15 = x·s, V12 = the slope. It uses V8, V13, V14.
#define SWISH2 \
	VMOVAPS V0, V10         \
	VMOVAPS V11, V15        \
	VXORPS V7, V0, V0       \
	VXORPS V7, V11, V11     \
	VMINPS V0, V4, V0       \
	VMINPS V11, V4, V11     \
	VMAXPS V0, V5, V0       \
	VMAXPS V11, V5, V11     \
	TIMES(LOG2E, V0, V2)    \
	TIMES(LOG2E, V11, V13)  \
	WHOLE(V2, V3)           \
	WHOLE(V13, V14)         \
	TIMES(LN2HIGH, V3, V9)  \
	TIMES(LN2HIGH, V14, V8) \
	VSUBPS V9, V0, V0       \
	VSUBPS V8, V11, V11     \
	TIMES(LN2LOW, V3, V9)   \
	TIMES(LN2LOW, V14, V8)  \
	VSUBPS V9, V0, V0       \
	VSUBPS V8, V11, V11     \
	TIMES(C6, V0, V1)       \
	TIMES(C6, V11, V12)     \
	PLUS(C5, V1, V1)        \
	PLUS(C5, V12, V12)      \
	VMULPS V0, V1, V1       \
	VMULPS V11, V12, V12    \
	PLUS(C4, V1, V1)        \
	PLUS(C4, V12, V12)      \
	VMULPS V0, V1, V1       \
	VMULPS V11, V12, V12    \
	PLUS(C3, V1, V1)        \
	PLUS(C3, V12, V12)      \
	VMULPS V0, V1, V1       \
	VMULPS V11, V12, V12    \
	PLUS(C2, V1, V1)        \
	PLUS(C2, V12, V12)      \
	VMULPS V0, V1, V1       \
	VMULPS V11, V12, V12    \
	VADDPS V6, V1, V1       \
	VADDPS V6, V12, V12     \
	VMULPS V0, V1, V1       \
	VMULPS V11, V12, V12    \
	VADDPS V6, V1, V1       \
	VADDPS V6, V12, V12     \
	POWER(V2, V3, V1)       \
	POWER(V13, V14, V12)    \
	VADDPS V6, V1, V1       \
	VADDPS V6, V12, V12     \
	VDIVPS V1, V6, V1       \
	VDIVPS V12, V6, V12     \
	VSUBPS V1, V6, V2       \
	VSUBPS V12, V6, V13     \
	VMULPS V1, V10, V10     \
	VMULPS V12, V15, V15    \
	VMULPS V10, V2, V2      \
	VMULPS V15, V13, V13    \
	VADDPS V2, V1, V1       \
	VADDPS V13, V12, V12

// SWISHES is y[i], slope[i] = SWISH of x[i].
// DI y   R8 slope   SI x   CX n   AX index
#define SWISHES \
	XORL AX, AX                  \
	SUBQ $(2*WIDTH), CX          \
	JLT small                    \
pair:                                \
	VMOVUPS (SI)(AX*4), V0       \
	VMOVUPS BYTES(SI)(AX*4), V11 \
	SWISH2                       \
	VMOVUPS V10, (DI)(AX*4)      \
	VMOVUPS V1, (R8)(AX*4)       \
	VMOVUPS V15, BYTES(DI)(AX*4) \
	VMOVUPS V12, BYTES(R8)(AX*4) \
	ADDQ $(2*WIDTH), AX          \
	SUBQ $(2*WIDTH), CX          \
	JGE pair                     \
small:                               \
	ADDQ $WIDTH, CX              \
	JLT rest                     \
loop:                                \
	VMOVUPS (SI)(AX*4), V0       \
	SWISH                        \
	VMOVUPS V10, (DI)(AX*4)      \
	VMOVUPS V1, (R8)(AX*4)       \
	ADDQ $WIDTH, AX              \
	SUBQ $WIDTH, CX              \
	JGE loop                     \
rest:                                \
	ADDQ $WIDTH, CX              \
	JLE done                     \
	TAILMASK                     \
	LOADTAIL((SI)(AX*4), V0)     \
	SWISH                        \
	STORETAIL(V10, (DI)(AX*4))   \
	STORETAIL(V1, (R8)(AX*4))    \
done:                                \
	VZEROUPPER                   \
	RET

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
