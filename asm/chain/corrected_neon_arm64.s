//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "neon_arm64.h"

// func stepCorrectedNEON(z, grad, xi, a, root, kept *float32, blocks int, st *step)
//
// R0 z   R1 grad   R2 a   R3 blocks   R4 st   R11 xi   R12 root   R13 kept
// R9 scale   R6 scratch
// V0 grad   V1 c   V2 √c   V3 z   V4 noise·ξ   V5 root   V6 kept   V7 scratch
// V24 drift   V25 noise   V26 b   V27 1
TEXT ·stepCorrectedNEON(SB), NOSPLIT, $0-64
	MOVD z+0(FP), R0
	MOVD grad+8(FP), R1
	MOVD xi+16(FP), R11
	MOVD a+24(FP), R2
	MOVD root+32(FP), R12
	MOVD kept+40(FP), R13
	MOVD blocks+48(FP), R3
	MOVD st+56(FP), R4
	ADD $step_drift, R4, R6
	VLD1R (R6), [V24.S4]
	ADD $step_noise, R4, R6
	VLD1R (R6), [V25.S4]
	ADD $step_b, R4, R6
	VLD1R (R6), [V26.S4]
	MOVD $0x3f800000, R6
	VDUP R6, V27.S4
	MOVWU step_scale(R4), R9

loop:
	VLD1.P 16(R1), [V0.S4]
	VLD1.P 16(R2), [V1.S4]
	VLD1 (R0), [V3.S4]
	VLD1.P 16(R11), [V4.S4]
	VLD1 (R12), [V5.S4]
	VLD1 (R13), [V6.S4]
	CMP $const_scaleGiven, R9
	BEQ given
	FABS4S(0, 1)
	FDIV4S(1, 26, 1)
	FMIN4S(1, 27, 1) // NaN for NaN

given:
	FSQRT4S(1, 2)
	FMUL4S(1, 24, 1)
	FMUL4S(0, 1, 1)
	FADD4S(1, 3, 3) // z + (drift·c)·g
	FMUL4S(4, 25, 4)
	FMUL4S(4, 2, 7)
	FADD4S(7, 3, 3) // … + √c·(noise·ξ)
	FSUB4S(5, 2, 5)
	FMUL4S(6, 5, 5)
	FADD4S(5, 3, 3) // … + (√c − root)·kept
	VST1.P [V3.S4], 16(R0)
	VST1.P [V2.S4], 16(R12)
	VST1.P [V4.S4], 16(R13)
	SUB $1, R3
	CBNZ R3, loop
	RET
