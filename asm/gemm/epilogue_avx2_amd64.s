//go:build !noasm

#include "textflag.h"

// Stores of convolutions: see epilogue.go for the loops; columns is a multiple of 8.
//
// Register map of both
//	DI dst, SI sum, R8 bias or act of the row   R9 R10 ldd, lds in bytes   R11 rows left
//	R12 columns × 4 bytes   AX column × 4
//	Y0 sum   Y1 leak·sum   Y2 leak   Y3 zero   Y4 act is positive

#define LOAD_ARGS \
	MOVQ dst+0(FP), DI       \
	MOVQ ldd+8(FP), R9       \
	MOVQ sum+16(FP), SI      \
	MOVQ lds+24(FP), R10     \
	MOVQ rows+32(FP), R11    \
	MOVQ columns+40(FP), R12 \
	SHLQ $2, R9              \
	SHLQ $2, R10

// func storeBiasLeakyReLUAVX2(dst *float32, ldd int, sum *float32, lds, rows, columns int, bias *float32, leak float32)
TEXT ·storeBiasLeakyReLUAVX2(SB), NOSPLIT, $0-60
	LOAD_ARGS
	MOVQ bias+48(FP), R8
	SHLQ $2, R12
	VBROADCASTSS leak+56(FP), Y2

row: // for r := range rows
	XORL AX, AX

loop: // s = sum + bias; dst = max(s, leak·s)
	VMOVUPS (SI)(AX*1), Y0
	VADDPS (R8)(AX*1), Y0, Y0
	VMULPS Y2, Y0, Y1
	VMAXPS Y0, Y1, Y0
	VMOVUPS Y0, (DI)(AX*1)
	ADDQ $32, AX
	CMPQ AX, R12
	JB loop

	ADDQ R9, DI
	ADDQ R10, SI
	DECQ R11
	JNZ row
	VZEROUPPER
	RET

// func storeMaskedAVX2(dst *float32, ldd int, sum *float32, lds, rows, columns int, act *float32, leak float32)
TEXT ·storeMaskedAVX2(SB), NOSPLIT, $0-60
	LOAD_ARGS
	MOVQ act+48(FP), R8
	SHLQ $2, R12
	VBROADCASTSS leak+56(FP), Y2
	VXORPS Y3, Y3, Y3

row: // for r := range rows
	XORL AX, AX

loop: // dst = 0 < act ? sum : sum·leak
	VMOVUPS (SI)(AX*1), Y0
	VMULPS Y2, Y0, Y1
	VCMPPS $1, (R8)(AX*1), Y3, Y4
	VBLENDVPS Y4, Y0, Y1, Y0
	VMOVUPS Y0, (DI)(AX*1)
	ADDQ $32, AX
	CMPQ AX, R12
	JB loop

	ADDQ R9, DI
	ADDQ R10, SI
	ADDQ R9, R8
	DECQ R11
	JNZ row
	VZEROUPPER
	RET
