//go:build !noasm

#include "textflag.h"
#include "cooktoom_avx512_amd64.h"
#include "f4x2_amd64.h"

// Forward transforms of Cook–Toom F(4×4, 2×2) with AVX-512, 16 channels at a
// time, a whole patch in registers: see f4x2.go for the matrices.

// (b, c, a, d, e) = Bᵀ·(a, b, c, d, e): 2·(d − 25/16·b) ± (c − 25/16·a) at ±½, likewise
// at ±5/4. Additions are kept apart from multiplications: some processors have pipes of
// their own for them.
#define INPUT(a, b, c, d, e, t) \
	VMULPS Z30, c, t       \
	VFNMADD231PS a, Z31, t \
	VFNMADD231PS c, Z28, e \
	VFNMADD231PS t, Z30, e \
	VFNMADD231PS a, Z27, c \
	VADDPS d, d, a         \
	VFNMADD231PS b, Z29, a \
	VFNMADD231PS b, Z28, d \
	VADDPS c, a, b         \
	VSUBPS c, a, c         \
	VADDPS t, d, a         \
	VSUBPS t, d, d

// the five points of a row of the transformed patch; DI to the next row
#define WRITE5(a, b, c, d, e) \
	VMOVUPS a, (DI)        \
	VMOVUPS b, (DI)(BX*1)  \
	VMOVUPS c, (DI)(BX*2)  \
	VMOVUPS d, (DI)(R12*1) \
	VMOVUPS e, (DI)(BX*4)  \
	ADDQ R13, DI

// func input4x2AVX512(v *float32, point int, x *float32, origin, row, column, edges, channels int)
//
//	v[(5i+j)*point+c] = Σ Bᵀ[i][k]·x[origin+k*row+l*column+c]·Bᵀ[j][l]
//
// SI R8 R9 R10 R11 rows 0…4 of the patch   CX, DX column × 4, × 12 bytes
// R15 v   DI row of v   BX R12 R13 point × 4, 12, 20 bytes   AX channels left
// K1 K2 K3 K4 row 0, row 4, column 0, column 4 lie inside   K5 corners
// Z0…Z14 Z16…Z25 place 5i+j   Z26 spare   Z27…Z31 25/16, ¼, 25/8, 5/4, 5/16
TEXT ·input4x2AVX512(SB), NOSPLIT, $0-64
	MOVQ edges+48(FP), R15
	INSIDE(0, K1)
	INSIDE(1, K2)
	INSIDE(2, K3)
	INSIDE(3, K4)
	MOVQ v+0(FP), R15
	MOVQ point+8(FP), BX
	MOVQ x+16(FP), SI
	MOVQ origin+24(FP), AX
	LEAQ (SI)(AX*4), SI
	MOVQ row+32(FP), AX
	SHLQ $2, AX
	LEAQ (SI)(AX*1), R8
	LEAQ (SI)(AX*2), R9
	LEAQ (R8)(AX*2), R10
	LEAQ (SI)(AX*4), R11
	MOVQ column+40(FP), CX
	SHLQ $2, CX
	LEAQ (CX)(CX*2), DX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R12
	LEAQ (BX)(BX*4), R13
	MOVQ channels+56(FP), AX
	VBROADCASTSS SQUARE, Z27
	VBROADCASTSS QUARTER, Z28
	VBROADCASTSS TWO_SQUARES, Z29
	VBROADCASTSS FIVE_QUARTERS, Z30
	VBROADCASTSS FIVE_SIXTEENTHS, Z31

loop: // for c := 0; c < channels; c += 16
	KANDW K1, K3, K5
	VMOVUPS.Z (SI), K5, Z0
	VMOVUPS.Z (R8), K3, Z5
	VMOVUPS.Z (R9), K3, Z10
	VMOVUPS.Z (R10), K3, Z16
	KANDW K2, K3, K5
	VMOVUPS.Z (R11), K5, Z21
	INPUT(Z0, Z5, Z10, Z16, Z21, Z26)
	VMOVUPS.Z (SI)(CX*1), K1, Z1
	VMOVUPS (R8)(CX*1), Z6
	VMOVUPS (R9)(CX*1), Z11
	VMOVUPS (R10)(CX*1), Z17
	VMOVUPS.Z (R11)(CX*1), K2, Z22
	INPUT(Z1, Z6, Z11, Z17, Z22, Z26)
	VMOVUPS.Z (SI)(CX*2), K1, Z2
	VMOVUPS (R8)(CX*2), Z7
	VMOVUPS (R9)(CX*2), Z12
	VMOVUPS (R10)(CX*2), Z18
	VMOVUPS.Z (R11)(CX*2), K2, Z23
	INPUT(Z2, Z7, Z12, Z18, Z23, Z26)
	VMOVUPS.Z (SI)(DX*1), K1, Z3
	VMOVUPS (R8)(DX*1), Z8
	VMOVUPS (R9)(DX*1), Z13
	VMOVUPS (R10)(DX*1), Z19
	VMOVUPS.Z (R11)(DX*1), K2, Z24
	INPUT(Z3, Z8, Z13, Z19, Z24, Z26)
	KANDW K1, K4, K5
	VMOVUPS.Z (SI)(CX*4), K5, Z4
	VMOVUPS.Z (R8)(CX*4), K4, Z9
	VMOVUPS.Z (R9)(CX*4), K4, Z14
	VMOVUPS.Z (R10)(CX*4), K4, Z20
	KANDW K2, K4, K5
	VMOVUPS.Z (R11)(CX*4), K5, Z25
	INPUT(Z4, Z9, Z14, Z20, Z25, Z26)

	// Rows 0, 1, 2 of Bᵀ·d are where rows 1, 2, 0 of d were.
	MOVQ R15, DI
	INPUT(Z5, Z6, Z7, Z8, Z9, Z26)
	WRITE5(Z6, Z7, Z5, Z8, Z9)
	INPUT(Z10, Z11, Z12, Z13, Z14, Z26)
	WRITE5(Z11, Z12, Z10, Z13, Z14)
	INPUT(Z0, Z1, Z2, Z3, Z4, Z26)
	WRITE5(Z1, Z2, Z0, Z3, Z4)
	INPUT(Z16, Z17, Z18, Z19, Z20, Z26)
	WRITE5(Z17, Z18, Z16, Z19, Z20)
	INPUT(Z21, Z22, Z23, Z24, Z25, Z26)
	WRITE5(Z22, Z23, Z21, Z24, Z25)

	ADDQ $64, SI
	ADDQ $64, R8
	ADDQ $64, R9
	ADDQ $64, R10
	ADDQ $64, R11
	ADDQ $64, R15
	SUBQ $16, AX
	JNZ loop
	VZEROUPPER
	RET

// the five points of a row of products; SI to the next row
#define READ5(a, b, c, d, e) \
	VMOVUPS (SI), a       \
	VMOVUPS (SI)(BX*1), b \
	VMOVUPS (SI)(BX*2), c \
	VMOVUPS (SI)(R9*1), d \
	VMOVUPS (SI)(BX*4), e \
	ADDQ R10, SI

// (d, a, b, e) = Aᵀ·(a, b, c, d, e); c is free
#define OUTPUT(a, b, c, d, e) \
	VADDPS b, a, Z26            \
	VSUBPS b, a, a              \
	VADDPS d, c, b              \
	VSUBPS d, c, c              \
	VADDPS Z26, b, d            \
	VADDPS Z26, d, d            \
	VMULPS Z29, b, b            \
	VFMADD231PS.BCST HALF, Z26, b \
	VFMADD231PS a, Z27, e       \
	VFMADD231PS c, Z15, e       \
	VFMADD231PS c, Z28, a

// y = max(s+bias, leak·(s+bias))
#define ACTIVATE(s, address) \
	VADDPS Z30, s, s   \
	VMULPS Z31, s, Z26 \
	VMAXPS s, Z26, s   \
	VMOVUPS s, address

// a column of outputs; DI to the next column
#define COLUMN4(a, b, c, d) \
	ACTIVATE(a, (DI))        \
	ACTIVATE(b, (DI)(R8*1))  \
	ACTIVATE(c, (DI)(R8*2))  \
	ACTIVATE(d, (DI)(R11*1)) \
	ADDQ CX, DI

// func output4x2AVX512(y *float32, row, column int, m *float32, point int, bias *float32, leak float32, channels int)
//
//	s = Σ Aᵀ[i][k]·m[(5k+l)*point+c]·Aᵀ[j][l] + bias[c]
//	y[i*row+j*column+c] = max(s, leak*s)
//
// AX m   SI row of m   BX R9 R10 point × 4, 12, 20 bytes   DX bias
// R13 y   DI column of y   R8 R11 row × 4, 12 bytes   CX column × 4   R12 channels left
// Z0…Z14 Z16…Z25 point 5i+j   Z26 spare   Z27 Z28 Z29 Z15 ¼, 5/4, 25/16, 125/64   Z30 Z31 bias, leak
TEXT ·output4x2AVX512(SB), NOSPLIT, $0-64
	MOVQ y+0(FP), R13
	MOVQ row+8(FP), R8
	MOVQ column+16(FP), CX
	MOVQ m+24(FP), AX
	MOVQ point+32(FP), BX
	MOVQ bias+40(FP), DX
	MOVQ channels+56(FP), R12
	SHLQ $2, R8
	LEAQ (R8)(R8*2), R11
	SHLQ $2, CX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R9
	LEAQ (BX)(BX*4), R10
	VBROADCASTSS leak+48(FP), Z31
	VBROADCASTSS QUARTER, Z27
	VBROADCASTSS FIVE_QUARTERS, Z28
	VBROADCASTSS SQUARE, Z29
	VBROADCASTSS CUBE, Z15

loop: // for c := 0; c < channels; c += 16
	MOVQ AX, SI
	MOVQ R13, DI
	VMOVUPS (DX), Z30

	READ5(Z0, Z1, Z2, Z3, Z4)
	OUTPUT(Z0, Z1, Z2, Z3, Z4)
	READ5(Z5, Z6, Z7, Z8, Z9)
	OUTPUT(Z5, Z6, Z7, Z8, Z9)
	READ5(Z10, Z11, Z12, Z13, Z14)
	OUTPUT(Z10, Z11, Z12, Z13, Z14)
	READ5(Z16, Z17, Z18, Z19, Z20)
	OUTPUT(Z16, Z17, Z18, Z19, Z20)
	READ5(Z21, Z22, Z23, Z24, Z25)
	OUTPUT(Z21, Z22, Z23, Z24, Z25)

	// Columns 0, 1, 2, 3 of m·A are where columns 3, 0, 1, 4 of m were.
	OUTPUT(Z3, Z8, Z13, Z19, Z24)
	COLUMN4(Z19, Z3, Z8, Z24)
	OUTPUT(Z0, Z5, Z10, Z16, Z21)
	COLUMN4(Z16, Z0, Z5, Z21)
	OUTPUT(Z1, Z6, Z11, Z17, Z22)
	COLUMN4(Z17, Z1, Z6, Z22)
	OUTPUT(Z4, Z9, Z14, Z20, Z25)
	COLUMN4(Z20, Z4, Z9, Z25)

	ADDQ $64, AX
	ADDQ $64, R13
	ADDQ $64, DX
	SUBQ $16, R12
	JNZ loop
	VZEROUPPER
	RET
