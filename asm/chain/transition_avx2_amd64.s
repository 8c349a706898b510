//go:build !noasm

#include "go_asm.h"
#include "textflag.h"

DATA magnitude<>+0(SB)/8, $0x7fffffffffffffff
GLOBL magnitude<>(SB), RODATA|NOPTR, $8
DATA mantissa<>+0(SB)/8, $0x000fffffffffffff
GLOBL mantissa<>(SB), RODATA|NOPTR, $8
DATA one<>+0(SB)/8, $0x3ff0000000000000
GLOBL one<>(SB), RODATA|NOPTR, $8

// TERMS adds the terms of four coordinates to the lanes q, m, e. MINPD and MAXPD
// return their second source for a NaN. It uses Y12, Y13, Y14, Y11.
#define TERMS(off, q, m, e) \
	VCVTPS2PD off(R8), Y11                \ // v
	VCVTPS2PD off(DI), Y12                \
	VCVTPS2PD off(SI), Y13                \
	VSUBPD Y13, Y12, Y12                  \ // r = to − from
	VMINPD Y11, Y6, Y13                   \ // min(bound, v)
	VMAXPD Y13, Y7, Y13                   \ // max(−bound, …)
	VMULPD Y13, Y9, Y13                   \
	VSUBPD Y13, Y12, Y12                  \ // r −= drift·…
	VBROADCASTSD magnitude<>(SB), Y13     \
	VANDPD Y13, Y11, Y11                  \
	VMULPD Y11, Y8, Y11                   \
	VMAXPD Y11, Y10, Y11                  \ // inverse = max(1, |v|·overBound)
	VMULPD Y12, Y12, Y12                  \
	VBROADCASTSD proposal_linear(DX), Y13 \
	VBLENDVPD Y13, Y11, Y10, Y13          \
	VMULPD Y13, Y11, Y13                  \ // weight = inverse·(linear ? inverse : 1)
	VMULPD Y13, Y12, Y12                  \
	VADDPD Y12, q, q                      \ // quadratic += r²·weight
	VMULPD Y11, m, m                      \
	VPSRLQ $52, m, Y12                    \
	VPADDQ Y12, e, e                      \ // exponent
	VBROADCASTSD mantissa<>(SB), Y13      \
	VANDPD Y13, m, m                      \
	VORPD Y10, m, m                         // product in [1, 2)

// func transitionAVX2(t *transition, to, from, grad *float32, blocks int, p *proposal)
//
// AX t   DI to   SI from   R8 grad   CX blocks   DX p
// Y0, Y1 quadratic   Y2, Y3 product   Y4, Y5 exponent
// Y6 bound   Y7 −bound   Y8 overBound   Y9 drift   Y10 1
TEXT ·transitionAVX2(SB), NOSPLIT, $0-48
	MOVQ t+0(FP), AX
	MOVQ to+8(FP), DI
	MOVQ from+16(FP), SI
	MOVQ grad+24(FP), R8
	MOVQ blocks+32(FP), CX
	MOVQ p+40(FP), DX
	VMOVUPD transition_quadratic(AX), Y0
	VMOVUPD (transition_quadratic+32)(AX), Y1
	VMOVUPD transition_product(AX), Y2
	VMOVUPD (transition_product+32)(AX), Y3
	VMOVUPD transition_exponent(AX), Y4
	VMOVUPD (transition_exponent+32)(AX), Y5
	VBROADCASTSD proposal_bound(DX), Y6
	VXORPD Y7, Y7, Y7
	VSUBPD Y6, Y7, Y7
	VBROADCASTSD proposal_overBound(DX), Y8
	VBROADCASTSD proposal_drift(DX), Y9
	VBROADCASTSD one<>(SB), Y10

loop:
	TERMS(0, Y0, Y2, Y4)
	TERMS(16, Y1, Y3, Y5)
	ADDQ $32, DI
	ADDQ $32, SI
	ADDQ $32, R8
	DECQ CX
	JNZ loop
	VMOVUPD Y0, transition_quadratic(AX)
	VMOVUPD Y1, (transition_quadratic+32)(AX)
	VMOVUPD Y2, transition_product(AX)
	VMOVUPD Y3, (transition_product+32)(AX)
	VMOVUPD Y4, transition_exponent(AX)
	VMOVUPD Y5, (transition_exponent+32)(AX)
	VZEROUPPER
	RET
