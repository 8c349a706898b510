//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// SQUARES widens x to float64 and squares it: low half to a, high half to b.
#define SQUARES(x, a, b) \
	FCVTL(x, a)     \
	FCVTL2(x, b)    \
	FMUL2D(a, a, a) \
	FMUL2D(b, b, b)

// CLIP turns the four squared norms in V4, V5 into steps in V0: min(1,
// b/float32(√)). V30 1   V31 b
#define CLIP \
	FSQRT2D(4, 4)    \
	FSQRT2D(5, 5)    \
	FCVTN(4, 0)      \
	FCVTN2(5, 0)     \
	FDIV4S(0, 31, 0) \
	FMIN4S(0, 30, 0)

// PARAMETERS reads the arguments. It uses R10.
#define PARAMETERS \
	MOVD a+0(FP), R0       \
	MOVD grad+8(FP), R1    \
	MOVD blocks+16(FP), R3 \
	MOVWU b+24(FP), R10    \
	VDUP R10, V31.S4       \
	MOVD $0x3f800000, R10  \
	VDUP R10, V30.S4

// func clipPairsNEON(a, grad *float32, blocks int, b float32)
//
// R0 a   R1 grad   R3 blocks   V30 1   V31 b   V1 the second channel   V6, V7 its squares
TEXT ·clipPairsNEON(SB), NOSPLIT, $0-28
	PARAMETERS

loop:
	VLD2.P 32(R1), [V0.S4, V1.S4]
	SQUARES(0, 4, 5)
	SQUARES(1, 6, 7)
	FADD2D(6, 4, 4)
	FADD2D(7, 5, 5)
	CLIP
	COPY(0, 1)
	VST2.P [V0.S4, V1.S4], 32(R0)
	SUB $1, R3
	CBNZ R3, loop
	RET

// func clipTriplesNEON(a, grad *float32, blocks int, b float32)
//
// R0 a   R1 grad   R3 blocks   V30 1   V31 b
// V1, V2 the other channels   V6, V7 their squares
TEXT ·clipTriplesNEON(SB), NOSPLIT, $0-28
	PARAMETERS

loop:
	VLD3.P 48(R1), [V0.S4, V1.S4, V2.S4]
	SQUARES(0, 4, 5)
	SQUARES(1, 6, 7)
	FADD2D(6, 4, 4)
	FADD2D(7, 5, 5)
	SQUARES(2, 6, 7)
	FADD2D(6, 4, 4) // (r² + g²) + b²
	FADD2D(7, 5, 5)
	CLIP
	COPY(0, 1)
	COPY(0, 2)
	VST3.P [V0.S4, V1.S4, V2.S4], 48(R0)
	SUB $1, R3
	CBNZ R3, loop
	RET
