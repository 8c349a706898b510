//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "noise_amd64.h"

// CLIP sets Y12 = min(1, b/|g|), Y11 = g. A NaN ratio is MINPS's second source,
// which is the one it returns.
#define CLIP(off) \
	VMOVUPS off(SI), Y11     \
	VANDPS  MAGNITUDE, Y11, Y12 \
	VDIVPS  Y12, Y6, Y12     \
	VMINPS  Y12, Y7, Y12

// LOADCLIP sets Y12 = a, Y11 = g.
#define LOADCLIP(off) \
	VMOVUPS off(SI), Y11     \
	VMOVUPS off(R8), Y12

// APPLY does z = (z + (drift·c)·g) + (noise·d)·ξ for c in Y12, d in Y13.
#define APPLY(off, xi) \
	VMULPS Y12, Y4, Y12      \
	VMULPS Y13, Y5, Y13      \
	VMULPS Y11, Y12, Y12     \
	VMULPS xi, Y13, Y13      \
	VADDPS off(DI), Y12, Y12 \
	VADDPS Y13, Y12, Y12     \
	VMOVUPS Y12, off(DI)

#define FIXED(off, xi) \
	VMULPS off(SI), Y4, Y12  \
	VMULPS xi, Y5, Y13       \
	VADDPS off(DI), Y12, Y12 \
	VADDPS Y13, Y12, Y12     \
	VMOVUPS Y12, off(DI)

#define COORD(off, xi) \
	CLIP(off)                \
	VSQRTPS Y12, Y13         \
	APPLY(off, xi)

#define COORDLINEAR(off, xi) \
	CLIP(off)                \
	VMOVAPS Y12, Y13         \
	APPLY(off, xi)

#define GIVEN(off, xi) \
	LOADCLIP(off)            \
	VSQRTPS Y12, Y13         \
	APPLY(off, xi)

#define GIVENLINEAR(off, xi) \
	LOADCLIP(off)            \
	VMOVAPS Y12, Y13         \
	APPLY(off, xi)

// func langevinAVX2(z, grad, a *float32, blocks int, st *step, r *stream)
//
// DI z   SI grad   R8 a   CX blocks   R9 st   DX r   R10 first word of the counter
// AX 2·scale + linear
// Y0…Y3 ξ   Y4 drift   Y5 noise   Y6 b   Y7 1
TEXT ·langevinAVX2(SB), NOSPLIT, $0-48
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

loop:
	PHILOX_NEXT
	PHILOX_REST
	NORMALS
	VBROADCASTSS step_drift(R9), Y4
	VBROADCASTSS step_noise(R9), Y5
	VBROADCASTSS step_b(R9), Y6
	VMOVUPS ONE, Y7
	CMPL AX, $2
	JLT  fixed
	JEQ  coord
	CMPL AX, $4
	JEQ  given
	JGT  givenlinear

	COORDLINEAR(0, Y0)
	COORDLINEAR(32, Y1)
	COORDLINEAR(64, Y2)
	COORDLINEAR(96, Y3)
	JMP  next

fixed:
	FIXED(0, Y0)
	FIXED(32, Y1)
	FIXED(64, Y2)
	FIXED(96, Y3)
	JMP next

coord:
	COORD(0, Y0)
	COORD(32, Y1)
	COORD(64, Y2)
	COORD(96, Y3)
	JMP next

given:
	GIVEN(0, Y0)
	GIVEN(32, Y1)
	GIVEN(64, Y2)
	GIVEN(96, Y3)
	ADDQ $128, R8
	JMP  next

givenlinear:
	GIVENLINEAR(0, Y0)
	GIVENLINEAR(32, Y1)
	GIVENLINEAR(64, Y2)
	GIVENLINEAR(96, Y3)
	ADDQ $128, R8

next:
	ADDQ $128, DI
	ADDQ $128, SI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

// SCALES sets Y11 = drift·c and Y12 = noise·√c (noise·c if linear) for the
// gradient Y10 and, for scaleGiven, c in Y13; BX holds 2·scale + linear.
#define SCALES(fixed, given, linear) \
	VMOVAPS Y4, Y11          \
	VMOVAPS Y5, Y12          \
	CMPL BX, $2              \
	JLT  fixed               \
	CMPL BX, $4              \
	JGE  given               \
	VANDPS MAGNITUDE, Y10, Y13 \
	VDIVPS Y13, Y6, Y13      \
	VMINPS Y13, Y7, Y13      \
given:                       \
	VMULPS Y13, Y4, Y11      \
	TESTL $1, BX             \
	JNZ  linear              \
	VSQRTPS Y13, Y13         \
linear:                      \
	VMULPS Y13, Y5, Y12      \
fixed:

// func stepGivenAVX2(z, grad, xi, a *float32, n int, st *step)
//
// DI z   SI grad   DX xi, nil for none   R8 a   CX n   R9 st   BX 2·scale + linear
// AX index
// Y4 drift   Y5 noise   Y6 b   Y7 1   Y8 tail mask
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
	VPCMPEQD Y8, Y8, Y8      // all lanes
	SUBQ $8, CX
	JLT  tail

loop:
	VMASKMOVPS (SI)(AX*4), Y8, Y10
	CMPL BX, $4
	JLT  noload
	VMASKMOVPS (R8)(AX*4), Y8, Y13

noload:
	SCALES(fixed, given, linear)
	VMASKMOVPS (DI)(AX*4), Y8, Y9
	VMULPS Y10, Y11, Y11
	VADDPS Y11, Y9, Y9       // z + (drift·c)·g
	TESTQ DX, DX
	JEQ  store
	VMASKMOVPS (DX)(AX*4), Y8, Y10
	VMULPS Y10, Y12, Y12
	VADDPS Y12, Y9, Y9       // … + (noise·√c)·ξ

store:
	VMASKMOVPS Y9, Y8, (DI)(AX*4)
	ADDQ $8, AX
	SUBQ $8, CX
	JGE  loop

tail:
	ADDQ $8, CX
	JLE  done
	MOVQ $8, R10             // lanes below CX
	SUBQ CX, R10
	LEAQ ·tailMask(SB), R11
	VMOVDQU (R11)(R10*4), Y8
	MOVQ $0, CX              // the next turn is the last
	JMP  loop

done:
	VZEROUPPER
	RET
