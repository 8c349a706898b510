//go:build !noasm

#include "textflag.h"

// x += x·2⁻⁴⁰, four lanes
#define FMA(x) VFMLA V31.S4, x.S4, x.S4

#define ZERO(x) VEOR x.B16, x.B16, x.B16

#define EACH(f) \
	f(V0)  \
	f(V1)  \
	f(V2)  \
	f(V3)  \
	f(V4)  \
	f(V5)  \
	f(V6)  \
	f(V7)  \
	f(V8)  \
	f(V9)  \
	f(V10) \
	f(V11) \
	f(V12) \
	f(V13) \
	f(V14) \
	f(V15) \
	f(V16) \
	f(V17) \
	f(V18) \
	f(V19) \
	f(V20) \
	f(V21) \
	f(V22) \
	f(V23)

// func fmaNEON(rounds int)
//
// R0 rounds   R1 scratch   V0…V23 chains   V31 2⁻⁴⁰
TEXT ·fmaNEON(SB), NOSPLIT, $0-8
	MOVD rounds+0(FP), R0
	EACH(ZERO)
	MOVD $0x2b800000, R1
	VDUP R1, V31.S4

loop:
	EACH(FMA)
	SUB $1, R0
	CBNZ R0, loop
	RET
