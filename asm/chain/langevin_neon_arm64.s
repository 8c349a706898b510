//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "neon_arm64.h"
#include "noise_neon_arm64.h"

// CLIP is c = min(1, b/|v|). FMIN gives NaN for a NaN. V26 b   V27 1
#define CLIP(v, c) \
	FABS4S(v, c)     \
	FDIV4S(c, 26, c) \
	FMIN4S(c, 27, c)

// APPLY is z = (z + (drift·c)·v) + (noise·d)·ξ. V24 drift   V25 noise
#define APPLY(v, z, xi, c, d) \
	FMUL4S(c, 24, c) \
	FMUL4S(d, 25, d) \
	FMUL4S(v, c, c)  \
	FMUL4S(xi, d, d) \
	FADD4S(c, z, z)  \
	FADD4S(d, z, z)

// FIXED is z = (z + drift·v) + noise·ξ.
#define FIXED(v, z, xi) \
	FMUL4S(v, 24, v)   \
	FMUL4S(xi, 25, xi) \
	FADD4S(v, z, z)    \
	FADD4S(xi, z, z)

// PARAMETERS sets V24 drift, V25 noise, V26 b, V27 1 from the step in R4, and R9
// to 2·scale + linear. It uses R6, R10.
#define PARAMETERS \
	ADD $step_drift, R4, R6    \
	VLD1R (R6), [V24.S4]       \
	ADD $step_noise, R4, R6    \
	VLD1R (R6), [V25.S4]       \
	ADD $step_b, R4, R6        \
	VLD1R (R6), [V26.S4]       \
	MOVD $0x3f800000, R6       \
	VDUP R6, V27.S4            \
	MOVWU step_scale(R4), R9   \
	MOVWU step_linear(R4), R10 \
	ADD R9<<1, R10, R9

// func langevinNEON(z, grad, a *float32, blocks int, st *step, r *stream)
//
// R0 z   R1 grad   R2 a   R3 blocks   R4 st   R7 r   R8 first word of the counter
// R9 2·scale + linear   R5, R6, R10 scratch
// V0…V3 grad   V4…V7 z   V8…V11 c   V12…V15 √c   V20…V23 ξ
// V24 drift   V25 noise   V26 b   V27 1   V29…V31 as MULTIPLIERS
TEXT ·langevinNEON(SB), NOSPLIT, $0-48
	MOVD z+0(FP), R0
	MOVD grad+8(FP), R1
	MOVD a+16(FP), R2
	MOVD blocks+24(FP), R3
	MOVD st+32(FP), R4
	MOVD r+40(FP), R7
	MOVWU stream_ctr(R7), R8
	PARAMETERS
	MULTIPLIERS

loop:
	COUNTERS
	PHILOX
	NORMALS
	VLD4.P 64(R1), [V0.S4, V1.S4, V2.S4, V3.S4]
	VLD4 (R0), [V4.S4, V5.S4, V6.S4, V7.S4]
	CMP $2, R9
	BLT fixed
	CMP $4, R9
	BGE given
	CLIP(0, 8)
	CLIP(1, 9)
	CLIP(2, 10)
	CLIP(3, 11)
	B scaled

given:
	VLD4.P 64(R2), [V8.S4, V9.S4, V10.S4, V11.S4]

scaled:
	TBNZ $0, R9, linear
	FSQRT4S(8, 12)
	FSQRT4S(9, 13)
	FSQRT4S(10, 14)
	FSQRT4S(11, 15)
	B apply

linear:
	COPY(8, 12)
	COPY(9, 13)
	COPY(10, 14)
	COPY(11, 15)

apply:
	APPLY(0, 4, 20, 8, 12)
	APPLY(1, 5, 21, 9, 13)
	APPLY(2, 6, 22, 10, 14)
	APPLY(3, 7, 23, 11, 15)
	B store

fixed:
	FIXED(0, 4, 20)
	FIXED(1, 5, 21)
	FIXED(2, 6, 22)
	FIXED(3, 7, 23)

store:
	VST4.P [V4.S4, V5.S4, V6.S4, V7.S4], 64(R0)
	SUB $1, R3
	CBNZ R3, loop
	RET

// func stepGivenNEON(z, grad, xi, a *float32, blocks int, st *step)
//
// R0 z   R1 grad   R2 a   R3 blocks   R4 st   R11 xi, 0 for none
// R9 2·scale + linear   R6, R10 scratch
// V0 grad   V4 z   V8 c   V12 √c   V20 ξ   V24 drift   V25 noise   V26 b   V27 1
TEXT ·stepGivenNEON(SB), NOSPLIT, $0-48
	MOVD z+0(FP), R0
	MOVD grad+8(FP), R1
	MOVD xi+16(FP), R11
	MOVD a+24(FP), R2
	MOVD blocks+32(FP), R3
	MOVD st+40(FP), R4
	PARAMETERS

loop:
	VLD1.P 16(R1), [V0.S4]
	VLD1 (R0), [V4.S4]
	COPY(27, 8)
	COPY(27, 12)
	CMP $2, R9
	BLT drift
	CMP $4, R9
	BGE given
	CLIP(0, 8)
	B scaled

given:
	VLD1.P 16(R2), [V8.S4]

scaled:
	COPY(8, 12)
	TBNZ $0, R9, drift
	FSQRT4S(8, 12)

drift:
	FMUL4S(8, 24, 8)
	FMUL4S(0, 8, 8)
	FADD4S(8, 4, 4) // z + (drift·c)·g
	CBZ R11, store
	VLD1.P 16(R11), [V20.S4]
	FMUL4S(12, 25, 12)
	FMUL4S(20, 12, 12)
	FADD4S(12, 4, 4) // … + (noise·√c)·ξ

store:
	VST1.P [V4.S4], 16(R0)
	SUB $1, R3
	CBNZ R3, loop
	RET
