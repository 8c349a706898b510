//go:build !noasm

#include "textflag.h"

#define LOADLANES \
	VMOVUPD (DI), Y0    \
	VMOVUPD 32(DI), Y1  \
	VMOVUPD 64(DI), Y2  \
	VMOVUPD 96(DI), Y3  \
	VMOVUPD 128(DI), Y4 \
	VMOVUPD 160(DI), Y5 \
	VMOVUPD 192(DI), Y6 \
	VMOVUPD 224(DI), Y7

#define STORELANES \
	VMOVUPD Y0, (DI)    \
	VMOVUPD Y1, 32(DI)  \
	VMOVUPD Y2, 64(DI)  \
	VMOVUPD Y3, 96(DI)  \
	VMOVUPD Y4, 128(DI) \
	VMOVUPD Y5, 160(DI) \
	VMOVUPD Y6, 192(DI) \
	VMOVUPD Y7, 224(DI)

// The terms of four elements go to a register of lanes. Y8, Y9 scratch
#define SUM4(off, lane) \
	VCVTPS2PD off(SI), Y8 \
	VADDPD Y8, lane, lane

#define DOT4(off, lane) \
	VCVTPS2PD off(SI), Y8    \
	VCVTPS2PD off(R8), Y9    \
	VFMADD231PD Y9, Y8, lane

#define SQUARE4(off, lane) \
	VCVTPS2PD off(SI), Y8    \
	VFMADD231PD Y8, Y8, lane

#define DISTANCE4(off, lane) \
	VCVTPS2PD off(SI), Y8 \
	VCVTPS2PD off(R8), Y9 \
	VSUBPD Y9, Y8, Y8     \
	VMULPD Y8, Y8, Y8     \
	VADDPD Y8, lane, lane

#define BEYOND8(off, n) \
	VANDPS off(SI), Y6, Y8   \
	VCMPPS $0x1e, Y7, Y8, Y8 \ // all ones, −1, where |x| > b
	VPSUBD Y8, n, n

// func sumAVX2(l *lanes, x *float32, blocks int)
//
// DI l   SI x   CX blocks   Y0…Y7 lanes   Y8 x
TEXT ·sumAVX2(SB), NOSPLIT, $0-24
	MOVQ l+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ blocks+16(FP), CX
	LOADLANES

loop:
	SUM4(0, Y0)
	SUM4(16, Y1)
	SUM4(32, Y2)
	SUM4(48, Y3)
	SUM4(64, Y4)
	SUM4(80, Y5)
	SUM4(96, Y6)
	SUM4(112, Y7)
	ADDQ $128, SI
	DECQ CX
	JNZ loop
	STORELANES
	VZEROUPPER
	RET

// func dotAVX2(l *lanes, x, y *float32, blocks int)
//
// DI l   SI x   R8 y   CX blocks   Y0…Y7 lanes   Y8 x   Y9 y
TEXT ·dotAVX2(SB), NOSPLIT, $0-32
	MOVQ l+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ blocks+24(FP), CX
	LOADLANES
	CMPQ SI, R8
	JEQ square

loop:
	DOT4(0, Y0)
	DOT4(16, Y1)
	DOT4(32, Y2)
	DOT4(48, Y3)
	DOT4(64, Y4)
	DOT4(80, Y5)
	DOT4(96, Y6)
	DOT4(112, Y7)
	ADDQ $128, SI
	ADDQ $128, R8
	DECQ CX
	JNZ loop
	JMP done

square:
	SQUARE4(0, Y0)
	SQUARE4(16, Y1)
	SQUARE4(32, Y2)
	SQUARE4(48, Y3)
	SQUARE4(64, Y4)
	SQUARE4(80, Y5)
	SQUARE4(96, Y6)
	SQUARE4(112, Y7)
	ADDQ $128, SI
	DECQ CX
	JNZ square

done:
	STORELANES
	VZEROUPPER
	RET

// func distanceAVX2(l *lanes, x, y *float32, blocks int)
//
// DI l   SI x   R8 y   CX blocks   Y0…Y7 lanes   Y8 x   Y9 y
TEXT ·distanceAVX2(SB), NOSPLIT, $0-32
	MOVQ l+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ blocks+24(FP), CX
	LOADLANES

loop:
	DISTANCE4(0, Y0)
	DISTANCE4(16, Y1)
	DISTANCE4(32, Y2)
	DISTANCE4(48, Y3)
	DISTANCE4(64, Y4)
	DISTANCE4(80, Y5)
	DISTANCE4(96, Y6)
	DISTANCE4(112, Y7)
	ADDQ $128, SI
	ADDQ $128, R8
	DECQ CX
	JNZ loop
	STORELANES
	VZEROUPPER
	RET

// func countBeyondAVX2(x *float32, blocks int, b float32) int
//
// SI x   CX blocks   Y0…Y3 counts   Y6 magnitude bits   Y7 b   Y8 |x|   AX scratch
TEXT ·countBeyondAVX2(SB), NOSPLIT, $0-32
	MOVQ x+0(FP), SI
	MOVQ blocks+8(FP), CX
	VBROADCASTSS b+16(FP), Y7
	VPCMPEQD Y6, Y6, Y6
	VPSRLD $1, Y6, Y6
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3

loop:
	BEYOND8(0, Y0)
	BEYOND8(32, Y1)
	BEYOND8(64, Y2)
	BEYOND8(96, Y3)
	ADDQ $128, SI
	DECQ CX
	JNZ loop
	VPADDD Y1, Y0, Y0
	VPADDD Y3, Y2, Y2
	VPADDD Y2, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD X1, X0, X0
	VPSHUFD $0x4e, X0, X1
	VPADDD X1, X0, X0
	VPSHUFD $0xb1, X0, X1
	VPADDD X1, X0, X0
	VMOVD X0, AX
	MOVQ AX, ret+24(FP)
	VZEROUPPER
	RET

// func foldAVX2(l *lanes) float64
//
// DI l   Y0…Y3 lanes   X0 the sum   X1 scratch
TEXT ·foldAVX2(SB), NOSPLIT, $0-16
	MOVQ l+0(FP), DI
	VMOVUPD (DI), Y0
	VMOVUPD 32(DI), Y1
	VMOVUPD 64(DI), Y2
	VMOVUPD 96(DI), Y3
	VADDPD 128(DI), Y0, Y0
	VADDPD 160(DI), Y1, Y1
	VADDPD 192(DI), Y2, Y2
	VADDPD 224(DI), Y3, Y3
	VADDPD Y2, Y0, Y0
	VADDPD Y3, Y1, Y1
	VADDPD Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPD X1, X0, X0
	VPERMILPD $1, X0, X1
	VADDSD X1, X0, X0
	VMOVSD X0, ret+8(FP)
	VZEROUPPER
	RET
