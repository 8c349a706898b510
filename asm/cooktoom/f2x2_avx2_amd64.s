//go:build !noasm

#include "textflag.h"

// The transforms of Cook–Toom F(2×2, 2×2) with AVX2, 8 channels at a time, a patch
// in registers: see f2x2.go for the matrices. Place and point 3i+j are in
// Y(3i+j).

// a place of channels
#define PLACE(i, y) \
	MOVQ (8*i)(SI), R8    \
	VMOVUPS (R8)(AX*1), y

// the nine points at p, R9 to the third row
#define POINTS(p) \
	LEAQ (p)(R10*1), R8  \
	LEAQ (R8)(R10*1), R9

#define READ9(p) \
	POINTS(p)              \
	VMOVUPS (p), Y0        \
	VMOVUPS (p)(BX*1), Y1  \
	VMOVUPS (p)(BX*2), Y2  \
	VMOVUPS (R8), Y3       \
	VMOVUPS (R8)(BX*1), Y4 \
	VMOVUPS (R8)(BX*2), Y5 \
	VMOVUPS (R9), Y6       \
	VMOVUPS (R9)(BX*1), Y7 \
	VMOVUPS (R9)(BX*2), Y8

#define WRITE9(p) \
	POINTS(p)              \
	VMOVUPS Y0, (p)        \
	VMOVUPS Y1, (p)(BX*1)  \
	VMOVUPS Y2, (p)(BX*2)  \
	VMOVUPS Y3, (R8)       \
	VMOVUPS Y4, (R8)(BX*1) \
	VMOVUPS Y5, (R8)(BX*2) \
	VMOVUPS Y6, (R9)       \
	VMOVUPS Y7, (R9)(BX*1) \
	VMOVUPS Y8, (R9)(BX*2)

// (a, b, c) = Bᵀ·(a, b, c)
#define INPUT(a, b, c) \
	VSUBPS b, a, a \
	VSUBPS b, c, c

// func input2x2AVX2(v *float32, point int, places *[9]*float32, channels int)
//
//	v[(3i+j)*point+c] = Σ Bᵀ[i][k]·places[3k+l][c]·Bᵀ[j][l]
//
// DI v   BX R10 point × 4, 12 bytes   SI places   CX channels left   AX 4·c
// R8 R9 place or row of v
TEXT ·input2x2AVX2(SB), NOSPLIT, $0-32
	MOVQ v+0(FP), DI
	MOVQ point+8(FP), BX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R10
	MOVQ places+16(FP), SI
	MOVQ channels+24(FP), CX
	XORL AX, AX

loop: // for c := 0; c < channels; c += 8
	PLACE(0, Y0)
	PLACE(1, Y1)
	PLACE(2, Y2)
	PLACE(3, Y3)
	PLACE(4, Y4)
	PLACE(5, Y5)
	PLACE(6, Y6)
	PLACE(7, Y7)
	PLACE(8, Y8)
	INPUT(Y0, Y3, Y6)
	INPUT(Y1, Y4, Y7)
	INPUT(Y2, Y5, Y8)
	INPUT(Y0, Y1, Y2)
	INPUT(Y3, Y4, Y5)
	INPUT(Y6, Y7, Y8)
	WRITE9(DI)
	ADDQ $32, DI
	ADDQ $32, AX
	SUBQ $8, CX
	JNZ loop
	VZEROUPPER
	RET

// (a, b) = Aᵀ·(a, b, c)
#define OUTPUT(a, b, c) \
	VADDPS b, a, a \
	VADDPS c, b, b

// place i of a tile = max(s+bias, leak·(s+bias))
#define ACTIVATE(i, s) \
	VADDPS Y9, s, s       \
	VMULPS Y10, s, Y11    \
	VMAXPS s, Y11, s      \
	MOVQ (8*i)(DI), R8    \
	MOVQ (32+8*i)(DI), R9 \
	ANDQ AX, R9           \
	VMOVUPS s, (R8)(R9*1)

// func output2x2AVX2(places *outputs2x2, m *float32, point int, bias *float32, leak float32, channels int)
//
//	s = Σ Aᵀ[i][k]·m[(3k+l)*point+c]·Aᵀ[j][l] + bias[c]
//	places.x[2i+j][c] = max(s, leak*s)
//
// DI places   SI m   BX R10 point × 4, 12 bytes   DX bias   CX channels left   AX 4·c
// R8 R9 row of m or place   Y9 Y10 bias, leak   Y11 spare
TEXT ·output2x2AVX2(SB), NOSPLIT, $0-48
	MOVQ places+0(FP), DI
	MOVQ m+8(FP), SI
	MOVQ point+16(FP), BX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R10
	MOVQ bias+24(FP), DX
	VBROADCASTSS leak+32(FP), Y10
	MOVQ channels+40(FP), CX
	XORL AX, AX

loop: // for c := 0; c < channels; c += 8
	READ9(SI)
	OUTPUT(Y0, Y3, Y6)
	OUTPUT(Y1, Y4, Y7)
	OUTPUT(Y2, Y5, Y8)
	OUTPUT(Y0, Y1, Y2)
	OUTPUT(Y3, Y4, Y5)
	VMOVUPS (DX)(AX*1), Y9
	ACTIVATE(0, Y0)
	ACTIVATE(1, Y1)
	ACTIVATE(2, Y3)
	ACTIVATE(3, Y4)
	ADDQ $32, SI
	ADDQ $32, AX
	SUBQ $8, CX
	JNZ loop
	VZEROUPPER
	RET

// func gradient2x2AVX2(v *float32, point int, places *[4]*float32, channels int)
//
//	v[(3i+j)*point+c] = Σ A[i][k]·places[2k+l][c]·A[j][l]
//
// As input2x2AVX2.
TEXT ·gradient2x2AVX2(SB), NOSPLIT, $0-32
	MOVQ v+0(FP), DI
	MOVQ point+8(FP), BX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R10
	MOVQ places+16(FP), SI
	MOVQ channels+24(FP), CX
	XORL AX, AX

loop: // for c := 0; c < channels; c += 8
	PLACE(0, Y0)
	PLACE(1, Y2)
	PLACE(2, Y6)
	PLACE(3, Y8)
	VADDPS Y6, Y0, Y3
	VADDPS Y8, Y2, Y5
	VADDPS Y2, Y0, Y1
	VADDPS Y5, Y3, Y4
	VADDPS Y8, Y6, Y7
	WRITE9(DI)
	ADDQ $32, DI
	ADDQ $32, AX
	SUBQ $8, CX
	JNZ loop
	VZEROUPPER
	RET

// (a, b, c) = B·(a, b, c)
#define PATCH(a, b, c) \
	VSUBPS a, b, b \
	VSUBPS c, b, b

// s *= leak where act of place i is not positive
#define MASK(i, s) \
	MOVQ (144+8*i)(DI), R8    \
	VMOVUPS (R8)(AX*1), Y9    \
	VCMPPS $0x1e, Y10, Y9, Y9 \
	VMULPS Y11, s, Y12        \
	VBLENDVPS Y9, s, Y12, s

// what is at place i is added
#define ADD(i, s) \
	MOVQ (216+8*i)(DI), R8  \
	VADDPS (R8)(AX*1), s, s

#define STORE(i, s) \
	MOVQ (8*i)(DI), R8    \
	MOVQ (72+8*i)(DI), R9 \
	ANDQ AX, R9           \
	VMOVUPS s, (R8)(R9*1)

// func patch2x2AVX2(places *patches2x2, m *float32, point int, leak float32, channels int)
//
//	s = Σ B[i][k]·m[(3k+l)*point+c]·B[j][l]
//	places.x[3i+j][c] = (places.act[3i+j][c] > 0 ? s : leak*s) + places.add[3i+j][c]
//
// DI places   SI m   BX R10 point × 4, 12 bytes   CX channels left   AX 4·c
// R8 R9 row of m or place   Y9 Y12 spare   Y10 0   Y11 leak
TEXT ·patch2x2AVX2(SB), NOSPLIT, $0-40
	MOVQ places+0(FP), DI
	MOVQ m+8(FP), SI
	MOVQ point+16(FP), BX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R10
	VXORPS Y10, Y10, Y10
	VBROADCASTSS leak+24(FP), Y11
	MOVQ channels+32(FP), CX
	XORL AX, AX

loop: // for c := 0; c < channels; c += 8
	READ9(SI)
	PATCH(Y0, Y3, Y6)
	PATCH(Y1, Y4, Y7)
	PATCH(Y2, Y5, Y8)
	PATCH(Y0, Y1, Y2)
	PATCH(Y3, Y4, Y5)
	PATCH(Y6, Y7, Y8)
	MASK(0, Y0)
	MASK(1, Y1)
	MASK(2, Y2)
	MASK(3, Y3)
	MASK(4, Y4)
	MASK(5, Y5)
	MASK(6, Y6)
	MASK(7, Y7)
	MASK(8, Y8)
	ADD(0, Y0)
	ADD(1, Y1)
	ADD(2, Y2)
	ADD(3, Y3)
	ADD(6, Y6)
	STORE(0, Y0)
	STORE(1, Y1)
	STORE(2, Y2)
	STORE(3, Y3)
	STORE(4, Y4)
	STORE(5, Y5)
	STORE(6, Y6)
	STORE(7, Y7)
	STORE(8, Y8)
	ADDQ $32, SI
	ADDQ $32, AX
	SUBQ $8, CX
	JNZ loop
	VZEROUPPER
	RET
