//go:build !noasm

#include "textflag.h"
#include "map_avx512_amd64.h"

// LEAKY is Z0 > 0 ? Z0 : leak·Z0. Z6 0   Z7 leak
#define LEAKY \
	VCMPPS $0x1e, Z6, Z0, K2 \
	VMULPS Z0, Z7, Z1 \
	VMOVAPS Z0, K2, Z1

// LEAKYGRAD is Z1 > 0 ? Z0 : leak·Z0.
#define LEAKYGRAD \
	VCMPPS $0x1e, Z6, Z1, K2 \
	VMULPS Z0, Z7, Z1 \
	VMOVAPS Z0, K2, Z1

// func leakyReLUAVX512(dst, x *float32, n int, leak float32)
//
// DI dst   SI x   CX n   Z6 0   Z7 leak
TEXT ·leakyReLUAVX512(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VPXORD Z6, Z6, Z6
	VBROADCASTSS leak+24(FP), Z7
	MAP1_512(LEAKY)

// func leakyReLUGradAVX512(dx, dy, y *float32, n int, leak float32)
//
// DI dx   SI dy   R8 y   CX n   Z6 0   Z7 leak
TEXT ·leakyReLUGradAVX512(SB), NOSPLIT, $0-36
	MOVQ dx+0(FP), DI
	MOVQ dy+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ n+24(FP), CX
	VPXORD Z6, Z6, Z6
	VBROADCASTSS leak+32(FP), Z7
	MAP2_512(LEAKYGRAD)

// func biasLeakyReLUAVX512(y, bias *float32, rows, n int, leak float32)
//
// DI y   R8 bias   R9 rows   R12 n   CX left in the row   AX index in the row
// Z6 0   Z7 leak   K1 tail mask
TEXT ·biasLeakyReLUAVX512(SB), NOSPLIT, $0-36
	MOVQ y+0(FP), DI
	MOVQ bias+8(FP), R8
	MOVQ rows+16(FP), R9
	MOVQ n+24(FP), R12
	VPXORD Z6, Z6, Z6
	VBROADCASTSS leak+32(FP), Z7
	MOVQ R12, CX
	ANDQ $15, CX
	TAILMASK512

row:
	XORL AX, AX
	MOVQ R12, CX
	SUBQ $16, CX
	JLT  tail

one:
	VMOVUPS (DI)(AX*4), Z0
	VADDPS (R8)(AX*4), Z0, Z0 // v = y + bias
	LEAKY
	VMOVUPS Z1, (DI)(AX*4)
	ADDQ $16, AX
	SUBQ $16, CX
	JGE  one

tail:
	ADDQ $16, CX
	JEQ  next
	VMOVUPS.Z (DI)(AX*4), K1, Z0
	VMOVUPS.Z (R8)(AX*4), K1, Z1
	VADDPS Z1, Z0, Z0
	LEAKY
	VMOVUPS Z1, K1, (DI)(AX*4)

next:
	LEAQ (DI)(R12*4), DI
	DECQ R9
	JNZ  row
	VZEROUPPER
	RET
