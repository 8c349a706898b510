//go:build !noasm

#include "textflag.h"

// func maximumAVX512(x *float32, blocks int) float32
//
// SI x   CX blocks   Z0, Z1 largest so far   Z4, Z5 x   AX scratch
TEXT ·maximumAVX512(SB), NOSPLIT, $0-20
	MOVQ x+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVL $0xff800000, AX
	VPBROADCASTD AX, Z0
	VMOVAPS Z0, Z1

loop:
	VMOVUPS (SI), Z4
	VMOVUPS 64(SI), Z5
	VMAXPS Z0, Z4, Z0 // m = x > m ? x : m
	VMAXPS Z1, Z5, Z1
	ADDQ $128, SI
	DECQ CX
	JNZ loop
	VMAXPS Z1, Z0, Z0
	VEXTRACTF64X4 $1, Z0, Y1
	VMAXPS Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VMAXPS X1, X0, X0
	VPERMILPS $0x4e, X0, X1
	VMAXPS X1, X0, X0
	VPERMILPS $0xb1, X0, X1
	VMAXPS X1, X0, X0
	VMOVSS X0, ret+16(FP)
	VZEROUPPER
	RET
