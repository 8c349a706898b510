//go:build !noasm

#include "textflag.h"

// The transforms of Cook–Toom F(2×2, 2×2) with AVX-512, 16 channels at a time, a
// patch in registers: see f2x2.go for the matrices. Place and point 3i+j
// are in Z(3i+j).

// a place of channels
#define PLACE(i, z) \
	MOVQ (8*i)(SI), R8    \
	VMOVUPS (R8)(AX*1), z

// the nine points at p, R9 to the third row
#define POINTS(p) \
	LEAQ (p)(R10*1), R8  \
	LEAQ (R8)(R10*1), R9

#define READ9(p) \
	POINTS(p)              \
	VMOVUPS (p), Z0        \
	VMOVUPS (p)(BX*1), Z1  \
	VMOVUPS (p)(BX*2), Z2  \
	VMOVUPS (R8), Z3       \
	VMOVUPS (R8)(BX*1), Z4 \
	VMOVUPS (R8)(BX*2), Z5 \
	VMOVUPS (R9), Z6       \
	VMOVUPS (R9)(BX*1), Z7 \
	VMOVUPS (R9)(BX*2), Z8

#define WRITE9(p) \
	POINTS(p)              \
	VMOVUPS Z0, (p)        \
	VMOVUPS Z1, (p)(BX*1)  \
	VMOVUPS Z2, (p)(BX*2)  \
	VMOVUPS Z3, (R8)       \
	VMOVUPS Z4, (R8)(BX*1) \
	VMOVUPS Z5, (R8)(BX*2) \
	VMOVUPS Z6, (R9)       \
	VMOVUPS Z7, (R9)(BX*1) \
	VMOVUPS Z8, (R9)(BX*2)

// (a, b, c) = Bᵀ·(a, b, c)
#define INPUT(a, b, c) \
	VSUBPS b, a, a \
	VSUBPS b, c, c

// func input2x2AVX512(v *float32, point int, places *[9]*float32, channels int)
//
//	v[(3i+j)*point+c] = Σ Bᵀ[i][k]·places[3k+l][c]·Bᵀ[j][l]
//
// DI v   BX R10 point × 4, 12 bytes   SI places   CX channels left   AX 4·c
// R8 R9 place or row of v
TEXT ·input2x2AVX512(SB), NOSPLIT, $0-32
	MOVQ v+0(FP), DI
	MOVQ point+8(FP), BX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R10
	MOVQ places+16(FP), SI
	MOVQ channels+24(FP), CX
	XORL AX, AX

loop: // for c := 0; c < channels; c += 16
	PLACE(0, Z0)
	PLACE(1, Z1)
	PLACE(2, Z2)
	PLACE(3, Z3)
	PLACE(4, Z4)
	PLACE(5, Z5)
	PLACE(6, Z6)
	PLACE(7, Z7)
	PLACE(8, Z8)
	INPUT(Z0, Z3, Z6)
	INPUT(Z1, Z4, Z7)
	INPUT(Z2, Z5, Z8)
	INPUT(Z0, Z1, Z2)
	INPUT(Z3, Z4, Z5)
	INPUT(Z6, Z7, Z8)
	WRITE9(DI)
	ADDQ $64, DI
	ADDQ $64, AX
	SUBQ $16, CX
	JNZ loop
	VZEROUPPER
	RET

// (a, b) = Aᵀ·(a, b, c)
#define OUTPUT(a, b, c) \
	VADDPS b, a, a \
	VADDPS c, b, b

// place i of a tile = max(s+bias, leak·(s+bias))
#define ACTIVATE(i, s) \
	VADDPS Z9, s, s       \
	VMULPS Z10, s, Z11    \
	VMAXPS s, Z11, s      \
	MOVQ (8*i)(DI), R8    \
	MOVQ (32+8*i)(DI), R9 \
	ANDQ AX, R9           \
	VMOVUPS s, (R8)(R9*1)

// func output2x2AVX512(places *outputs2x2, m *float32, point int, bias *float32, leak float32, channels int)
//
//	s = Σ Aᵀ[i][k]·m[(3k+l)*point+c]·Aᵀ[j][l] + bias[c]
//	places.x[2i+j][c] = max(s, leak*s)
//
// DI places   SI m   BX R10 point × 4, 12 bytes   DX bias   CX channels left   AX 4·c
// R8 R9 row of m or place   Z9 Z10 bias, leak   Z11 spare
TEXT ·output2x2AVX512(SB), NOSPLIT, $0-48
	MOVQ places+0(FP), DI
	MOVQ m+8(FP), SI
	MOVQ point+16(FP), BX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R10
	MOVQ bias+24(FP), DX
	VBROADCASTSS leak+32(FP), Z10
	MOVQ channels+40(FP), CX
	XORL AX, AX

loop: // for c := 0; c < channels; c += 16
	READ9(SI)
	OUTPUT(Z0, Z3, Z6)
	OUTPUT(Z1, Z4, Z7)
	OUTPUT(Z2, Z5, Z8)
	OUTPUT(Z0, Z1, Z2)
	OUTPUT(Z3, Z4, Z5)
	VMOVUPS (DX)(AX*1), Z9
	ACTIVATE(0, Z0)
	ACTIVATE(1, Z1)
	ACTIVATE(2, Z3)
	ACTIVATE(3, Z4)
	ADDQ $64, SI
	ADDQ $64, AX
	SUBQ $16, CX
	JNZ loop
	VZEROUPPER
	RET

// func gradient2x2AVX512(v *float32, point int, places *[4]*float32, channels int)
//
//	v[(3i+j)*point+c] = Σ A[i][k]·places[2k+l][c]·A[j][l]
//
// As input2x2AVX512.
TEXT ·gradient2x2AVX512(SB), NOSPLIT, $0-32
	MOVQ v+0(FP), DI
	MOVQ point+8(FP), BX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R10
	MOVQ places+16(FP), SI
	MOVQ channels+24(FP), CX
	XORL AX, AX

loop: // for c := 0; c < channels; c += 16
	PLACE(0, Z0)
	PLACE(1, Z2)
	PLACE(2, Z6)
	PLACE(3, Z8)
	VADDPS Z6, Z0, Z3
	VADDPS Z8, Z2, Z5
	VADDPS Z2, Z0, Z1
	VADDPS Z5, Z3, Z4
	VADDPS Z8, Z6, Z7
	WRITE9(DI)
	ADDQ $64, DI
	ADDQ $64, AX
	SUBQ $16, CX
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
	VMOVUPS (R8)(AX*1), Z9    \
	VCMPPS $0x1a, Z10, Z9, K1 \
	VMULPS Z11, s, K1, s

// what is at place i is added
#define ADD(i, s) \
	MOVQ (216+8*i)(DI), R8  \
	VADDPS (R8)(AX*1), s, s

#define STORE(i, s) \
	MOVQ (8*i)(DI), R8    \
	MOVQ (72+8*i)(DI), R9 \
	ANDQ AX, R9           \
	VMOVUPS s, (R8)(R9*1)

// func patch2x2AVX512(places *patches2x2, m *float32, point int, leak float32, channels int)
//
//	s = Σ B[i][k]·m[(3k+l)*point+c]·B[j][l]
//	places.x[3i+j][c] = (places.act[3i+j][c] > 0 ? s : leak*s) + places.add[3i+j][c]
//
// DI places   SI m   BX R10 point × 4, 12 bytes   CX channels left   AX 4·c
// R8 R9 row of m or place   Z9 act   Z10 0   Z11 leak   K1 act is not positive
TEXT ·patch2x2AVX512(SB), NOSPLIT, $0-40
	MOVQ places+0(FP), DI
	MOVQ m+8(FP), SI
	MOVQ point+16(FP), BX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R10
	VPXORD Z10, Z10, Z10
	VBROADCASTSS leak+24(FP), Z11
	MOVQ channels+32(FP), CX
	XORL AX, AX

loop: // for c := 0; c < channels; c += 16
	READ9(SI)
	PATCH(Z0, Z3, Z6)
	PATCH(Z1, Z4, Z7)
	PATCH(Z2, Z5, Z8)
	PATCH(Z0, Z1, Z2)
	PATCH(Z3, Z4, Z5)
	PATCH(Z6, Z7, Z8)
	MASK(0, Z0)
	MASK(1, Z1)
	MASK(2, Z2)
	MASK(3, Z3)
	MASK(4, Z4)
	MASK(5, Z5)
	MASK(6, Z6)
	MASK(7, Z7)
	MASK(8, Z8)
	ADD(0, Z0)
	ADD(1, Z1)
	ADD(2, Z2)
	ADD(3, Z3)
	ADD(6, Z6)
	STORE(0, Z0)
	STORE(1, Z1)
	STORE(2, Z2)
	STORE(3, Z3)
	STORE(4, Z4)
	STORE(5, Z5)
	STORE(6, Z6)
	STORE(7, Z7)
	STORE(8, Z8)
	ADDQ $64, SI
	ADDQ $64, AX
	SUBQ $16, CX
	JNZ loop
	VZEROUPPER
	RET
