//go:build !noasm

#include "textflag.h"
#include "cooktoom_avx512_amd64.h"
#include "f4x2_amd64.h"

// Transforms of the gradients of Cook–Toom F(4×4, 2×2) with AVX-512, 16
// channels at a time: see f4x2.go for the matrices.

// (b, f, c, a, d) = A·(a, b, c, d); e is free: 2·(a + ¼c) ± (b + ¼d) at ±½, likewise at
// ±5/4. Additions are kept apart from multiplications: some processors have pipes of
// their own for them.
#define GRADIENT(a, b, c, d, e, f) \
	VADDPS a, a, e        \
	VFMADD231PS c, Z29, e \
	VMULPS Z30, b, f      \
	VFMADD231PS d, Z31, f \
	VFMADD231PS d, Z28, b \
	VFMADD231PS c, Z27, a \
	VADDPS f, a, c        \
	VSUBPS f, a, a        \
	VSUBPS b, e, f        \
	VADDPS b, e, b

// four places of a row; SI to the next row
#define READ4(a, b, c, d) \
	VMOVUPS (SI), a       \
	VMOVUPS (SI)(CX*1), b \
	VMOVUPS (SI)(CX*2), c \
	VMOVUPS (SI)(DX*1), d \
	ADDQ R8, SI

// the five points of a column of the transform; DI to the next column
#define COLUMN5(a, b, c, d, e) \
	VMOVUPS a, (DI)        \
	VMOVUPS b, (DI)(R9*1)  \
	VMOVUPS c, (DI)(R9*2)  \
	VMOVUPS d, (DI)(R10*1) \
	VMOVUPS e, (DI)(R9*4)  \
	ADDQ BX, DI

// func gradient4x2AVX512(v *float32, point int, y *float32, row, column, channels int)
//
//	v[(5i+j)*point+c] = Σ A[i][k]·y[k*row+l*column+c]·A[j][l]
//
// AX y   SI row of y   R8 row × 4 bytes   CX DX column × 4, 12
// R13 v   DI column of v   BX R9 R10 point × 4, 20, 60 bytes   R12 channels left
// Z0…Z4, Z5…Z9, Z10…Z14, Z16…Z20 rows of y, then of y·Aᵀ: points 3, 0, 2, 4, 1
// Z21…Z26 spare   Z27…Z31 25/16, ¼, ½, 5/4, 125/64
TEXT ·gradient4x2AVX512(SB), NOSPLIT, $0-48
	MOVQ v+0(FP), R13
	MOVQ point+8(FP), BX
	MOVQ y+16(FP), AX
	MOVQ row+24(FP), R8
	MOVQ column+32(FP), CX
	MOVQ channels+40(FP), R12
	SHLQ $2, BX
	LEAQ (BX)(BX*4), R9
	LEAQ (R9)(R9*2), R10
	SHLQ $2, R8
	SHLQ $2, CX
	LEAQ (CX)(CX*2), DX
	VBROADCASTSS SQUARE, Z27
	VBROADCASTSS QUARTER, Z28
	VBROADCASTSS HALF, Z29
	VBROADCASTSS FIVE_QUARTERS, Z30
	VBROADCASTSS CUBE, Z31

loop: // for c := 0; c < channels; c += 16
	MOVQ AX, SI
	MOVQ R13, DI
	READ4(Z0, Z1, Z2, Z3)
	GRADIENT(Z0, Z1, Z2, Z3, Z26, Z4)
	READ4(Z5, Z6, Z7, Z8)
	GRADIENT(Z5, Z6, Z7, Z8, Z26, Z9)
	READ4(Z10, Z11, Z12, Z13)
	GRADIENT(Z10, Z11, Z12, Z13, Z26, Z14)
	READ4(Z16, Z17, Z18, Z19)
	GRADIENT(Z16, Z17, Z18, Z19, Z26, Z20)

	GRADIENT(Z1, Z6, Z11, Z17, Z26, Z21)
	COLUMN5(Z6, Z21, Z11, Z1, Z17)
	GRADIENT(Z4, Z9, Z14, Z20, Z26, Z22)
	COLUMN5(Z9, Z22, Z14, Z4, Z20)
	GRADIENT(Z2, Z7, Z12, Z18, Z26, Z23)
	COLUMN5(Z7, Z23, Z12, Z2, Z18)
	GRADIENT(Z0, Z5, Z10, Z16, Z26, Z24)
	COLUMN5(Z5, Z24, Z10, Z0, Z16)
	GRADIENT(Z3, Z8, Z13, Z19, Z26, Z25)
	COLUMN5(Z8, Z25, Z13, Z3, Z19)

	ADDQ $64, AX
	ADDQ $64, R13
	SUBQ $16, R12
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

// (t, b, a, d, e) = B·(a, b, c, d, e); c is free
#define PATCH(a, b, c, d, e, t) \
	VADDPS b, a, t                    \
	VSUBPS b, a, a                    \
	VADDPS d, c, b                    \
	VSUBPS d, c, c                    \
	VADDPS t, t, t                    \
	VADDPS t, b, d                    \
	VMULPS Z28, b, b                  \
	VFNMSUB231PS t, Z29, b            \
	VFNMADD231PS e, Z27, c            \
	VMULPS.BCST FIVE_SIXTEENTHS, c, t \
	VFNMSUB231PS a, Z29, t            \
	VFMADD231PS c, Z27, a             \
	VFNMADD231PS e, Z28, a

// s *= leak where !(0 < act), K5 the places to look at
#define MASK(s, address) \
	VCMPPS $5, address, Z31, K5 \
	VMULPS Z30, s, K5, s

#define MASKED(s, address, k) \
	VCMPPS $5, address, Z31, k, K5 \
	VMULPS Z30, s, K5, s

// A column is masked and added up as a whole before any of it is stored: rows
// lie multiples of 4 KiB apart, and a load right behind a store to the same
// place in another page waits for it.

#define ON \
	ADDQ CX, DI  \
	ADDQ CX, R12

// Rows 1…3 of an inner column.
#define MASK3(b, c, d) \
	MASK(b, (R12)(R8*1))  \
	MASK(c, (R12)(R8*2))  \
	MASK(d, (R12)(R11*1))

// An inner column: row 0 is added to what is there.
#define INNER(a, b, c, d, e) \
	MASKED(a, (R12), K1)       \
	MASK3(b, c, d)             \
	MASKED(e, (R12)(R8*4), K2) \
	VADDPS (DI), a, K6, a      \
	VMOVUPS a, K1, (DI)        \
	VMOVUPS b, (DI)(R8*1)      \
	VMOVUPS c, (DI)(R8*2)      \
	VMOVUPS d, (DI)(R11*1)     \
	VMOVUPS e, K2, (DI)(R8*4)  \
	ON

// Column 0, all of it added to what is there.
#define LEFT(a, b, c, d, e) \
	KANDW K1, K3, K5             \
	MASKED(a, (R12), K5)         \
	MASKED(b, (R12)(R8*1), K3)   \
	MASKED(c, (R12)(R8*2), K3)   \
	MASKED(d, (R12)(R11*1), K3)  \
	KANDW K2, K3, K5             \
	MASKED(e, (R12)(R8*4), K5)   \
	KORW K6, K7, K5              \
	KANDW K1, K5, K5             \
	KANDW K3, K5, K5             \
	VADDPS (DI), a, K5, a        \
	VADDPS (DI)(R8*1), b, K7, b  \
	VADDPS (DI)(R8*2), c, K7, c  \
	VADDPS (DI)(R11*1), d, K7, d \
	KANDW K2, K7, K5             \
	VADDPS (DI)(R8*4), e, K5, e  \
	KANDW K1, K3, K5             \
	VMOVUPS a, K5, (DI)          \
	VMOVUPS b, K3, (DI)(R8*1)    \
	VMOVUPS c, K3, (DI)(R8*2)    \
	VMOVUPS d, K3, (DI)(R11*1)   \
	KANDW K2, K3, K5             \
	VMOVUPS e, K5, (DI)(R8*4)    \
	ON

// Column 4: row 0 is added to what is there.
#define RIGHT(a, b, c, d, e) \
	KANDW K1, K4, K5            \
	MASKED(a, (R12), K5)        \
	MASKED(b, (R12)(R8*1), K4)  \
	MASKED(c, (R12)(R8*2), K4)  \
	MASKED(d, (R12)(R11*1), K4) \
	KANDW K2, K4, K5            \
	MASKED(e, (R12)(R8*4), K5)  \
	KANDW K6, K4, K5            \
	VADDPS (DI), a, K5, a       \
	KANDW K1, K4, K5            \
	VMOVUPS a, K5, (DI)         \
	VMOVUPS b, K4, (DI)(R8*1)   \
	VMOVUPS c, K4, (DI)(R8*2)   \
	VMOVUPS d, K4, (DI)(R11*1)  \
	KANDW K2, K4, K5            \
	VMOVUPS e, K5, (DI)(R8*4)

// func patch4x2AVX512(x *float32, origin, row, column int, m *float32, point int, act *float32, leak float32, edges, channels int)
//
//	s = Σ B[i][k]·m[(5k+l)*point+c]·B[j][l] · (act[at] > 0 ? 1 : leak),  at = origin+i*row+j*column+c
//	x[at] = s, plus x[at] where i == 0 unless FirstTop, where j == 0 unless FirstLeft
//
// AX m   SI row of m   BX R9 R10 point × 4, 12, 20 bytes
// R13 x   DI column of x   R15 act   R12 column of act   R8 R11 row × 4, 12 bytes   CX column × 4
// DX channels left
// K1 K2 K3 K4 row 0, row 4, column 0, column 4 lie inside   K6 K7 add in row 0, in column 0   K5 spare
// Z0…Z14 Z16…Z25 point 5i+j   Z26 spare   Z27 Z28 Z29 5/4, ¼, 25/16   Z30 leak   Z31 0
TEXT ·patch4x2AVX512(SB), NOSPLIT, $0-80
	MOVQ edges+64(FP), R15
	INSIDE(0, K1)
	INSIDE(1, K2)
	INSIDE(2, K3)
	INSIDE(3, K4)
	INSIDE(4, K6)
	INSIDE(5, K7)
	KANDW K1, K6, K6
	KANDW K3, K7, K7
	MOVQ origin+8(FP), DX
	MOVQ x+0(FP), R13
	LEAQ (R13)(DX*4), R13
	MOVQ act+48(FP), R15
	LEAQ (R15)(DX*4), R15
	MOVQ row+16(FP), R8
	MOVQ column+24(FP), CX
	MOVQ m+32(FP), AX
	MOVQ point+40(FP), BX
	MOVQ channels+72(FP), DX
	SHLQ $2, R8
	LEAQ (R8)(R8*2), R11
	SHLQ $2, CX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R9
	LEAQ (BX)(BX*4), R10
	VBROADCASTSS FIVE_QUARTERS, Z27
	VBROADCASTSS QUARTER, Z28
	VBROADCASTSS SQUARE, Z29
	VBROADCASTSS leak+56(FP), Z30
	VPXORD Z31, Z31, Z31

loop: // for c := 0; c < channels; c += 16
	MOVQ AX, SI
	MOVQ R13, DI
	MOVQ R15, R12

	// m·Bᵀ by rows: the places of its columns have moved on.
	READ5(Z0, Z1, Z2, Z3, Z4)
	PATCH(Z0, Z1, Z2, Z3, Z4, Z26)
	READ5(Z5, Z6, Z7, Z8, Z9)
	PATCH(Z5, Z6, Z7, Z8, Z9, Z2)
	READ5(Z10, Z11, Z12, Z13, Z14)
	PATCH(Z10, Z11, Z12, Z13, Z14, Z7)
	READ5(Z16, Z17, Z18, Z19, Z20)
	PATCH(Z16, Z17, Z18, Z19, Z20, Z12)
	READ5(Z21, Z22, Z23, Z24, Z25)
	PATCH(Z21, Z22, Z23, Z24, Z25, Z18)

	PATCH(Z26, Z2, Z7, Z12, Z18, Z23)
	LEFT(Z23, Z2, Z26, Z12, Z18)
	PATCH(Z1, Z6, Z11, Z17, Z22, Z7)
	INNER(Z7, Z6, Z1, Z17, Z22)
	PATCH(Z0, Z5, Z10, Z16, Z21, Z11)
	INNER(Z11, Z5, Z0, Z16, Z21)
	PATCH(Z3, Z8, Z13, Z19, Z24, Z10)
	INNER(Z10, Z8, Z3, Z19, Z24)
	PATCH(Z4, Z9, Z14, Z20, Z25, Z13)
	RIGHT(Z13, Z9, Z4, Z20, Z25)

	ADDQ $64, AX
	ADDQ $64, R13
	ADDQ $64, R15
	SUBQ $16, DX
	JNZ loop
	VZEROUPPER
	RET
