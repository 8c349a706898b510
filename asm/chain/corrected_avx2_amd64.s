//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "noise_amd64.h"

// func stepCorrectedAVX2(z, grad, xi, a, root, kept *float32, blocks int, st *step)
//
// DI z   SI grad   DX xi   R8 a   R10 root   R11 kept   CX blocks   R9 st
// BX scale   AX offset in bytes
// Y0 grad   Y1 c   Y2 √c   Y3 z   Y4 noise·ξ   Y5, Y6 scratch
// Y10 noise   Y11 drift   Y12 1   Y13 b
TEXT ·stepCorrectedAVX2(SB), NOSPLIT, $0-64
	MOVQ z+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ xi+16(FP), DX
	MOVQ a+24(FP), R8
	MOVQ root+32(FP), R10
	MOVQ kept+40(FP), R11
	MOVQ blocks+48(FP), CX
	MOVQ st+56(FP), R9
	VBROADCASTSS step_drift(R9), Y11
	VBROADCASTSS step_noise(R9), Y10
	VBROADCASTSS step_b(R9), Y13
	VMOVUPS ONE, Y12
	MOVL step_scale(R9), BX
	XORL AX, AX

loop:
	VMOVUPS (SI)(AX*1), Y0
	VMOVUPS (R8)(AX*1), Y1
	CMPL BX, $const_scaleGiven
	JEQ given
	VANDPS MAGNITUDE, Y0, Y1
	VDIVPS Y1, Y13, Y1
	VMINPS Y1, Y12, Y1 // NaN for NaN

given:
	VSQRTPS Y1, Y2
	VMULPS Y1, Y11, Y1
	VMULPS Y0, Y1, Y1
	VADDPS (DI)(AX*1), Y1, Y3 // z + (drift·c)·g
	VMULPS (DX)(AX*1), Y10, Y4
	VMULPS Y4, Y2, Y5
	VADDPS Y5, Y3, Y3 // … + √c·(noise·ξ)
	VSUBPS (R10)(AX*1), Y2, Y6
	VMULPS (R11)(AX*1), Y6, Y6
	VADDPS Y6, Y3, Y3 // … + (√c − root)·kept
	VMOVUPS Y3, (DI)(AX*1)
	VMOVUPS Y2, (R10)(AX*1)
	VMOVUPS Y4, (R11)(AX*1)
	ADDQ $32, AX
	DECQ CX
	JNZ loop
	VZEROUPPER
	RET
