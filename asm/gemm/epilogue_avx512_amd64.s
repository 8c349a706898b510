//go:build !noasm

#include "textflag.h"

// Stores of convolutions: see epilogue.go for the loops.
//
// Register map of both
//	DI dst, SI sum, R8 bias or act of the row   R9 R10 ldd, lds in bytes   R11 rows left
//	R12 columns × 4 bytes without the last vector's rest   AX column × 4   CX the rest
//	K1 lanes of the rest   K2 act is not positive   Z0 sum   Z1 leak·sum   Z2 leak   Z3 zero

#define LOAD_ARGS \
	MOVQ dst+0(FP), DI       \
	MOVQ ldd+8(FP), R9       \
	MOVQ sum+16(FP), SI      \
	MOVQ lds+24(FP), R10     \
	MOVQ rows+32(FP), R11    \
	MOVQ columns+40(FP), R12 \
	SHLQ $2, R9              \
	SHLQ $2, R10

// K1 = the low columns%16 bits, R12 = (columns − columns%16) × 4
#define REST \
	MOVQ R12, CX \
	ANDQ $15, CX \
	MOVL $1, AX  \
	SHLL CX, AX  \
	DECL AX      \
	KMOVW AX, K1 \
	SHRQ $4, R12 \
	SHLQ $6, R12

// func storeBiasLeakyReLUAVX512(dst *float32, ldd int, sum *float32, lds, rows, columns int, bias *float32, leak float32)
TEXT ·storeBiasLeakyReLUAVX512(SB), NOSPLIT, $0-60
	LOAD_ARGS
	MOVQ bias+48(FP), R8
	REST
	VBROADCASTSS leak+56(FP), Z2

row: // for r := range rows
	XORL AX, AX
	CMPQ AX, R12
	JAE rest

loop: // s = sum + bias; dst = max(s, leak·s)
	VMOVUPS (SI)(AX*1), Z0
	VADDPS (R8)(AX*1), Z0, Z0
	VMULPS Z2, Z0, Z1
	VMAXPS Z0, Z1, Z0
	VMOVUPS Z0, (DI)(AX*1)
	ADDQ $64, AX
	CMPQ AX, R12
	JB loop

rest:
	VMOVUPS.Z (SI)(AX*1), K1, Z0
	VADDPS.Z (R8)(AX*1), Z0, K1, Z0
	VMULPS Z2, Z0, Z1
	VMAXPS Z0, Z1, Z0
	VMOVUPS Z0, K1, (DI)(AX*1)
	ADDQ R9, DI
	ADDQ R10, SI
	DECQ R11
	JNZ row
	VZEROUPPER
	RET

// func storeMaskedAVX512(dst *float32, ldd int, sum *float32, lds, rows, columns int, act *float32, leak float32)
TEXT ·storeMaskedAVX512(SB), NOSPLIT, $0-60
	LOAD_ARGS
	MOVQ act+48(FP), R8
	REST
	VBROADCASTSS leak+56(FP), Z2
	VPXORD Z3, Z3, Z3

row: // for r := range rows
	XORL AX, AX
	CMPQ AX, R12
	JAE rest

loop: // dst = !(0 < act) ? sum·leak : sum
	VMOVUPS (SI)(AX*1), Z0
	VCMPPS $5, (R8)(AX*1), Z3, K2
	VMULPS Z2, Z0, K2, Z0
	VMOVUPS Z0, (DI)(AX*1)
	ADDQ $64, AX
	CMPQ AX, R12
	JB loop

rest:
	VMOVUPS.Z (SI)(AX*1), K1, Z0
	VCMPPS $5, (R8)(AX*1), Z3, K1, K2
	VMULPS Z2, Z0, K2, Z0
	VMOVUPS Z0, K1, (DI)(AX*1)
	ADDQ R9, DI
	ADDQ R10, SI
	ADDQ R9, R8
	DECQ R11
	JNZ row
	VZEROUPPER
	RET

