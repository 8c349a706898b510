//go:build !noasm

#include "textflag.h"
#include "cooktoom_avx2_amd64.h"
#include "f4x2_amd64.h"

// Transforms of the gradients of Cook–Toom F(4×4, 2×2) with AVX2, 8 channels at
// a time: one dimension goes through the stack, then the other. See
// f4x2.go for the matrices.

// (Y1, Y5, Y2, Y0, Y3) = A·(Y0, Y1, Y2, Y3)
#define GRADIENT \
	VADDPS Y0, Y0, Y4       \
	VFMADD231PS Y2, Y9, Y4  \
	VMULPS Y10, Y1, Y5      \
	VFMADD231PS Y3, Y11, Y5 \
	VFMADD231PS Y3, Y8, Y1  \
	VFMADD231PS Y2, Y7, Y0  \
	VADDPS Y5, Y0, Y2       \
	VSUBPS Y5, Y0, Y0       \
	VSUBPS Y1, Y4, Y5       \
	VADDPS Y1, Y4, Y1

// four places of a row; SI to the next row
#define READ4 \
	VMOVUPS (SI), Y0       \
	VMOVUPS (SI)(CX*1), Y1 \
	VMOVUPS (SI)(CX*2), Y2 \
	VMOVUPS (SI)(DX*1), Y3 \
	ADDQ R8, SI

#define PUT5(a, b, c, d, e) \
	VMOVUPS Y1, a \
	VMOVUPS Y5, b \
	VMOVUPS Y2, c \
	VMOVUPS Y0, d \
	VMOVUPS Y3, e

#define GET4(a, b, c, d) \
	VMOVUPS a, Y0 \
	VMOVUPS b, Y1 \
	VMOVUPS c, Y2 \
	VMOVUPS d, Y3

// the five points of a column of the transform; DI to the next column
#define COLUMN5 \
	VMOVUPS Y1, (DI)        \
	VMOVUPS Y5, (DI)(R9*1)  \
	VMOVUPS Y2, (DI)(R9*2)  \
	VMOVUPS Y0, (DI)(R10*1) \
	VMOVUPS Y3, (DI)(R9*4)  \
	ADDQ BX, DI

// address = all ones if bit n of R15 is clear, else zero; AX and Y0 are lost
#define CLEAR(n, address) \
	INSIDE(n, X0, Y0)   \
	VMOVUPS Y0, address

// the five points of a row of products; SI to the next row
#define READ5 \
	VMOVUPS (SI), Y0       \
	VMOVUPS (SI)(BX*1), Y1 \
	VMOVUPS (SI)(BX*2), Y2 \
	VMOVUPS (SI)(R9*1), Y3 \
	VMOVUPS (SI)(BX*4), Y4 \
	ADDQ R10, SI

// (Y6, Y1, Y0, Y3, Y4) = B·(Y0, Y1, Y2, Y3, Y4)
#define PATCH \
	VADDPS Y1, Y0, Y6                \
	VSUBPS Y1, Y0, Y0                \
	VADDPS Y3, Y2, Y1                \
	VSUBPS Y3, Y2, Y2                \
	VADDPS Y6, Y6, Y6                \
	VADDPS Y6, Y1, Y3                \
	VMULPS Y7, Y1, Y1                \
	VFNMSUB231PS Y6, Y8, Y1          \
	VBROADCASTSS FIVE_QUARTERS, Y5   \
	VFNMADD231PS Y4, Y5, Y2          \
	VBROADCASTSS FIVE_SIXTEENTHS, Y6 \
	VMULPS Y6, Y2, Y6                \
	VFNMSUB231PS Y0, Y8, Y6          \
	VFMADD231PS Y2, Y5, Y0           \
	VFNMADD231PS Y4, Y7, Y0

#define PUT_PATCH(a, b, c, d, e) \
	VMOVUPS Y6, a \
	VMOVUPS Y1, b \
	VMOVUPS Y0, c \
	VMOVUPS Y3, d \
	VMOVUPS Y4, e

#define GET5(a, b, c, d, e) \
	VMOVUPS a, Y0 \
	VMOVUPS b, Y1 \
	VMOVUPS c, Y2 \
	VMOVUPS d, Y3 \
	VMOVUPS e, Y4

// s *= leak where k is zero
#define MASK(s, k) \
	VMULPS Y10, s, Y14     \
	VBLENDVPS k, s, Y14, s

// The masks of a column. All loads of a column come before its stores: rows are
// often a multiple of 4 KiB apart, as are x and act, and a load waits for earlier
// stores that agree with it in the low 12 bits of the address.
#define MASKS \
	VCMPPS $1, (R12)(SI*1), Y9, Y2  \
	VCMPPS $1, (R12), Y9, Y5        \
	VCMPPS $1, (R12)(R8*1), Y9, Y11 \
	VCMPPS $1, (R12)(R8*2), Y9, Y12 \
	VCMPPS $1, (R12)(R9*1), Y9, Y13 \
	MASK(Y6, Y2)                    \
	MASK(Y1, Y5)                    \
	MASK(Y0, Y11)                   \
	MASK(Y3, Y12)                   \
	MASK(Y4, Y13)

// s += x where k is set; t is lost
#define ADD(s, x, k, t) \
	VMOVUPS x, t   \
	VANDPS k, t, t \
	VADDPS t, s, s

#define OUTSIDE(side) \
	TESTB side, edges+64(FP)

// to plain if leak is 1
#define UNMASKED(plain) \
	CMPL leak+56(FP), $0x3f800000 \
	JEQ plain

// Stores the places of a column that are inside, DI and R12 to the next column.
// Stores under a mask would need no branches, which go the same way for a whole
// call, but cost some processors dozens of steps each.
#define WRITE(rows, end) \
	OUTSIDE($1)            \
	JNZ rows               \
	VMOVUPS Y6, (DI)(SI*1) \
rows:                          \
	VMOVUPS Y1, (DI)       \
	VMOVUPS Y0, (DI)(R8*1) \
	VMOVUPS Y3, (DI)(R8*2) \
	OUTSIDE($2)            \
	JNZ end                \
	VMOVUPS Y4, (DI)(R9*1) \
end:                           \
	ADDQ CX, DI            \
	ADDQ CX, R12

// a column behind column 0
#define COLUMN(plain, rows, end) \
	PATCH                            \
	UNMASKED(plain)                  \
	MASKS                            \
plain:                                   \
	ADD(Y6, (DI)(SI*1), ADD_TOP, Y2) \
	WRITE(rows, end)

#define ADD_TOP 800(SP)
#define ADD_LEFT 832(SP)
#define ADD_CORNER 864(SP)
#define ROW0 896(SP)
#define ROW4 904(SP)

// func gradient4x2AVX2(v *float32, point int, y *float32, row, column, channels int)
//
//	v[(5i+j)*point+c] = Σ A[i][k]·y[k*row+l*column+c]·A[j][l]
//
// AX y   SI row of y   R8 row × 4 bytes   CX DX column × 4, 12
// R13 v   DI column of v   BX R9 R10 point × 4, 20, 60 bytes   R12 channels left
// Y0…Y5 a line   Y7…Y11 25/16, ¼, ½, 5/4, 125/64
// SP y·Aᵀ, place 5i+j
TEXT ·gradient4x2AVX2(SB), 0, $640-48
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
	VBROADCASTSS SQUARE, Y7
	VBROADCASTSS QUARTER, Y8
	VBROADCASTSS HALF, Y9
	VBROADCASTSS FIVE_QUARTERS, Y10
	VBROADCASTSS CUBE, Y11

loop: // for c := 0; c < channels; c += 8
	MOVQ AX, SI
	MOVQ R13, DI
	READ4
	GRADIENT
	PUT5((SP), 32(SP), 64(SP), 96(SP), 128(SP))
	READ4
	GRADIENT
	PUT5(160(SP), 192(SP), 224(SP), 256(SP), 288(SP))
	READ4
	GRADIENT
	PUT5(320(SP), 352(SP), 384(SP), 416(SP), 448(SP))
	READ4
	GRADIENT
	PUT5(480(SP), 512(SP), 544(SP), 576(SP), 608(SP))
	GET4((SP), 160(SP), 320(SP), 480(SP))
	GRADIENT
	COLUMN5
	GET4(32(SP), 192(SP), 352(SP), 512(SP))
	GRADIENT
	COLUMN5
	GET4(64(SP), 224(SP), 384(SP), 544(SP))
	GRADIENT
	COLUMN5
	GET4(96(SP), 256(SP), 416(SP), 576(SP))
	GRADIENT
	COLUMN5
	GET4(128(SP), 288(SP), 448(SP), 608(SP))
	GRADIENT
	COLUMN5

	ADDQ $32, AX
	ADDQ $32, R13
	SUBQ $8, R12
	JNZ loop
	VZEROUPPER
	RET

// func patch4x2AVX2(x *float32, origin, row, column int, m *float32, point int, act *float32, leak float32, edges, channels int)
//
//	s = Σ B[i][k]·m[(5k+l)*point+c]·B[j][l] · (act[at] > 0 ? 1 : leak),  at = origin+i*row+j*column+c
//	x[at] = s, plus x[at] where i == 0 unless FirstTop, where j == 0 unless FirstLeft
//
// Rows 0 and 4 are read in row 1 and 3 where they are outside, and not written.
//
// AX m   SI row of m   BX R9 R10 point × 4, 12, 20 bytes
// R13 row 1 of x   DI its column   R15 row 1 of act   R12 its column   CX column × 4
// R8 SI R9 from row 1 to row 2, 0, 4 in bytes   DX channels left
// Y0…Y6 a line   Y7 Y8 ¼, 25/16   Y9 0   Y10 leak   Y2 Y5 Y11 Y12 Y13 masks   Y14 spare
// SP m·Bᵀ, place 5i+j, and what the names above say
TEXT ·patch4x2AVX2(SB), 0, $912-80
	MOVQ edges+64(FP), R15
	CLEAR(4, ADD_TOP)
	CLEAR(5, ADD_LEFT)
	VORPS ADD_TOP, Y0, Y0
	VMOVUPS Y0, ADD_CORNER
	MOVQ row+16(FP), R8
	SHLQ $2, R8
	XORQ SI, SI
	LEAQ (R8)(R8*1), R9
	OUTSIDE($1)
	JNZ bottom
	SUBQ R8, SI

bottom:
	OUTSIDE($2)
	JNZ pointers
	ADDQ R8, R9

pointers:
	MOVQ SI, ROW0
	MOVQ R9, ROW4
	MOVQ origin+8(FP), DX
	LEAQ (R8)(DX*4), DX
	MOVQ x+0(FP), R13
	ADDQ DX, R13
	MOVQ act+48(FP), R15
	ADDQ DX, R15
	MOVQ column+24(FP), CX
	MOVQ m+32(FP), AX
	MOVQ point+40(FP), BX
	MOVQ channels+72(FP), DX
	SHLQ $2, CX
	SHLQ $2, BX
	LEAQ (BX)(BX*4), R10
	VBROADCASTSS QUARTER, Y7
	VBROADCASTSS SQUARE, Y8
	VXORPS Y9, Y9, Y9
	VBROADCASTSS leak+56(FP), Y10

loop: // for c := 0; c < channels; c += 8
	MOVQ AX, SI
	LEAQ (BX)(BX*2), R9
	MOVQ R13, DI
	MOVQ R15, R12
	READ5
	PATCH
	PUT_PATCH((SP), 32(SP), 64(SP), 96(SP), 128(SP))
	READ5
	PATCH
	PUT_PATCH(160(SP), 192(SP), 224(SP), 256(SP), 288(SP))
	READ5
	PATCH
	PUT_PATCH(320(SP), 352(SP), 384(SP), 416(SP), 448(SP))
	READ5
	PATCH
	PUT_PATCH(480(SP), 512(SP), 544(SP), 576(SP), 608(SP))
	READ5
	PATCH
	PUT_PATCH(640(SP), 672(SP), 704(SP), 736(SP), 768(SP))

	MOVQ ROW0, SI
	MOVQ ROW4, R9
	OUTSIDE($4)
	JNZ inner
	GET5((SP), 160(SP), 320(SP), 480(SP), 640(SP))
	PATCH
	UNMASKED(plain)
	MASKS

plain:
	ADD(Y6, (DI)(SI*1), ADD_CORNER, Y2)
	ADD(Y1, (DI), ADD_LEFT, Y5)
	ADD(Y0, (DI)(R8*1), ADD_LEFT, Y11)
	ADD(Y3, (DI)(R8*2), ADD_LEFT, Y12)
	ADD(Y4, (DI)(R9*1), ADD_LEFT, Y13)
	OUTSIDE($1)
	JNZ left
	VMOVUPS Y6, (DI)(SI*1)

left:
	VMOVUPS Y1, (DI)
	VMOVUPS Y0, (DI)(R8*1)
	VMOVUPS Y3, (DI)(R8*2)
	OUTSIDE($2)
	JNZ inner
	VMOVUPS Y4, (DI)(R9*1)

inner:
	ADDQ CX, DI
	ADDQ CX, R12
	GET5(32(SP), 192(SP), 352(SP), 512(SP), 672(SP))
	COLUMN(plain1, rows1, end1)
	GET5(64(SP), 224(SP), 384(SP), 544(SP), 704(SP))
	COLUMN(plain2, rows2, end2)
	GET5(96(SP), 256(SP), 416(SP), 576(SP), 736(SP))
	COLUMN(plain3, rows3, end3)
	OUTSIDE($8)
	JNZ next
	GET5(128(SP), 288(SP), 448(SP), 608(SP), 768(SP))
	COLUMN(plain4, rows4, end4)

next:
	ADDQ $32, AX
	ADDQ $32, R13
	ADDQ $32, R15
	SUBQ $8, DX
	JNZ loop
	VZEROUPPER
	RET
