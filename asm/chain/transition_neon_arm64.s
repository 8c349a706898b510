//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "neon_arm64.h"

// TERMS adds the terms of two coordinates to the lanes q, m, e: to in V12, from in
// V13, v in V14, all float64. FMIN and FMAX give NaN for a NaN. It uses V15, V16.
// V24 linear   V25 mantissa bits   V26 1   V27 drift   V28 overBound
// V29 −bound   V30 bound
#define TERMS(q, m, e) \
	FSUB2D(13, 12, 12) \ // r = to − from
	FMIN2D(14, 30, 15) \
	FMAX2D(15, 29, 15) \
	FMUL2D(15, 27, 15) \
	FSUB2D(15, 12, 12) \ // r −= drift·clamp(v, −bound, bound)
	FABS2D(14, 14)     \
	FMUL2D(14, 28, 14) \
	FMAX2D(14, 26, 14) \ // inverse = max(1, |v|·overBound)
	FMUL2D(12, 12, 12) \
	COPY(24, 15)       \
	BSL16B(26, 14, 15) \
	FMUL2D(15, 14, 15) \ // weight = inverse·(linear ? inverse : 1)
	FMUL2D(15, 12, 12) \
	FADD2D(12, q, q)   \ // quadratic += r²·weight
	FMUL2D(14, m, m)   \
	USHR2D(52, m, 16)  \
	ADD2D(16, e, e)    \ // exponent
	AND16B(25, m, m)   \
	ORR16B(26, m, m)     // product in [1, 2)

// func transitionNEON(t *transition, to, from, grad *float32, blocks int, p *proposal)
//
// R0 t   R1 to   R2 from   R4 grad   R3 blocks   R5 p   R6, R7 scratch
// V0…V3 quadratic   V4…V7 product   V8…V11 exponent   V17…V22 float32
TEXT ·transitionNEON(SB), NOSPLIT, $0-48
	MOVD t+0(FP), R0
	MOVD to+8(FP), R1
	MOVD from+16(FP), R2
	MOVD grad+24(FP), R4
	MOVD blocks+32(FP), R3
	MOVD p+40(FP), R5
	ADD $transition_quadratic, R0, R6
	VLD1 (R6), [V0.D2, V1.D2, V2.D2, V3.D2]
	ADD $transition_product, R0, R6
	VLD1 (R6), [V4.D2, V5.D2, V6.D2, V7.D2]
	ADD $transition_exponent, R0, R6
	VLD1 (R6), [V8.D2, V9.D2, V10.D2, V11.D2]
	MOVD proposal_linear(R5), R6
	VDUP R6, V24.D2
	MOVD $0x000fffffffffffff, R6
	VDUP R6, V25.D2
	MOVD $0x3ff0000000000000, R6
	VDUP R6, V26.D2
	MOVD proposal_drift(R5), R6
	VDUP R6, V27.D2
	MOVD proposal_overBound(R5), R6
	VDUP R6, V28.D2
	MOVD proposal_bound(R5), R6
	VDUP R6, V30.D2
	MOVD $0x8000000000000000, R7
	EOR R7, R6, R6
	VDUP R6, V29.D2

loop:
	VLD1.P 32(R1), [V17.S4, V18.S4]
	VLD1.P 32(R2), [V19.S4, V20.S4]
	VLD1.P 32(R4), [V21.S4, V22.S4]
	FCVTL(17, 12)
	FCVTL(19, 13)
	FCVTL(21, 14)
	TERMS(0, 4, 8)
	FCVTL2(17, 12)
	FCVTL2(19, 13)
	FCVTL2(21, 14)
	TERMS(1, 5, 9)
	FCVTL(18, 12)
	FCVTL(20, 13)
	FCVTL(22, 14)
	TERMS(2, 6, 10)
	FCVTL2(18, 12)
	FCVTL2(20, 13)
	FCVTL2(22, 14)
	TERMS(3, 7, 11)
	SUB $1, R3
	CBNZ R3, loop
	ADD $transition_quadratic, R0, R6
	VST1 [V0.D2, V1.D2, V2.D2, V3.D2], (R6)
	ADD $transition_product, R0, R6
	VST1 [V4.D2, V5.D2, V6.D2, V7.D2], (R6)
	ADD $transition_exponent, R0, R6
	VST1 [V8.D2, V9.D2, V10.D2, V11.D2], (R6)
	RET
