//go:build !noasm

#include "textflag.h"

// func dotsAVX2(dst *float32, ldd int, x, w *float32, k, body, rows int)
//
// DI dst   R9 ldd in bytes   SI row of x   R8 w   R10 k in bytes   R11 rows left
// AX term × 4   R12 terms in whole blocks of 32, R13 of 8, × 4
// Y0…Y3 lanes   Y4…Y7 x
TEXT ·dotsAVX2(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ ldd+8(FP), R9
	MOVQ x+16(FP), SI
	MOVQ w+24(FP), R8
	MOVQ k+32(FP), R10
	MOVQ body+40(FP), R13
	MOVQ rows+48(FP), R11
	MOVQ R13, R12
	ANDQ $-32, R12
	SHLQ $2, R9
	SHLQ $2, R10
	SHLQ $2, R12
	SHLQ $2, R13

row: // for r := range rows
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	XORL AX, AX

blocks:
	CMPQ AX, R12
	JAE eight
	VMOVUPS (SI)(AX*1), Y4
	VMOVUPS 32(SI)(AX*1), Y5
	VMOVUPS 64(SI)(AX*1), Y6
	VMOVUPS 96(SI)(AX*1), Y7
	VFMADD231PS (R8)(AX*1), Y4, Y0
	VFMADD231PS 32(R8)(AX*1), Y5, Y1
	VFMADD231PS 64(R8)(AX*1), Y6, Y2
	VFMADD231PS 96(R8)(AX*1), Y7, Y3
	ADDQ $128, AX
	JMP blocks

eight:
	CMPQ AX, R13
	JAE fold
	VMOVUPS (SI)(AX*1), Y4
	VFMADD231PS (R8)(AX*1), Y4, Y0
	ADDQ $32, AX
	JMP eight

fold:
	VADDPS Y2, Y0, Y0
	VADDPS Y3, Y1, Y1
	VADDPS Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS X1, X0, X0
	VPERMILPS $0x4e, X0, X1
	VADDPS X1, X0, X0
	VPERMILPS $0xb1, X0, X1
	VADDSS X1, X0, X0
	VMOVSS X0, (DI)
	ADDQ R9, DI
	ADDQ R10, SI
	DECQ R11
	JNZ row
	VZEROUPPER
	RET
