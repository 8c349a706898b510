//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "noise_amd64.h"
#include "noise_avx2_amd64.h"

// CLIP keeps c = b/max(|g|, b), which is min(1, b/|g|) bit for bit. A NaN is
// MAXPS's second source, the one it returns.
#define CLIP(off, t, u) \
	VMOVUPS off(SI), t         \
	VBROADCASTSS step_b(R9), u \
	VANDPS MAGNITUDE, t, t     \
	VMAXPS t, u, t             \
	VDIVPS t, u, t             \
	VMOVAPS t, SCALE(off)

#define NONE(off, t, u)

// DRIFT does z += (drift·c)·g.
#define DRIFT(off, c, u) \
	VBROADCASTSS step_drift(R9), u \
	VMULPS c, u, u                 \
	VMULPS off(SI), u, u           \
	VADDPS off(DI), u, u           \
	VMOVUPS u, off(DI)

// The kinds of scale do the drift and keep √c (c if linear).
#define COORD(off, t, u) \
	VMOVAPS SCALE(off), t \
	DRIFT(off, t, u)      \
	VSQRTPS t, t          \
	VMOVAPS t, SCALE(off)

#define COORDLINEAR(off, t, u) \
	DRIFT(off, SCALE(off), u)

#define GIVEN(off, t, u) \
	VMOVUPS off(R8), t    \
	DRIFT(off, t, u)      \
	VSQRTPS t, t          \
	VMOVAPS t, SCALE(off)

#define GIVENLINEAR(off, t, u) \
	VMOVUPS off(R8), t    \
	DRIFT(off, t, u)      \
	VMOVAPS t, SCALE(off)

// ADAPTED does z += (noise·√c)·ξ.
#define ADAPTED(off, xi) \
	VBROADCASTSS step_noise(R9), Y14 \
	VMULPS SCALE(off), Y14, Y14      \
	VMULPS xi, Y14, Y14              \
	VADDPS off(DI), Y14, Y14         \
	VMOVUPS Y14, off(DI)

// PLAIN does z = (z + drift·g) + noise·ξ.
#define PLAIN(off, xi) \
	VBROADCASTSS step_drift(R9), Y6 \
	VBROADCASTSS step_noise(R9), Y7 \
	VMULPS off(SI), Y6, Y6          \
	VMULPS xi, Y7, Y7               \
	VADDPS off(DI), Y6, Y6          \
	VADDPS Y7, Y6, Y6               \
	VMOVUPS Y6, off(DI)

// STEPS is the loop of one kind of scale.
#define STEPS(loop, clip, scale, apply) \
loop:                              \
	NORMALS(NEXT, clip, scale) \
	apply(0, Y10)              \
	apply(32, Y12)             \
	apply(64, Y11)             \
	apply(96, Y13)             \
	ROUND_LAST                 \
	SPLIT                      \
	ADDQ $128, DI              \
	ADDQ $128, SI              \
	ADDQ $128, R8              \
	DECQ CX                    \
	JNZ loop                   \
	VZEROUPPER                 \
	RET

// func langevinAVX2(z, grad, a *float32, blocks int, st *step, r *stream)
//
// DI z   SI grad   R8 a   CX blocks   R9 st   DX r   R10 first word of the counter
// AX 2·scale + linear   R11 and Y0…Y14 as in noise_avx2_amd64.h
TEXT ·langevinAVX2(SB), NOSPLIT, $FRAMESIZE-48
	MOVQ z+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ a+16(FP), R8
	MOVQ blocks+24(FP), CX
	MOVQ st+32(FP), R9
	MOVQ r+40(FP), DX
	MOVL stream_ctr(DX), R10
	MOVL step_scale(R9), AX
	ADDL AX, AX
	ADDL step_linear(R9), AX
	FRAME
	PHILOX(NEXT)
	SPLIT
	CMPL AX, $2
	JLT fixed
	JEQ coord
	CMPL AX, $4
	JLT coordlinear
	JEQ given

	STEPS(givenlinear, NONE, GIVENLINEAR, ADAPTED)
	STEPS(fixed, NONE, NONE, PLAIN)
	STEPS(coord, CLIP, COORD, ADAPTED)
	STEPS(coordlinear, CLIP, COORDLINEAR, ADAPTED)
	STEPS(given, NONE, GIVEN, ADAPTED)

// SCALES sets Y11 = drift·c and Y12 = noise·√c (noise·c if linear) for the
// gradient Y10 and, for scaleGiven, c in Y13; BX holds 2·scale + linear.
#define SCALES(fixed, given, linear) \
	VMOVAPS Y4, Y11            \
	VMOVAPS Y5, Y12            \
	CMPL BX, $2                \
	JLT fixed                  \
	CMPL BX, $4                \
	JGE given                  \
	VANDPS MAGNITUDE, Y10, Y13 \
	VDIVPS Y13, Y6, Y13        \
	VMINPS Y13, Y7, Y13        \
given:                             \
	VMULPS Y13, Y4, Y11        \
	TESTL $1, BX               \
	JNZ linear                 \
	VSQRTPS Y13, Y13           \
linear:                            \
	VMULPS Y13, Y5, Y12        \
fixed:

// func stepGivenAVX2(z, grad, xi, a *float32, n int, st *step)
//
// DI z   SI grad   DX xi, nil for none   R8 a   CX n   R9 st   BX 2·scale + linear
// AX index
// Y4 drift   Y5 noise   Y6 b   Y7 1   Y8 tail mask   Y9 z   R10, R11 scratch
TEXT ·stepGivenAVX2(SB), NOSPLIT, $0-48
	MOVQ z+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ xi+16(FP), DX
	MOVQ a+24(FP), R8
	MOVQ n+32(FP), CX
	MOVQ st+40(FP), R9
	VBROADCASTSS step_drift(R9), Y4
	VBROADCASTSS step_noise(R9), Y5
	VBROADCASTSS step_b(R9), Y6
	VMOVUPS ONE, Y7
	MOVL step_scale(R9), BX
	ADDL BX, BX
	ADDL step_linear(R9), BX
	XORL AX, AX
	VPCMPEQD Y8, Y8, Y8 // all lanes
	SUBQ $8, CX
	JLT tail

loop:
	VMASKMOVPS (SI)(AX*4), Y8, Y10
	CMPL BX, $4
	JLT noload
	VMASKMOVPS (R8)(AX*4), Y8, Y13

noload:
	SCALES(fixed, given, linear)
	VMASKMOVPS (DI)(AX*4), Y8, Y9
	VMULPS Y10, Y11, Y11
	VADDPS Y11, Y9, Y9 // z + (drift·c)·g
	TESTQ DX, DX
	JEQ store
	VMASKMOVPS (DX)(AX*4), Y8, Y10
	VMULPS Y10, Y12, Y12
	VADDPS Y12, Y9, Y9 // … + (noise·√c)·ξ

store:
	VMASKMOVPS Y9, Y8, (DI)(AX*4)
	ADDQ $8, AX
	SUBQ $8, CX
	JGE loop

tail:
	ADDQ $8, CX
	JLE done
	MOVQ $8, R10 // lanes below CX
	SUBQ CX, R10
	LEAQ ·tailMask(SB), R11
	VMOVDQU (R11)(R10*4), Y8
	MOVQ $0, CX // the next turn is the last
	JMP loop

done:
	VZEROUPPER
	RET
