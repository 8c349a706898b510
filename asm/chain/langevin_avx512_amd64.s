//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "noise_amd64.h"
#include "noise_avx512_amd64.h"

// CLIP sets c = min(1, b/|v|). A NaN ratio is MINPS's second source, which is
// the one it returns.
#define CLIP(v, c, one, b) \
	VANDPS.BCST MAGNITUDE, v, c \
	VDIVPS c, b, c              \
	VMINPS c, one, c

// SCALED is what an adaptive step does with 16 coordinates before it has the
// noise: z += (drift·c)·g, and noise·√c (noise·c if linear) goes to the frame. It
// stands between the rounds of Philox, which leave the divider idle. It uses the
// last register of each group.
#define SCALED(off, given, root, linear) \
	VMOVUPS off(SI), Z6                  \
	CMPL AX, $4                          \
	JGE given                            \
	VBROADCASTSS ONE, Z27                \
	VBROADCASTSS step_b(R9), Z20         \
	CLIP(Z6, Z13, Z27, Z20)              \
	JMP root                             \
given:                                       \
	VMOVUPS off(R8), Z13                 \
root:                                        \
	VMOVAPS Z13, Z20                     \
	TESTL $1, AX                         \
	JNZ linear                           \
	VSQRTPS Z13, Z20                     \
linear:                                      \
	VMULPS.BCST step_drift(R9), Z13, Z13 \
	VMULPS.BCST step_noise(R9), Z20, Z20 \
	VMULPS Z6, Z13, Z13                  \
	VMOVAPS Z20, off(R11)                \
	VADDPS off(DI), Z13, Z13             \
	VMOVUPS Z13, off(DI)

// FIXED is z = (z + drift·g) + noise·ξ.
#define FIXED(off, xi) \
	VMULPS off(SI), Z13, Z5 \
	VMULPS xi, Z12, Z6      \
	VADDPS off(DI), Z5, Z5  \
	VADDPS Z6, Z5, Z5       \
	VMOVUPS Z5, off(DI)

// NOISE adds the noise to what SCALED left.
#define NOISE(off, xi) \
	VMULPS off(R11), xi, Z5 \
	VADDPS off(DI), Z5, Z5  \
	VMOVUPS Z5, off(DI)

// func langevinAVX512(z, grad, a *float32, blocks int, st *step, r *stream)
//
// DI z   SI grad   R8 a   CX blocks   R9 st   DX r   R10 first word of the counter
// R11 64-byte aligned frame   AX 2·scale + linear
// Z12 noise   Z13 drift   Z28…Z31 as CONSTANTS
TEXT ·langevinAVX512(SB), NOSPLIT, $576-48
	MOVQ z+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ a+16(FP), R8
	MOVQ blocks+24(FP), CX
	MOVQ st+32(FP), R9
	MOVQ r+40(FP), DX
	MOVL stream_ctr(DX), R10
	LEAQ buf-576(SP), R11
	ADDQ $63, R11
	ANDQ $~63, R11
	CONSTANTS
	MOVL step_scale(R9), AX
	ADDL AX, AX
	ADDL step_linear(R9), AX

loop:
	PHILOX_NEXT
	CMPL AX, $2
	JLT fixed
	ROUND_EVEN(2)
	SCALED(0, given0, root0, linear0)
	ROUND_ODD(3)
	SCALED(64, given1, root1, linear1)
	ROUND_EVEN(4)
	SCALED(128, given2, root2, linear2)
	ROUND_ODD(5)
	SCALED(192, given3, root3, linear3)
	ROUND_EVEN(6)
	SCALED(256, given4, root4, linear4)
	ROUND_ODD(7)
	SCALED(320, given5, root5, linear5)
	ROUND_EVEN(8)
	SCALED(384, given6, root6, linear6)
	ROUND_ODD(9)
	SCALED(448, given7, root7, linear7)
	PAIRS
	NORMALS
	EACH(NOISE)
	ADDQ $512, R8
	JMP next

fixed:
	PHILOX_REST
	NORMALS
	VBROADCASTSS step_noise(R9), Z12
	VBROADCASTSS step_drift(R9), Z13
	EACH(FIXED)

next:
	ADDQ $512, DI
	ADDQ $512, SI
	DECQ CX
	JNZ loop
	VZEROUPPER
	RET

// func stepGivenAVX512(z, grad, xi, a *float32, n int, st *step)
//
// DI z   SI grad   DX xi, nil for none   R8 a   CX n   R9 st   BX 2·scale + linear
// AX index   K1 lanes of this turn
// Z10 noise   Z11 drift   Z12 1   Z13 b   R10 n, then what is left   R11 scratch
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
	JGE whole
	LEAQ 16(R10), CX // the lanes that are left
	TESTQ CX, CX
	JLE done
	MOVL $1, R11
	SHLL CX, R11
	DECL R11
	KMOVW R11, K1

whole:
	VMOVUPS.Z (SI)(AX*4), K1, Z4
	VMOVUPS.Z (DI)(AX*4), K1, Z0
	VMOVAPS Z11, Z5 // drift·c
	VMOVAPS Z10, Z6 // noise·√c
	CMPL BX, $2
	JLT apply
	CMPL BX, $4
	JGE given
	CLIP(Z4, Z7, Z12, Z13)
	JMP scale

given:
	VMOVUPS.Z (R8)(AX*4), K1, Z7

scale:
	VMULPS Z7, Z11, Z5
	TESTL $1, BX
	JNZ linear
	VSQRTPS Z7, Z7

linear:
	VMULPS Z7, Z10, Z6

apply:
	VMULPS Z4, Z5, Z5
	VADDPS Z5, Z0, Z0 // z + (drift·c)·g
	TESTQ DX, DX
	JEQ store
	VMOVUPS.Z (DX)(AX*4), K1, Z1
	VMULPS Z1, Z6, Z6
	VADDPS Z6, Z0, Z0 // … + (noise·√c)·ξ

store:
	VMOVUPS Z0, K1, (DI)(AX*4)
	ADDQ $16, AX
	JMP loop

done:
	VZEROUPPER
	RET
