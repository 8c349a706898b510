//go:build !noasm

#include "textflag.h"
#include "cooktoom_avx2_amd64.h"

// The transforms of Winograd F(2×2, 3×3) with AVX2, 8 channels at a time: see
// f2x3.go for the matrices. Sixteen registers do not hold a patch, so
// rows are read again for each row of the transform that takes them.

// ARGUMENTS of the two output transforms: AX m   BX R9 R10 point × 4, 16, 48 bytes   DI y   R8 row × 4   CX (row + column) × 4
#define ARGUMENTS \
	MOVQ y+0(FP), DI       \
	MOVQ row+8(FP), R8     \
	MOVQ column+16(FP), CX \
	MOVQ m+24(FP), AX      \
	MOVQ point+32(FP), BX  \
	SHLQ $2, R8            \
	SHLQ $2, CX            \
	ADDQ R8, CX            \
	SHLQ $2, BX            \
	LEAQ (BX*4), R9        \
	LEAQ (R9)(R9*2), R10

// a row of the patch that lies inside the image
#define INNER(p, a, b, c, d) \
	VMASKMOVPS (p), Y12, a       \
	VMOVUPS (p)(CX*1), b         \
	VMOVUPS (p)(CX*2), c         \
	VMASKMOVPS (p)(DX*1), Y13, d

// row 0 or 3, inside under the mask m
#define BORDER(p, m, a, b, c, d) \
	VANDPS m, Y12, Y14           \
	VMASKMOVPS (p), Y14, a       \
	VMASKMOVPS (p)(CX*1), m, b   \
	VMASKMOVPS (p)(CX*2), m, c   \
	VANDPS m, Y13, Y14           \
	VMASKMOVPS (p)(DX*1), Y14, d

#define SUBTRACT \
	VSUBPS Y4, Y0, Y0 \
	VSUBPS Y5, Y1, Y1 \
	VSUBPS Y6, Y2, Y2 \
	VSUBPS Y7, Y3, Y3

#define ADD \
	VADDPS Y4, Y0, Y0 \
	VADDPS Y5, Y1, Y1 \
	VADDPS Y6, Y2, Y2 \
	VADDPS Y7, Y3, Y3

// v = (Y0 − Y2, Y1 + Y2, Y2 − Y1, Y1 − Y3); DI to the next row
#define WRITE \
	VSUBPS Y2, Y0, Y8       \
	VMOVUPS Y8, (DI)        \
	VADDPS Y2, Y1, Y9       \
	VMOVUPS Y9, (DI)(BX*1)  \
	VSUBPS Y1, Y2, Y8       \
	VMOVUPS Y8, (DI)(BX*2)  \
	VSUBPS Y3, Y1, Y9       \
	VMOVUPS Y9, (DI)(R12*1) \
	LEAQ (DI)(BX*4), DI

// func input2x3AVX2(v *float32, point int, x *float32, origin, row, column, edges, channels int)
//
//	v[(4i+j)*point+c] = Σ Bᵀ[i][k]·x[origin+k*row+l*column+c]·Bᵀ[j][l]
//
// SI R8 R9 R10 rows 0…3 of the patch   CX, DX column × 4, × 12 bytes
// R11 v   DI row of v   BX R12 point × 4, 12 bytes   AX channels left
// Y10 Y11 Y12 Y13 row 0, row 3, column 0, column 3 lie inside   Y14 corners
// Y0…Y7 two rows   Y8 Y9 a result
TEXT ·input2x3AVX2(SB), NOSPLIT, $0-64
	MOVQ edges+48(FP), R15
	INSIDE(0, X10, Y10)
	INSIDE(1, X11, Y11)
	INSIDE(2, X12, Y12)
	INSIDE(3, X13, Y13)
	MOVQ v+0(FP), R11
	MOVQ point+8(FP), BX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R12
	MOVQ x+16(FP), SI
	MOVQ origin+24(FP), AX
	LEAQ (SI)(AX*4), SI
	MOVQ row+32(FP), AX
	LEAQ (SI)(AX*4), R8
	LEAQ (R8)(AX*4), R9
	LEAQ (R9)(AX*4), R10
	MOVQ column+40(FP), CX
	SHLQ $2, CX
	LEAQ (CX)(CX*2), DX
	MOVQ channels+56(FP), AX

loop: // for c := 0; c < channels; c += 8
	MOVQ R11, DI
	BORDER(SI, Y10, Y0, Y1, Y2, Y3)
	INNER(R9, Y4, Y5, Y6, Y7)
	SUBTRACT // rows 0 − 2
	WRITE
	INNER(R8, Y0, Y1, Y2, Y3)
	ADD // rows 1 + 2
	WRITE
	INNER(R9, Y0, Y1, Y2, Y3)
	INNER(R8, Y4, Y5, Y6, Y7)
	SUBTRACT // rows 2 − 1
	WRITE
	INNER(R8, Y0, Y1, Y2, Y3)
	BORDER(R10, Y11, Y4, Y5, Y6, Y7)
	SUBTRACT // rows 1 − 3
	WRITE
	ADDQ $32, SI
	ADDQ $32, R8
	ADDQ $32, R9
	ADDQ $32, R10
	ADDQ $32, R11
	SUBQ $8, AX
	JNZ loop
	VZEROUPPER
	RET

// (s, t) = Aᵀ of a column of m at SI: m₀ + m₁ + m₂, m₁ − m₂ − m₃; SI to the next
#define COLUMN(s, t) \
	VMOVUPS (SI)(R9*1), Y8   \
	VMOVUPS (SI)(R9*2), Y9   \
	VADDPS (SI), Y8, s       \
	VADDPS Y9, s, s          \
	VSUBPS Y9, Y8, t         \
	VSUBPS (SI)(R10*1), t, t \
	ADDQ BX, SI

// OUTPUTS leaves the 2×2 places Aᵀ·m·A in Y0 Y1 (row 0), Y2 Y3 (row 1).
#define OUTPUTS \
	COLUMN(Y0, Y4)    \
	COLUMN(Y1, Y5)    \
	COLUMN(Y2, Y6)    \
	COLUMN(Y3, Y7)    \
	VADDPS Y1, Y0, Y0 \
	VADDPS Y2, Y0, Y0 \
	VSUBPS Y2, Y1, Y1 \
	VSUBPS Y3, Y1, Y1 \
	VADDPS Y5, Y4, Y2 \
	VADDPS Y6, Y2, Y2 \
	VSUBPS Y6, Y5, Y3 \
	VSUBPS Y7, Y3, Y3

// y = max(s+bias, leak·(s+bias))
#define ACTIVATE(s, address) \
	VADDPS Y10, s, s   \
	VMULPS Y11, s, Y8  \
	VMAXPS s, Y8, s    \
	VMOVUPS s, address

// func output2x3AVX2(y *float32, row, column int, m *float32, point int, bias *float32, leak float32, channels int)
//
//	s = Σ Aᵀ[i][k]·m[(4k+l)*point+c]·Aᵀ[j][l] + bias[c]
//	y[i*row+j*column+c] = max(s, leak*s)
//
// AX m   SI column of m   BX R9 R10 point × 4, 16, 48 bytes   DX bias
// DI y   R8 row × 4 bytes   R11 column × 4   CX (row + column) × 4   R12 channels left
// Y0…Y9 sums   Y10 Y11 bias, leak
TEXT ·output2x3AVX2(SB), NOSPLIT, $0-64
	ARGUMENTS
	MOVQ column+16(FP), R11
	SHLQ $2, R11
	MOVQ bias+40(FP), DX
	VBROADCASTSS leak+48(FP), Y11
	MOVQ channels+56(FP), R12

loop: // for c := 0; c < channels; c += 8
	MOVQ AX, SI
	VMOVUPS (DX), Y10
	OUTPUTS
	ACTIVATE(Y0, (DI))
	ACTIVATE(Y1, (DI)(R11*1))
	ACTIVATE(Y2, (DI)(R8*1))
	ACTIVATE(Y3, (DI)(CX*1))
	ADDQ $32, AX
	ADDQ $32, DI
	ADDQ $32, DX
	SUBQ $8, R12
	JNZ loop
	VZEROUPPER
	RET

// y = act > 0 ? s : leak·s
#define MASK(s, index) \
	VMOVUPS (DX)(index*1), Y8 \
	VCMPPS $0x1e, Y10, Y8, Y8 \
	VMULPS Y11, s, Y9         \
	VBLENDVPS Y8, s, Y9, s    \
	VMOVUPS s, (DI)(index*1)

// func masked2x3AVX2(y *float32, row, column int, m *float32, point int, act *float32, leak float32, channels int)
//
//	y[i*row+j*column+c] = Σ Aᵀ[i][k]·m[(4k+l)*point+c]·Aᵀ[j][l] · (act > 0 ? 1 : leak)
//
// As output2x3AVX2, but DX act, Y10 0, R13 no offset; with leak 1 act is y.
TEXT ·masked2x3AVX2(SB), NOSPLIT, $0-64
	ARGUMENTS
	MOVQ column+16(FP), R11
	SHLQ $2, R11
	MOVQ act+40(FP), DX
	VXORPS Y10, Y10, Y10
	VBROADCASTSS leak+48(FP), Y11
	MOVQ channels+56(FP), R12
	XORL R13, R13

loop: // for c := 0; c < channels; c += 8
	MOVQ AX, SI
	OUTPUTS
	MASK(Y0, R13)
	MASK(Y1, R11)
	MASK(Y2, R8)
	MASK(Y3, CX)
	ADDQ $32, AX
	ADDQ $32, DI
	ADDQ $32, DX
	SUBQ $8, R12
	JNZ loop
	VZEROUPPER
	RET
