//go:build !noasm

#include "textflag.h"
#include "map_amd64.h"

// LEAKY is Y0 > 0 ? Y0 : leak·Y0. Y6 0   Y7 leak
#define LEAKY \
	VMULPS Y0, Y7, Y1 \
	VCMPPS $0x1e, Y6, Y0, Y2 \
	VBLENDVPS Y2, Y0, Y1, Y1

// LEAKYGRAD is Y1 > 0 ? Y0 : leak·Y0.
#define LEAKYGRAD \
	VMULPS Y0, Y7, Y2 \
	VCMPPS $0x1e, Y6, Y1, Y3 \
	VBLENDVPS Y3, Y0, Y2, Y1

// func leakyReLUAVX2(dst, x *float32, n int, leak float32)
//
// DI dst   SI x   CX n   Y6 0   Y7 leak
TEXT ·leakyReLUAVX2(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VXORPS Y6, Y6, Y6
	VBROADCASTSS leak+24(FP), Y7
	MAP1(LEAKY)

// func leakyReLUGradAVX2(dx, dy, y *float32, n int, leak float32)
//
// DI dx   SI dy   R8 y   CX n   Y6 0   Y7 leak
TEXT ·leakyReLUGradAVX2(SB), NOSPLIT, $0-36
	MOVQ dx+0(FP), DI
	MOVQ dy+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ n+24(FP), CX
	VXORPS Y6, Y6, Y6
	VBROADCASTSS leak+32(FP), Y7
	MAP2(LEAKYGRAD)

// func biasLeakyReLUAVX2(y, bias *float32, rows, n int, leak float32)
//
// DI y   R8 bias   R9 rows   R12 n   CX left in the row   AX index in the row
// Y6 0   Y7 leak   Y8 tail mask
TEXT ·biasLeakyReLUAVX2(SB), NOSPLIT, $0-36
	MOVQ y+0(FP), DI
	MOVQ bias+8(FP), R8
	MOVQ rows+16(FP), R9
	MOVQ n+24(FP), R12
	VXORPS Y6, Y6, Y6
	VBROADCASTSS leak+32(FP), Y7
	MOVQ R12, CX
	ANDQ $7, CX
	TAILMASK

row:
	XORL AX, AX
	MOVQ R12, CX
	SUBQ $8, CX
	JLT  tail

one:
	VMOVUPS (DI)(AX*4), Y0
	VADDPS (R8)(AX*4), Y0, Y0 // v = y + bias
	LEAKY
	VMOVUPS Y1, (DI)(AX*4)
	ADDQ $8, AX
	SUBQ $8, CX
	JGE  one

tail:
	ADDQ $8, CX
	JEQ  next
	VMASKMOVPS (DI)(AX*4), Y8, Y0
	VMASKMOVPS (R8)(AX*4), Y8, Y1
	VADDPS Y1, Y0, Y0
	LEAKY
	VMASKMOVPS Y1, Y8, (DI)(AX*4)

next:
	LEAQ (DI)(R12*4), DI
	DECQ R9
	JNZ  row
	VZEROUPPER
	RET
