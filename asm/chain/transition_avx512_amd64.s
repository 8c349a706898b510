//go:build !noasm

#include "go_asm.h"
#include "textflag.h"

DATA magnitude<>+0(SB)/8, $0x7fffffffffffffff
GLOBL magnitude<>(SB), RODATA|NOPTR, $8
DATA mantissa<>+0(SB)/8, $0x000fffffffffffff
GLOBL mantissa<>(SB), RODATA|NOPTR, $8
DATA one<>+0(SB)/8, $0x3ff0000000000000
GLOBL one<>(SB), RODATA|NOPTR, $8

// func transitionAVX512(t *transition, to, from, grad *float32, blocks int, p *proposal)
//
// AX t   DI to   SI from   R8 grad   CX blocks   DX p
// Z0 quadratic   Z2 product   Z4 exponent
// Z6 bound   Z7 −bound   Z8 overBound   Z9 drift   Z10 1
// Z16 magnitude   Z17 mantissa   K1 all lanes if linear
// Z11 v   Z12 r   Z13 weight   BX scratch
TEXT ·transitionAVX512(SB), NOSPLIT, $0-48
	MOVQ t+0(FP), AX
	MOVQ to+8(FP), DI
	MOVQ from+16(FP), SI
	MOVQ grad+24(FP), R8
	MOVQ blocks+32(FP), CX
	MOVQ p+40(FP), DX
	VMOVUPD transition_quadratic(AX), Z0
	VMOVUPD transition_product(AX), Z2
	VMOVUPD transition_exponent(AX), Z4
	VBROADCASTSD proposal_bound(DX), Z6
	VPXORQ Z7, Z7, Z7
	VSUBPD Z6, Z7, Z7
	VBROADCASTSD proposal_overBound(DX), Z8
	VBROADCASTSD proposal_drift(DX), Z9
	VBROADCASTSD one<>(SB), Z10
	VBROADCASTSD magnitude<>(SB), Z16
	VBROADCASTSD mantissa<>(SB), Z17
	MOVQ proposal_linear(DX), BX
	KMOVW BX, K1

loop:
	VCVTPS2PD (R8), Z11
	VCVTPS2PD (DI), Z12
	VCVTPS2PD (SI), Z13
	VSUBPD Z13, Z12, Z12 // r = to − from
	VMINPD Z11, Z6, Z13 // min(bound, v)
	VMAXPD Z13, Z7, Z13 // max(−bound, …)
	VMULPD Z13, Z9, Z13
	VSUBPD Z13, Z12, Z12 // r −= drift·…
	VPANDQ Z16, Z11, Z11
	VMULPD Z11, Z8, Z11
	VMAXPD Z11, Z10, Z11 // inverse = max(1, |v|·overBound)
	VMULPD Z12, Z12, Z12
	VMOVAPD Z11, Z13
	VMULPD Z11, Z11, K1, Z13 // weight = inverse, or inverse²
	VMULPD Z13, Z12, Z12
	VADDPD Z12, Z0, Z0 // quadratic += r²·weight
	VMULPD Z11, Z2, Z2
	VPSRLQ $52, Z2, Z12
	VPADDQ Z12, Z4, Z4 // exponent
	VPTERNLOGQ $0xea, Z10, Z17, Z2 // product in [1, 2): bits & mantissa | 1
	ADDQ $32, DI
	ADDQ $32, SI
	ADDQ $32, R8
	DECQ CX
	JNZ loop
	VMOVUPD Z0, transition_quadratic(AX)
	VMOVUPD Z2, transition_product(AX)
	VMOVUPD Z4, transition_exponent(AX)
	VZEROUPPER
	RET
