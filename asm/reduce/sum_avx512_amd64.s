//go:build !noasm

#include "textflag.h"

#define LOADLANES \
	VMOVUPD (DI), Z0    \
	VMOVUPD 64(DI), Z1  \
	VMOVUPD 128(DI), Z2 \
	VMOVUPD 192(DI), Z3

#define STORELANES \
	VMOVUPD Z0, (DI)    \
	VMOVUPD Z1, 64(DI)  \
	VMOVUPD Z2, 128(DI) \
	VMOVUPD Z3, 192(DI)

// The terms of eight elements go to a register of lanes. Z8, Z9 scratch
#define SUM8(off, lane) \
	VCVTPS2PD off(SI), Z8 \
	VADDPD Z8, lane, lane

#define DOT8(off, lane) \
	VCVTPS2PD off(SI), Z8    \
	VCVTPS2PD off(R8), Z9    \
	VFMADD231PD Z9, Z8, lane

#define SQUARE8(off, lane) \
	VCVTPS2PD off(SI), Z8    \
	VFMADD231PD Z8, Z8, lane

#define DISTANCE8(off, lane) \
	VCVTPS2PD off(SI), Z8 \
	VCVTPS2PD off(R8), Z9 \
	VSUBPD Z9, Z8, Z8     \
	VMULPD Z8, Z8, Z8     \
	VADDPD Z8, lane, lane

#define BEYOND16(off) \
	VPANDD off(SI), Z6, Z8   \
	VCMPPS $0x1e, Z7, Z8, K1 \
	KMOVW K1, BX             \
	POPCNTL BX, BX           \
	ADDQ BX, AX

// func sumAVX512(l *lanes, x *float32, blocks int)
//
// DI l   SI x   CX blocks   Z0…Z3 lanes   Z8 x
TEXT ·sumAVX512(SB), NOSPLIT, $0-24
	MOVQ l+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ blocks+16(FP), CX
	LOADLANES

loop:
	SUM8(0, Z0)
	SUM8(32, Z1)
	SUM8(64, Z2)
	SUM8(96, Z3)
	ADDQ $128, SI
	DECQ CX
	JNZ loop
	STORELANES
	VZEROUPPER
	RET

// func dotAVX512(l *lanes, x, y *float32, blocks int)
//
// DI l   SI x   R8 y   CX blocks   Z0…Z3 lanes   Z8 x   Z9 y
TEXT ·dotAVX512(SB), NOSPLIT, $0-32
	MOVQ l+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ blocks+24(FP), CX
	LOADLANES
	CMPQ SI, R8
	JEQ square

loop:
	DOT8(0, Z0)
	DOT8(32, Z1)
	DOT8(64, Z2)
	DOT8(96, Z3)
	ADDQ $128, SI
	ADDQ $128, R8
	DECQ CX
	JNZ loop
	JMP done

square:
	SQUARE8(0, Z0)
	SQUARE8(32, Z1)
	SQUARE8(64, Z2)
	SQUARE8(96, Z3)
	ADDQ $128, SI
	DECQ CX
	JNZ square

done:
	STORELANES
	VZEROUPPER
	RET

// func distanceAVX512(l *lanes, x, y *float32, blocks int)
//
// DI l   SI x   R8 y   CX blocks   Z0…Z3 lanes   Z8 x   Z9 y
TEXT ·distanceAVX512(SB), NOSPLIT, $0-32
	MOVQ l+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ blocks+24(FP), CX
	LOADLANES

loop:
	DISTANCE8(0, Z0)
	DISTANCE8(32, Z1)
	DISTANCE8(64, Z2)
	DISTANCE8(96, Z3)
	ADDQ $128, SI
	ADDQ $128, R8
	DECQ CX
	JNZ loop
	STORELANES
	VZEROUPPER
	RET

// func countBeyondAVX512(x *float32, blocks int, b float32) int
//
// SI x   CX blocks   AX count   Z6 magnitude bits   Z7 b   Z8 |x|   K1, BX where |x| > b
TEXT ·countBeyondAVX512(SB), NOSPLIT, $0-32
	MOVQ x+0(FP), SI
	MOVQ blocks+8(FP), CX
	VBROADCASTSS b+16(FP), Z7
	MOVL $0x7fffffff, AX
	VPBROADCASTD AX, Z6
	XORL AX, AX

loop:
	BEYOND16(0)
	BEYOND16(64)
	ADDQ $128, SI
	DECQ CX
	JNZ loop
	MOVQ AX, ret+24(FP)
	VZEROUPPER
	RET
