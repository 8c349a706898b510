//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"
#include "map_neon_arm64.h"

// EXP is d = exp(x). It uses x, V4, V5, V6. FMIN and FMAX give NaN for a NaN.
// V16 high   V17 low   V18 log2e   V19 rounding bit   V20, V21 ln 2
// V22…V26 coefficients 6…2   V27 1
#define EXP(x, d) \
	FMIN4S(x, 16, x) \
	FMAX4S(x, 17, x) \
	FMUL4S(x, 18, 4) \
	FADD4S(19, 4, 4) \ // k = x·log2e + roundBit
	FSUB4S(19, 4, 5) \ // n = k − roundBit
	FMUL4S(5, 20, 6) \
	FSUB4S(6, x, x)  \
	FMUL4S(5, 21, 6) \
	FSUB4S(6, x, x)  \ // r = x − n·ln2
	FMUL4S(x, 22, 6) \
	FADD4S(23, 6, 6) \
	FMUL4S(x, 6, 6)  \
	FADD4S(24, 6, 6) \
	FMUL4S(x, 6, 6)  \
	FADD4S(25, 6, 6) \
	FMUL4S(x, 6, 6)  \
	FADD4S(26, 6, 6) \
	FMUL4S(x, 6, 6)  \
	FADD4S(27, 6, 6) \
	FMUL4S(x, 6, 6)  \
	FADD4S(27, 6, 6) \ // p = exp(r)
	SUB4S(19, 4, 4)  \ // i = n as an integer
	SSHR4S(1, 4, 5)  \ // h = i>>1
	SUB4S(5, 4, 4)   \
	SHL4S(23, 5, 5)  \
	SHL4S(23, 4, 4)  \
	ADD4S(27, 5, 5)  \ // 2^h: h<<23 added to the bits of 1
	ADD4S(27, 4, 4)  \ // 2^(i−h)
	FMUL4S(5, 6, 6)  \
	FMUL4S(4, 6, d)

// EXPCONSTANTS sets V16…V27. It uses R5.
#define EXPCONSTANTS \
	MOVD $·expConst(SB), R5 \
	VLD1R.P 4(R5), [V16.S4] \
	VLD1R.P 4(R5), [V17.S4] \
	VLD1R.P 4(R5), [V18.S4] \
	VLD1R.P 4(R5), [V19.S4] \
	VLD1R.P 4(R5), [V20.S4] \
	VLD1R.P 4(R5), [V21.S4] \
	VLD1R.P 4(R5), [V22.S4] \
	VLD1R.P 4(R5), [V23.S4] \
	VLD1R.P 4(R5), [V24.S4] \
	VLD1R.P 4(R5), [V25.S4] \
	VLD1R.P 4(R5), [V26.S4] \
	VLD1R.P 4(R5), [V27.S4]

// LOG is d = ln(x). It uses x, V4…V7. FMIN and FMAX give NaN for a NaN.
// V16 smallest   V17 largest   V18 bits of √½   V19 1   V20…V27 coefficients 7…0
// V28 −½   V29, V30 ln 2
#define LOG(x, d) \
	FMAX4S(16, x, x)  \
	FMIN4S(17, x, x)  \
	SUB4S(18, x, 4)   \
	SSHR4S(23, 4, 4)  \ // k
	SHL4S(23, 4, 5)   \
	SUB4S(5, x, 5)    \
	FSUB4S(19, 5, 5)  \ // t
	SCVTF4S(4, 4)     \ // n
	FSUB4S(x, x, x)   \ // x − x
	FMUL4S(5, 20, 6)  \
	FADD4S(21, 6, 6)  \
	FMUL4S(5, 6, 6)   \
	FADD4S(22, 6, 6)  \
	FMUL4S(5, 6, 6)   \
	FADD4S(23, 6, 6)  \
	FMUL4S(5, 6, 6)   \
	FADD4S(24, 6, 6)  \
	FMUL4S(5, 6, 6)   \
	FADD4S(25, 6, 6)  \
	FMUL4S(5, 6, 6)   \
	FADD4S(26, 6, 6)  \
	FMUL4S(5, 6, 6)   \
	FADD4S(27, 6, 6)  \
	FMUL4S(5, 6, 6)   \
	FADD4S(28, 6, 6)  \ // p·t − ½
	FMUL4S(5, 5, 7)   \
	FMUL4S(7, 6, 6)   \
	FMUL4S(4, 29, 7)  \
	FADD4S(7, 6, 6)   \
	FADD4S(5, 6, 6)   \
	FMUL4S(4, 30, 7)  \
	FADD4S(7, 6, 6)   \ // + n·ln 2
	FADD4S(x, 6, d)

// LOGCONSTANTS sets V16…V30. It uses R5.
#define LOGCONSTANTS \
	MOVD $·logConst(SB), R5 \
	VLD1R.P 4(R5), [V16.S4] \
	VLD1R.P 4(R5), [V17.S4] \
	VLD1R.P 4(R5), [V18.S4] \
	VLD1R.P 4(R5), [V19.S4] \
	VLD1R.P 4(R5), [V20.S4] \
	VLD1R.P 4(R5), [V21.S4] \
	VLD1R.P 4(R5), [V22.S4] \
	VLD1R.P 4(R5), [V23.S4] \
	VLD1R.P 4(R5), [V24.S4] \
	VLD1R.P 4(R5), [V25.S4] \
	VLD1R.P 4(R5), [V26.S4] \
	VLD1R.P 4(R5), [V27.S4] \
	VLD1R.P 4(R5), [V28.S4] \
	VLD1R.P 4(R5), [V29.S4] \
	VLD1R.P 4(R5), [V30.S4]

#define EXPSHIFTED(x, d) \
	FSUB4S(31, x, x) \
	EXP(x, d)

// SWISH leaves x·s in x, s + x·s·(1 − s) in d. It uses V7 and V8.
#define SWISH(x, d) \
	COPY(x, 7)       \
	FNEG4S(x, x)     \
	EXP(x, d)        \
	FADD4S(27, d, d) \
	FDIV4S(d, 27, d) \ // s = 1/(1 + exp(−x))
	FSUB4S(d, 27, 8) \
	FMUL4S(d, 7, x)  \
	FMUL4S(x, 8, 8)  \
	FADD4S(8, d, d)

// MULSHIFTED takes dy in x, y in y.
#define MULSHIFTED(x, y) \
	FSUB4S(31, x, x) \
	FMUL4S(x, y, y)

// func expShiftedNEON(dst, x *float32, blocks int, shift float32)
//
// R0 dst   R1 x   R3 blocks   V16…V27 as EXP   V31 shift
TEXT ·expShiftedNEON(SB), NOSPLIT, $0-28
	MOVD dst+0(FP), R0
	MOVD x+8(FP), R1
	MOVD blocks+16(FP), R3
	BROADCAST(shift+24(FP), V31.S4)
	EXPCONSTANTS
	MAP1(EXPSHIFTED)

// func logarithmNEON(dst, x *float32, blocks int)
//
// R0 dst   R1 x   R3 blocks   V16…V30 as LOG
TEXT ·logarithmNEON(SB), NOSPLIT, $0-24
	MOVD dst+0(FP), R0
	MOVD x+8(FP), R1
	MOVD blocks+16(FP), R3
	LOGCONSTANTS
	MAP1(LOG)

// func swishNEON(y, slope, x *float32, blocks int)
//
// R0 y   R2 slope   R1 x   R3 blocks   V16…V27 as EXP   V0…V3, V7, V8 scratch
TEXT ·swishNEON(SB), NOSPLIT, $0-32
	MOVD y+0(FP), R0
	MOVD slope+8(FP), R2
	MOVD x+16(FP), R1
	MOVD blocks+24(FP), R3
	EXPCONSTANTS
loop:
	VLD1.P 32(R1), [V0.S4, V1.S4]
	SWISH(0, 2)
	SWISH(1, 3)
	VST1.P [V0.S4, V1.S4], 32(R0)
	VST1.P [V2.S4, V3.S4], 32(R2)
	SUB $1, R3
	CBNZ R3, loop
	RET

// func mulShiftedNEON(dx, dy, y *float32, blocks int, shift float32)
//
// R0 dx   R1 dy   R2 y   R3 blocks   V31 shift
TEXT ·mulShiftedNEON(SB), NOSPLIT, $0-36
	MOVD dx+0(FP), R0
	MOVD dy+8(FP), R1
	MOVD y+16(FP), R2
	MOVD blocks+24(FP), R3
	BROADCAST(shift+32(FP), V31.S4)
	MAP2(MULSHIFTED)
