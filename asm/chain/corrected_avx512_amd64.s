//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "noise_amd64.h"

// func stepCorrectedAVX512(z, grad, xi, a, root, kept *float32, blocks int, st *step)
//
// DI z   SI grad   DX xi   R8 a   R10 root   R11 kept   CX blocks   R9 st
// BX scale   AX offset in bytes
// Z0 grad   Z1 c   Z2 √c   Z3 z   Z4 noise·ξ   Z5, Z6 scratch
// Z10 noise   Z11 drift   Z12 1   Z13 b
TEXT ·stepCorrectedAVX512(SB), NOSPLIT, $0-64
	MOVQ z+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ xi+16(FP), DX
	MOVQ a+24(FP), R8
	MOVQ root+32(FP), R10
	MOVQ kept+40(FP), R11
	MOVQ blocks+48(FP), CX
	MOVQ st+56(FP), R9
	VBROADCASTSS step_drift(R9), Z11
	VBROADCASTSS step_noise(R9), Z10
	VBROADCASTSS step_b(R9), Z13
	VBROADCASTSS ONE, Z12
	MOVL step_scale(R9), BX
	XORL AX, AX

loop:
	VMOVUPS (SI)(AX*1), Z0
	VMOVUPS (R8)(AX*1), Z1
	CMPL BX, $const_scaleGiven
	JEQ given
	VANDPS.BCST MAGNITUDE, Z0, Z1
	VDIVPS Z1, Z13, Z1
	VMINPS Z1, Z12, Z1 // NaN for NaN

given:
	VSQRTPS Z1, Z2
	VMULPS Z1, Z11, Z1
	VMULPS Z0, Z1, Z1
	VADDPS (DI)(AX*1), Z1, Z3 // z + (drift·c)·g
	VMULPS (DX)(AX*1), Z10, Z4
	VMULPS Z4, Z2, Z5
	VADDPS Z5, Z3, Z3 // … + √c·(noise·ξ)
	VSUBPS (R10)(AX*1), Z2, Z6
	VMULPS (R11)(AX*1), Z6, Z6
	VADDPS Z6, Z3, Z3 // … + (√c − root)·kept
	VMOVUPS Z3, (DI)(AX*1)
	VMOVUPS Z2, (R10)(AX*1)
	VMOVUPS Z4, (R11)(AX*1)
	ADDQ $64, AX
	DECQ CX
	JNZ loop
	VZEROUPPER
	RET
