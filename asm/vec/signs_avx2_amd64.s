//go:build !noasm

#include "textflag.h"

// SIGNS stores a byte of the signs of eight floats. Y0 scratch
#define SIGNS(i) \
	VCMPPS $0x11, 32*i(SI), Y6, Y0 \ // 0 < y
	VMOVMSKPS Y0, AX               \
	MOVB AX, i(DI)

// MASK multiplies eight floats by leak where their bit is clear: a shift brings
// the bit of each to its lane's sign, by which the blend chooses. Y0 bits   Y1 dx   Y2 scratch
#define MASK(i) \
	VPBROADCASTB i(SI), Y0   \
	VPSLLVD Y5, Y0, Y0       \
	VMOVUPS 32*i(DI), Y1     \
	VMULPS Y1, Y7, Y2        \
	VBLENDVPS Y0, Y1, Y2, Y2 \
	VMOVUPS Y2, 32*i(DI)

// func signsAVX2(bits *uint8, y *float32, blocks int)
//
// DI bits   SI y   CX blocks left   AX one byte   Y6 0
TEXT ·signsAVX2(SB), NOSPLIT, $0-24
	MOVQ bits+0(FP), DI
	MOVQ y+8(FP), SI
	MOVQ blocks+16(FP), CX
	VXORPS Y6, Y6, Y6
	SUBQ $4, CX
	JLT rest

four:
	SIGNS(0)
	SIGNS(1)
	SIGNS(2)
	SIGNS(3)
	ADDQ $4, DI
	ADDQ $128, SI
	SUBQ $4, CX
	JGE four

rest:
	ADDQ $4, CX
	JEQ done

one:
	SIGNS(0)
	INCQ DI
	ADDQ $32, SI
	DECQ CX
	JNZ one

done:
	VZEROUPPER
	RET

// func maskSignsAVX2(dx *float32, bits *uint8, blocks int, leak float32)
//
// DI dx   SI bits   CX blocks left   Y5 7 … 0: shifts from bit i to bit 7 of a
// byte   Y7 leak   AX scratch
TEXT ·maskSignsAVX2(SB), NOSPLIT, $0-28
	MOVQ dx+0(FP), DI
	MOVQ bits+8(FP), SI
	MOVQ blocks+16(FP), CX
	VBROADCASTSS leak+24(FP), Y7
	MOVQ $0x0001020304050607, AX
	VMOVQ AX, X5
	VPMOVZXBD X5, Y5
	SUBQ $4, CX
	JLT rest

four:
	MASK(0)
	MASK(1)
	MASK(2)
	MASK(3)
	ADDQ $128, DI
	ADDQ $4, SI
	SUBQ $4, CX
	JGE four

rest:
	ADDQ $4, CX
	JEQ done

one:
	MASK(0)
	ADDQ $32, DI
	INCQ SI
	DECQ CX
	JNZ one

done:
	VZEROUPPER
	RET
