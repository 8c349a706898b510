//go:build !noasm

#include "textflag.h"

// func dotsAVX512(dst *float32, ldd int, x, w *float32, k, rows int)
//
// DI dst   R9 ldd in bytes   SI row of x   R8 w   R10 k in bytes   R11 rows left
// AX term × 4   R12 terms in whole blocks of 64, R13 of 16, × 4   K1 the rest
// Z0…Z3 lanes   Z4…Z7 x   CX scratch
TEXT ·dotsAVX512(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ ldd+8(FP), R9
	MOVQ x+16(FP), SI
	MOVQ w+24(FP), R8
	MOVQ k+32(FP), R10
	MOVQ rows+40(FP), R11
	SHLQ $2, R9
	MOVQ R10, CX
	ANDQ $15, CX
	MOVL $1, AX
	SHLL CX, AX
	DECL AX
	KMOVW AX, K1
	MOVQ R10, R12
	ANDQ $-64, R12
	SHLQ $2, R12
	MOVQ R10, R13
	ANDQ $-16, R13
	SHLQ $2, R13
	SHLQ $2, R10

row: // for r := range rows
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3
	XORL AX, AX

blocks:
	CMPQ AX, R12
	JAE sixteen
	VMOVUPS (SI)(AX*1), Z4
	VMOVUPS 64(SI)(AX*1), Z5
	VMOVUPS 128(SI)(AX*1), Z6
	VMOVUPS 192(SI)(AX*1), Z7
	VFMADD231PS (R8)(AX*1), Z4, Z0
	VFMADD231PS 64(R8)(AX*1), Z5, Z1
	VFMADD231PS 128(R8)(AX*1), Z6, Z2
	VFMADD231PS 192(R8)(AX*1), Z7, Z3
	ADDQ $256, AX
	JMP blocks

sixteen:
	CMPQ AX, R13
	JAE rest
	VMOVUPS (SI)(AX*1), Z4
	VFMADD231PS (R8)(AX*1), Z4, Z0
	ADDQ $64, AX
	JMP sixteen

rest:
	CMPQ AX, R10
	JEQ fold
	VMOVUPS.Z (SI)(AX*1), K1, Z4
	VMOVUPS.Z (R8)(AX*1), K1, Z5
	VFMADD231PS Z4, Z5, Z0

fold:
	VADDPS Z2, Z0, Z0
	VADDPS Z3, Z1, Z1
	VADDPS Z1, Z0, Z0
	VEXTRACTF64X4 $1, Z0, Y1
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
