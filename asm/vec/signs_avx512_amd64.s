//go:build !noasm

#include "textflag.h"

// SIGNS512 stores two bytes of the signs of sixteen floats.
#define SIGNS512(i) \
	VCMPPS $0x11, 64*i(SI), Z6, K1 \ // 0 < y
	KMOVW K1, 2*i(DI)

// MASK512 multiplies sixteen floats by leak where their bit is clear.
#define MASK512(i) \
	KMOVW 2*i(SI), K1     \
	KNOTW K1, K1          \
	VMOVUPS 64*i(DI), Z0  \
	VMULPS Z0, Z7, K1, Z0 \
	VMOVUPS Z0, 64*i(DI)

// func signsAVX512(bits *uint8, y *float32, blocks int)
//
// DI bits   SI y   CX blocks left   Z6 0   K1 sixteen bits
TEXT ·signsAVX512(SB), NOSPLIT, $0-24
	MOVQ bits+0(FP), DI
	MOVQ y+8(FP), SI
	MOVQ blocks+16(FP), CX
	VPXORD Z6, Z6, Z6
	SUBQ $4, CX
	JLT rest

four:
	SIGNS512(0)
	SIGNS512(1)
	SIGNS512(2)
	SIGNS512(3)
	ADDQ $8, DI
	ADDQ $256, SI
	SUBQ $4, CX
	JGE four

rest:
	ADDQ $4, CX
	JEQ done

one:
	SIGNS512(0)
	ADDQ $2, DI
	ADDQ $64, SI
	DECQ CX
	JNZ one

done:
	VZEROUPPER
	RET

// func maskSignsAVX512(dx *float32, bits *uint8, blocks int, leak float32)
//
// DI dx   SI bits   CX blocks left   Z7 leak   K1 lanes of clear bits   Z0 dx
TEXT ·maskSignsAVX512(SB), NOSPLIT, $0-28
	MOVQ dx+0(FP), DI
	MOVQ bits+8(FP), SI
	MOVQ blocks+16(FP), CX
	VBROADCASTSS leak+24(FP), Z7
	SUBQ $4, CX
	JLT rest

four:
	MASK512(0)
	MASK512(1)
	MASK512(2)
	MASK512(3)
	ADDQ $256, DI
	ADDQ $8, SI
	SUBQ $4, CX
	JGE four

rest:
	ADDQ $4, CX
	JEQ done

one:
	MASK512(0)
	ADDQ $64, DI
	ADDQ $2, SI
	DECQ CX
	JNZ one

done:
	VZEROUPPER
	RET
