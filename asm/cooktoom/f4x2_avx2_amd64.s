//go:build !noasm

#include "textflag.h"
#include "cooktoom_avx2_amd64.h"
#include "f4x2_amd64.h"

// Forward transforms of Cook–Toom F(4×4, 2×2) with AVX2, 8 channels at a time:
// one dimension goes through the stack, then the other. See f4x2.go
// for the matrices and f4x2_avx512_amd64.s for the same in registers.

// (Y1, Y2, Y0, Y3, Y4) = Bᵀ·(Y0, Y1, Y2, Y3, Y4)
#define INPUT \
	VMULPS Y14, Y2, Y5       \
	VFNMADD231PS Y0, Y15, Y5 \
	VFNMADD231PS Y2, Y7, Y4  \
	VFNMADD231PS Y5, Y14, Y4 \
	VFNMADD231PS Y0, Y6, Y2  \
	VADDPS Y3, Y3, Y0        \
	VFNMADD231PS Y1, Y13, Y0 \
	VFNMADD231PS Y1, Y7, Y3  \
	VADDPS Y2, Y0, Y1        \
	VSUBPS Y2, Y0, Y2        \
	VADDPS Y5, Y3, Y0        \
	VSUBPS Y5, Y3, Y3

// a transformed column of the patch to the stack
#define PUT5(a, b, c, d, e) \
	VMOVUPS Y1, a \
	VMOVUPS Y2, b \
	VMOVUPS Y0, c \
	VMOVUPS Y3, d \
	VMOVUPS Y4, e

// a row from the stack
#define GET5(a, b, c, d, e) \
	VMOVUPS a, Y0 \
	VMOVUPS b, Y1 \
	VMOVUPS c, Y2 \
	VMOVUPS d, Y3 \
	VMOVUPS e, Y4

// the five points of a row; DI to the next row
#define WRITE5 \
	VMOVUPS Y1, (DI)        \
	VMOVUPS Y2, (DI)(BX*1)  \
	VMOVUPS Y0, (DI)(BX*2)  \
	VMOVUPS Y3, (DI)(R12*1) \
	VMOVUPS Y4, (DI)(BX*4)  \
	ADDQ R13, DI

// an inner column and an outer one, whose places inside are k
#define INNER(a, b, c, d, e) \
	VMASKMOVPS a, Y8, Y0 \
	VMOVUPS b, Y1        \
	VMOVUPS c, Y2        \
	VMOVUPS d, Y3        \
	VMASKMOVPS e, Y9, Y4 \
	INPUT

#define OUTER(k, a, b, c, d, e) \
	VANDPS Y8, k, Y12     \
	VMASKMOVPS a, Y12, Y0 \
	VMASKMOVPS b, k, Y1   \
	VMASKMOVPS c, k, Y2   \
	VMASKMOVPS d, k, Y3   \
	VANDPS Y9, k, Y12     \
	VMASKMOVPS e, Y12, Y4 \
	INPUT

// func input4x2AVX2(v *float32, point int, x *float32, origin, row, column, edges, channels int)
//
//	v[(5i+j)*point+c] = Σ Bᵀ[i][k]·x[origin+k*row+l*column+c]·Bᵀ[j][l]
//
// SI R8 R9 R10 R11 rows 0…4 of the patch   CX, DX column × 4, × 12 bytes
// R15 v   DI row of v   BX R12 R13 point × 4, 12, 20 bytes   AX channels left
// Y0…Y5 a line   Y6 Y7 Y13 Y14 Y15 25/16, ¼, 25/8, 5/4, 5/16
// Y8 Y9 Y10 Y11 row 0, row 4, column 0, column 4 lie inside   Y12 corners
// SP Bᵀ·d, place 5i+j
TEXT ·input4x2AVX2(SB), 0, $800-64
	MOVQ edges+48(FP), R15
	INSIDE(0, X8, Y8)
	INSIDE(1, X9, Y9)
	INSIDE(2, X10, Y10)
	INSIDE(3, X11, Y11)
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
	VBROADCASTSS SQUARE, Y6
	VBROADCASTSS QUARTER, Y7
	VBROADCASTSS TWO_SQUARES, Y13
	VBROADCASTSS FIVE_QUARTERS, Y14
	VBROADCASTSS FIVE_SIXTEENTHS, Y15

loop: // for c := 0; c < channels; c += 8
	OUTER(Y10, (SI), (R8), (R9), (R10), (R11))
	PUT5((SP), 160(SP), 320(SP), 480(SP), 640(SP))
	INNER((SI)(CX*1), (R8)(CX*1), (R9)(CX*1), (R10)(CX*1), (R11)(CX*1))
	PUT5(32(SP), 192(SP), 352(SP), 512(SP), 672(SP))
	INNER((SI)(CX*2), (R8)(CX*2), (R9)(CX*2), (R10)(CX*2), (R11)(CX*2))
	PUT5(64(SP), 224(SP), 384(SP), 544(SP), 704(SP))
	INNER((SI)(DX*1), (R8)(DX*1), (R9)(DX*1), (R10)(DX*1), (R11)(DX*1))
	PUT5(96(SP), 256(SP), 416(SP), 576(SP), 736(SP))
	OUTER(Y11, (SI)(CX*4), (R8)(CX*4), (R9)(CX*4), (R10)(CX*4), (R11)(CX*4))
	PUT5(128(SP), 288(SP), 448(SP), 608(SP), 768(SP))

	MOVQ R15, DI
	GET5((SP), 32(SP), 64(SP), 96(SP), 128(SP))
	INPUT
	WRITE5
	GET5(160(SP), 192(SP), 224(SP), 256(SP), 288(SP))
	INPUT
	WRITE5
	GET5(320(SP), 352(SP), 384(SP), 416(SP), 448(SP))
	INPUT
	WRITE5
	GET5(480(SP), 512(SP), 544(SP), 576(SP), 608(SP))
	INPUT
	WRITE5
	GET5(640(SP), 672(SP), 704(SP), 736(SP), 768(SP))
	INPUT
	WRITE5

	ADDQ $32, SI
	ADDQ $32, R8
	ADDQ $32, R9
	ADDQ $32, R10
	ADDQ $32, R11
	ADDQ $32, R15
	SUBQ $8, AX
	JNZ loop
	VZEROUPPER
	RET

// the five points of a row of products; SI to the next row
#define READ5 \
	VMOVUPS (SI), Y0       \
	VMOVUPS (SI)(BX*1), Y1 \
	VMOVUPS (SI)(BX*2), Y2 \
	VMOVUPS (SI)(R9*1), Y3 \
	VMOVUPS (SI)(BX*4), Y4 \
	ADDQ R10, SI

// (Y3, Y0, Y1, Y4) = Aᵀ·(Y0, Y1, Y2, Y3, Y4)
#define OUTPUT \
	VADDPS Y1, Y0, Y5       \
	VSUBPS Y1, Y0, Y0       \
	VADDPS Y3, Y2, Y1       \
	VSUBPS Y3, Y2, Y2       \
	VADDPS Y5, Y1, Y3       \
	VADDPS Y5, Y3, Y3       \
	VMULPS Y8, Y1, Y1       \
	VFMADD231PS Y5, Y12, Y1 \
	VFMADD231PS Y0, Y6, Y4  \
	VFMADD231PS Y2, Y13, Y4 \
	VFMADD231PS Y2, Y7, Y0

#define PUT4(a, b, c, d) \
	VMOVUPS Y3, a \
	VMOVUPS Y0, b \
	VMOVUPS Y1, c \
	VMOVUPS Y4, d

// y = max(s+bias, leak·(s+bias))
#define ACTIVATE(s, address) \
	VADDPS Y9, s, s    \
	VMULPS Y10, s, Y11 \
	VMAXPS s, Y11, s   \
	VMOVUPS s, address

// a column of outputs; DI to the next column
#define COLUMN4 \
	ACTIVATE(Y3, (DI))        \
	ACTIVATE(Y0, (DI)(R8*1))  \
	ACTIVATE(Y1, (DI)(R8*2))  \
	ACTIVATE(Y4, (DI)(R11*1)) \
	ADDQ CX, DI

// func output4x2AVX2(y *float32, row, column int, m *float32, point int, bias *float32, leak float32, channels int)
//
//	s = Σ Aᵀ[i][k]·m[(5k+l)*point+c]·Aᵀ[j][l] + bias[c]
//	y[i*row+j*column+c] = max(s, leak*s)
//
// AX m   SI row of m   BX R9 R10 point × 4, 12, 20 bytes   DX bias
// R13 y   DI column of y   R8 R11 row × 4, 12 bytes   CX column × 4   R12 channels left
// Y0…Y5 a line   Y6 Y7 Y8 Y12 Y13 ¼, 5/4, 25/16, ½, 125/64   Y9 Y10 bias, leak   Y11 spare
// SP m·A, place 4i+j
TEXT ·output4x2AVX2(SB), 0, $640-64
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
	VBROADCASTSS leak+48(FP), Y10
	VBROADCASTSS QUARTER, Y6
	VBROADCASTSS FIVE_QUARTERS, Y7
	VBROADCASTSS SQUARE, Y8
	VBROADCASTSS HALF, Y12
	VBROADCASTSS CUBE, Y13

loop: // for c := 0; c < channels; c += 8
	MOVQ AX, SI
	MOVQ R13, DI
	VMOVUPS (DX), Y9
	READ5
	OUTPUT
	PUT4((SP), 32(SP), 64(SP), 96(SP))
	READ5
	OUTPUT
	PUT4(128(SP), 160(SP), 192(SP), 224(SP))
	READ5
	OUTPUT
	PUT4(256(SP), 288(SP), 320(SP), 352(SP))
	READ5
	OUTPUT
	PUT4(384(SP), 416(SP), 448(SP), 480(SP))
	READ5
	OUTPUT
	PUT4(512(SP), 544(SP), 576(SP), 608(SP))
	GET5((SP), 128(SP), 256(SP), 384(SP), 512(SP))
	OUTPUT
	COLUMN4
	GET5(32(SP), 160(SP), 288(SP), 416(SP), 544(SP))
	OUTPUT
	COLUMN4
	GET5(64(SP), 192(SP), 320(SP), 448(SP), 576(SP))
	OUTPUT
	COLUMN4
	GET5(96(SP), 224(SP), 352(SP), 480(SP), 608(SP))
	OUTPUT
	COLUMN4

	ADDQ $32, AX
	ADDQ $32, R13
	ADDQ $32, DX
	SUBQ $8, R12
	JNZ loop
	VZEROUPPER
	RET
