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

// PART8 is DOT8 of the lanes of a mask.
#define PART8(off, mask, lane) \
	VCVTPS2PD.Z off(SI), mask, Z8 \
	VCVTPS2PD.Z off(R8), mask, Z9 \
	VFMADD231PD Z9, Z8, lane

// TAILMASK masks what is left of BX elements among the next eight. It uses DX, CX.
#define TAILMASK(mask) \
	MOVQ $8, CX       \
	CMPQ BX, CX       \
	CMOVQLT BX, CX    \
	MOVL $1, DX       \
	SHLL CX, DX       \
	DECL DX           \
	KMOVW DX, mask    \
	SUBQ CX, BX

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

// func dotRowsAVX512(dst *float64, x, y *float32, rows, dim int)
//
// DI dst   SI x   R8 y   R9 rows   R10 blocks of a row   R11 elements after them   CX count
// Z0…Z3 lanes   Z8 x   Z9 y   K1…K4 masks of the last elements   BX, DX scratch
TEXT ·dotRowsAVX512(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ rows+24(FP), R9
	MOVQ dim+32(FP), R10
	MOVQ R10, R11
	SHRQ $5, R10
	ANDQ $31, R11
	MOVQ R11, BX
	TAILMASK(K1)
	TAILMASK(K2)
	TAILMASK(K3)
	TAILMASK(K4)

row:
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	VPXORQ Z3, Z3, Z3
	MOVQ R10, CX
	TESTQ CX, CX
	JEQ tail

loop:
	DOT8(0, Z0)
	DOT8(32, Z1)
	DOT8(64, Z2)
	DOT8(96, Z3)
	ADDQ $128, SI
	ADDQ $128, R8
	DECQ CX
	JNZ loop

tail:
	TESTQ R11, R11
	JEQ fold
	PART8(0, K1, Z0)
	CMPQ R11, $8
	JLE end
	PART8(32, K2, Z1)
	CMPQ R11, $16
	JLE end
	PART8(64, K3, Z2)
	CMPQ R11, $24
	JLE end
	PART8(96, K4, Z3)

end:
	LEAQ (SI)(R11*4), SI
	LEAQ (R8)(R11*4), R8

fold: // lanes by halves
	VADDPD Z2, Z0, Z0
	VADDPD Z3, Z1, Z1
	VADDPD Z1, Z0, Z0
	VEXTRACTF64X4 $1, Z0, Y1
	VADDPD Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPD X1, X0, X0
	VUNPCKHPD X0, X0, X1
	VADDSD X1, X0, X0
	VMOVSD X0, (DI)
	ADDQ $8, DI
	DECQ R9
	JNZ row
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

// func foldAVX512(l *lanes) float64
//
// DI l   Z0 Z1 lanes   X0 the sum
TEXT ·foldAVX512(SB), NOSPLIT, $0-16
	MOVQ l+0(FP), DI
	VMOVUPD (DI), Z0
	VMOVUPD 64(DI), Z1
	VADDPD 128(DI), Z0, Z0
	VADDPD 192(DI), Z1, Z1
	VADDPD Z1, Z0, Z0
	VEXTRACTF64X4 $1, Z0, Y1
	VADDPD Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPD X1, X0, X0
	VPERMILPD $1, X0, X1
	VADDSD X1, X0, X0
	VMOVSD X0, ret+8(FP)
	VZEROUPPER
	RET
