//go:build !noasm

#include "textflag.h"
#include "cooktoom_avx512_amd64.h"

// Transforms of Winograd's F(2×2, 3×3) with AVX-512, 16 channels at a time, a
// whole patch in registers: see f2x3.go for the matrices.

// (a, t, c, d) = Bᵀ·(a, b, c, d); b is free
#define INPUT(a, b, c, d, t) \
	VSUBPS c, a, a \
	VSUBPS d, b, d \
	VADDPS b, c, t \
	VSUBPS b, c, c

// the four points of a row of the transformed patch; DI to the next row
#define WRITE4(a, b, c, d) \
	VMOVUPS a, (DI)        \
	VMOVUPS b, (DI)(BX*1)  \
	VMOVUPS c, (DI)(BX*2)  \
	VMOVUPS d, (DI)(R12*1) \
	LEAQ (DI)(BX*4), DI

// func input2x3AVX512(v *float32, point int, x *float32, origin, row, column, edges, channels int)
//
//	v[(4i+j)*point+c] = Σ Bᵀ[i][k]·x[origin+k*row+l*column+c]·Bᵀ[j][l]
//
// SI R8 R9 R10 rows 0…3 of the patch   CX, DX column × 4, × 12 bytes
// R15 v   DI row of v   BX R12 point × 4, 12 bytes   AX channels left
// K1 K2 K3 K4 row 0, row 3, column 0, column 3 lie inside   K5 corners
// Z0…Z15 place i of column j in Z(4j+i)   Z16…Z19 row 1 of Bᵀ·d   Z20 spare
TEXT ·input2x3AVX512(SB), NOSPLIT, $0-64
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
	MOVQ column+40(FP), CX
	SHLQ $2, CX
	LEAQ (CX)(CX*2), DX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R12
	MOVQ channels+56(FP), AX

loop: // for c := 0; c < channels; c += 16
	KANDW K1, K3, K5
	VMOVUPS.Z (SI), K5, Z0
	VMOVUPS.Z (R8), K3, Z1
	VMOVUPS.Z (R9), K3, Z2
	KANDW K2, K3, K5
	VMOVUPS.Z (R10), K5, Z3
	INPUT(Z0, Z1, Z2, Z3, Z16)
	VMOVUPS.Z (SI)(CX*1), K1, Z4
	VMOVUPS (R8)(CX*1), Z5
	VMOVUPS (R9)(CX*1), Z6
	VMOVUPS.Z (R10)(CX*1), K2, Z7
	INPUT(Z4, Z5, Z6, Z7, Z17)
	VMOVUPS.Z (SI)(CX*2), K1, Z8
	VMOVUPS (R8)(CX*2), Z9
	VMOVUPS (R9)(CX*2), Z10
	VMOVUPS.Z (R10)(CX*2), K2, Z11
	INPUT(Z8, Z9, Z10, Z11, Z18)
	KANDW K1, K4, K5
	VMOVUPS.Z (SI)(DX*1), K5, Z12
	VMOVUPS.Z (R8)(DX*1), K4, Z13
	VMOVUPS.Z (R9)(DX*1), K4, Z14
	KANDW K2, K4, K5
	VMOVUPS.Z (R10)(DX*1), K5, Z15
	INPUT(Z12, Z13, Z14, Z15, Z19)

	MOVQ R15, DI
	INPUT(Z0, Z4, Z8, Z12, Z20)
	WRITE4(Z0, Z20, Z8, Z12)
	INPUT(Z16, Z17, Z18, Z19, Z20)
	WRITE4(Z16, Z20, Z18, Z19)
	INPUT(Z2, Z6, Z10, Z14, Z20)
	WRITE4(Z2, Z20, Z10, Z14)
	INPUT(Z3, Z7, Z11, Z15, Z20)
	WRITE4(Z3, Z20, Z11, Z15)

	ADDQ $64, SI
	ADDQ $64, R8
	ADDQ $64, R9
	ADDQ $64, R10
	ADDQ $64, R15
	SUBQ $16, AX
	JNZ loop
	VZEROUPPER
	RET

// (a, b) = Aᵀ·(a, b, c, d)
#define OUTPUT(a, b, c, d) \
	VADDPS b, a, a \
	VSUBPS c, b, b \
	VADDPS c, a, a \
	VSUBPS d, b, b

// the four points of a row of products through A; SI to the next row
#define READ4(a, b, c, d) \
	VMOVUPS (SI), a       \
	VMOVUPS (SI)(BX*1), b \
	VMOVUPS (SI)(BX*2), c \
	VMOVUPS (SI)(R9*1), d \
	LEAQ (SI)(BX*4), SI   \
	OUTPUT(a, b, c, d)

// Aᵀ·m·A of the 16 channels at AX: places by rows in Z0 Z1 Z4 Z5
#define PLACES \
	MOVQ AX, SI               \
	READ4(Z0, Z1, Z2, Z3)     \
	READ4(Z4, Z5, Z6, Z7)     \
	READ4(Z8, Z9, Z10, Z11)   \
	READ4(Z12, Z13, Z14, Z15) \
	OUTPUT(Z0, Z4, Z8, Z12)   \
	OUTPUT(Z1, Z5, Z9, Z13)

// y = max(s+bias, leak·(s+bias))
#define ACTIVATE(s, address) \
	VADDPS Z30, s, s   \
	VMULPS Z31, s, Z16 \
	VMAXPS s, Z16, s   \
	VMOVUPS s, address

// func output2x3AVX512(y *float32, row, column int, m *float32, point int, bias *float32, leak float32, channels int)
//
//	s = Σ Aᵀ[i][k]·m[(4k+l)*point+c]·Aᵀ[j][l] + bias[c]
//	y[i*row+j*column+c] = max(s, leak*s)
//
// AX m   SI row of m   BX R9 point × 4, 12 bytes   DX bias
// DI R8 rows of y   CX column × 4   R12 channels left
// Z0…Z15 point 4i+j   Z16 spare   Z30 Z31 bias, leak
TEXT ·output2x3AVX512(SB), NOSPLIT, $0-64
	MOVQ y+0(FP), DI
	MOVQ row+8(FP), R8
	MOVQ column+16(FP), CX
	MOVQ m+24(FP), AX
	MOVQ point+32(FP), BX
	MOVQ bias+40(FP), DX
	MOVQ channels+56(FP), R12
	LEAQ (DI)(R8*4), R8
	SHLQ $2, CX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R9
	VBROADCASTSS leak+48(FP), Z31

loop: // for c := 0; c < channels; c += 16
	VMOVUPS (DX), Z30
	PLACES
	ACTIVATE(Z0, (DI))
	ACTIVATE(Z1, (DI)(CX*1))
	ACTIVATE(Z4, (R8))
	ACTIVATE(Z5, (R8)(CX*1))
	ADDQ $64, AX
	ADDQ $64, DI
	ADDQ $64, R8
	ADDQ $64, DX
	SUBQ $16, R12
	JNZ loop
	VZEROUPPER
	RET

// y = s where act > 0 and leak·s elsewhere
#define MASKED(s, act, address) \
	VMOVUPS act, Z16           \
	VCMPPS $0x1E, Z30, Z16, K1 \
	VMULPS Z31, s, Z17         \
	VMOVAPS s, K1, Z17         \
	VMOVUPS Z17, address

// func masked2x3AVX512(y *float32, row, column int, m *float32, point int, act *float32, leak float32, channels int)
//
//	s = Σ Aᵀ[i][k]·m[(4k+l)*point+c]·Aᵀ[j][l]
//	y[i*row+j*column+c] = s where act[i*row+j*column+c] > 0, leak*s elsewhere
//
// AX m   SI row of m   BX R9 point × 4, 12 bytes   DX R13 rows of act
// DI R8 rows of y   CX column × 4   R12 channels left
// Z0…Z15 point 4i+j   Z16 Z17 spare   Z30 Z31 0, leak   K1 act > 0
TEXT ·masked2x3AVX512(SB), NOSPLIT, $0-64
	MOVQ y+0(FP), DI
	MOVQ row+8(FP), R8
	MOVQ column+16(FP), CX
	MOVQ m+24(FP), AX
	MOVQ point+32(FP), BX
	MOVQ act+40(FP), DX
	MOVQ channels+56(FP), R12
	LEAQ (DX)(R8*4), R13
	LEAQ (DI)(R8*4), R8
	SHLQ $2, CX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R9
	VBROADCASTSS leak+48(FP), Z31
	VPXORD Z30, Z30, Z30

loop: // for c := 0; c < channels; c += 16
	PLACES
	MASKED(Z0, (DX), (DI))
	MASKED(Z1, (DX)(CX*1), (DI)(CX*1))
	MASKED(Z4, (R13), (R8))
	MASKED(Z5, (R13)(CX*1), (R8)(CX*1))
	ADDQ $64, AX
	ADDQ $64, DI
	ADDQ $64, R8
	ADDQ $64, DX
	ADDQ $64, R13
	SUBQ $16, R12
	JNZ loop
	VZEROUPPER
	RET
