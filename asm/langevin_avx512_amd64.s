//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "noise_amd64.h"
#include "noise_avx512_amd64.h"

// CLIP512 sets c = min(1, b/|v|) for the gradient v. A NaN ratio is MINPS's
// second source, which is the one it returns.
#define CLIP512(v, c) \
	VANDPS.BCST MAGNITUDE, v, c \
	VDIVPS c, Z13, c         \
	VMINPS c, Z12, c

// APPLY512 does z = (z + (drift·c)·v) + (noise·d)·ξ.
#define APPLY512(off, xi, v, c, d) \
	VMULPS c, Z11, c         \
	VMULPS d, Z10, d         \
	VMULPS v, c, c           \
	VMULPS xi, d, d          \
	VADDPS off(DI), c, c     \
	VADDPS d, c, c           \
	VMOVUPS c, off(DI)

#define FIXED512(off, xi) \
	VMULPS off(SI), Z11, Z5  \
	VMULPS xi, Z10, Z6       \
	VADDPS off(DI), Z5, Z5   \
	VADDPS Z6, Z5, Z5        \
	VMOVUPS Z5, off(DI)

#define COORD512(off, xi) \
	VMOVUPS off(SI), Z4      \
	CLIP512(Z4, Z5)          \
	VSQRTPS Z5, Z6           \
	APPLY512(off, xi, Z4, Z5, Z6)

#define COORDLINEAR512(off, xi) \
	VMOVUPS off(SI), Z4      \
	CLIP512(Z4, Z5)          \
	VMOVAPS Z5, Z6           \
	APPLY512(off, xi, Z4, Z5, Z6)

#define GIVEN512(off, xi) \
	VMOVUPS off(SI), Z4      \
	VMOVUPS off(R8), Z5      \
	VSQRTPS Z5, Z6           \
	APPLY512(off, xi, Z4, Z5, Z6)

#define GIVENLINEAR512(off, xi) \
	VMOVUPS off(SI), Z4      \
	VMOVUPS off(R8), Z5      \
	VMOVAPS Z5, Z6           \
	APPLY512(off, xi, Z4, Z5, Z6)

// func langevinAVX512(z, grad, a *float32, blocks int, st *step, r *stream)
//
// DI z   SI grad   R8 a   CX blocks   R9 st   DX r   R10 first word of the counter
// AX 2·scale + linear
// Z10 noise   Z11 drift   Z12 1   Z13 b   Z28…Z31 as CONSTANTS512
TEXT ·langevinAVX512(SB), NOSPLIT, $0-48
	MOVQ z+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ a+16(FP), R8
	MOVQ blocks+24(FP), CX
	MOVQ st+32(FP), R9
	MOVQ r+40(FP), DX
	MOVL stream_ctr(DX), R10
	CONSTANTS512
	MOVL step_scale(R9), AX
	ADDL AX, AX
	ADDL step_linear(R9), AX

loop:
	PHILOX512_NEXT
	PHILOX512_REST
	NORMALS512
	VBROADCASTSS step_noise(R9), Z10
	VBROADCASTSS step_drift(R9), Z11
	VBROADCASTSS ONE, Z12
	VBROADCASTSS step_b(R9), Z13
	CMPL AX, $2
	JLT  fixed
	JEQ  coord
	CMPL AX, $4
	JEQ  given
	JGT  givenlinear

	EACH512(COORDLINEAR512)
	JMP  next

fixed:
	EACH512(FIXED512)
	JMP next

coord:
	EACH512(COORD512)
	JMP next

given:
	EACH512(GIVEN512)
	ADDQ $512, R8
	JMP  next

givenlinear:
	EACH512(GIVENLINEAR512)
	ADDQ $512, R8

next:
	ADDQ $512, DI
	ADDQ $512, SI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

// func stepGivenAVX512(z, grad, xi, a *float32, n int, st *step)
//
// DI z   SI grad   DX xi, nil for none   R8 a   CX n   R9 st   BX 2·scale + linear
// AX index   K1 lanes of this turn
// Z10 noise   Z11 drift   Z12 1   Z13 b
TEXT ·stepGivenAVX512(SB), NOSPLIT, $0-48
	MOVQ z+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ xi+16(FP), DX
	MOVQ a+24(FP), R8
	MOVQ n+32(FP), R10
	MOVQ st+40(FP), R9
	VBROADCASTSS step_drift(R9), Z11
	VBROADCASTSS step_noise(R9), Z10
	VBROADCASTSS step_b(R9), Z13
	VBROADCASTSS ONE, Z12
	MOVL step_scale(R9), BX
	ADDL BX, BX
	ADDL step_linear(R9), BX
	XORL AX, AX
	KXNORW K1, K1, K1

loop:
	SUBQ $16, R10
	JGE  whole
	LEAQ 16(R10), CX         // the lanes that are left
	TESTQ CX, CX
	JLE  done
	MOVL $1, R11
	SHLL CX, R11
	DECL R11
	KMOVW R11, K1

whole:
	VMOVUPS.Z (SI)(AX*4), K1, Z4
	VMOVUPS.Z (DI)(AX*4), K1, Z0
	VMOVAPS Z11, Z5          // drift·c
	VMOVAPS Z10, Z6          // noise·√c
	CMPL BX, $2
	JLT  apply
	CMPL BX, $4
	JGE  given
	CLIP512(Z4, Z7)
	JMP  scale

given:
	VMOVUPS.Z (R8)(AX*4), K1, Z7

scale:
	VMULPS Z7, Z11, Z5
	TESTL $1, BX
	JNZ  linear
	VSQRTPS Z7, Z7

linear:
	VMULPS Z7, Z10, Z6

apply:
	VMULPS Z4, Z5, Z5
	VADDPS Z5, Z0, Z0        // z + (drift·c)·g
	TESTQ DX, DX
	JEQ  store
	VMOVUPS.Z (DX)(AX*4), K1, Z1
	VMULPS Z1, Z6, Z6
	VADDPS Z6, Z0, Z0        // … + (noise·√c)·ξ

store:
	VMOVUPS Z0, K1, (DI)(AX*4)
	ADDQ $16, AX
	JMP  loop

done:
	VZEROUPPER
	RET
