//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// func storeBiasLeakyReLUNEON(dst *float32, ldd int, sum *float32, lds, rows, columns int, bias *float32, leak float32)
//
// R0 dst   R1 ldd in bytes   R2 sum   R3 lds in bytes   R4 rows left   R5 columns
// R6 bias   R7, R8, R9 places in dst, sum, bias   R10 columns left
// V0 s   V1 leak·s   V2 choice   V30 0   V31 leak
TEXT ·storeBiasLeakyReLUNEON(SB), NOSPLIT, $0-60
	MOVD dst+0(FP), R0
	MOVD ldd+8(FP), R1
	LSL $2, R1
	MOVD sum+16(FP), R2
	MOVD lds+24(FP), R3
	LSL $2, R3
	MOVD rows+32(FP), R4
	MOVD columns+40(FP), R5
	MOVD bias+48(FP), R6
	MOVWU leak+56(FP), R10
	VDUP R10, V31.S4
	VEOR V30.B16, V30.B16, V30.B16

row:
	MOVD R0, R7
	MOVD R2, R8
	MOVD R6, R9
	MOVD R5, R10

loop:
	VLD1.P 16(R8), [V0.S4]
	VLD1.P 16(R9), [V1.S4]
	FADD4S(1, 0, 0) // s = sum + bias
	FMUL4S(0, 31, 1)
	FCMGT4S(30, 0, 2)
	BSL16B(1, 0, 2) // s > 0 ? s : leak·s
	VST1.P [V2.S4], 16(R7)
	SUB $4, R10
	CBNZ R10, loop
	ADD R1, R0
	ADD R3, R2
	SUB $1, R4
	CBNZ R4, row
	RET

// func storeMaskedNEON(dst *float32, ldd int, sum *float32, lds, rows, columns int, act *float32, leak float32)
//
// As storeBiasLeakyReLUNEON, but R6 act with the rows of dst, R9 a place in it.
TEXT ·storeMaskedNEON(SB), NOSPLIT, $0-60
	MOVD dst+0(FP), R0
	MOVD ldd+8(FP), R1
	LSL $2, R1
	MOVD sum+16(FP), R2
	MOVD lds+24(FP), R3
	LSL $2, R3
	MOVD rows+32(FP), R4
	MOVD columns+40(FP), R5
	MOVD act+48(FP), R6
	MOVWU leak+56(FP), R10
	VDUP R10, V31.S4
	VEOR V30.B16, V30.B16, V30.B16

row:
	MOVD R0, R7
	MOVD R2, R8
	MOVD R6, R9
	MOVD R5, R10

loop:
	VLD1.P 16(R8), [V0.S4]
	VLD1.P 16(R9), [V1.S4]
	FCMGT4S(30, 1, 2) // act > 0
	FMUL4S(0, 31, 1)
	BSL16B(1, 0, 2) // act > 0 ? s : leak·s
	VST1.P [V2.S4], 16(R7)
	SUB $4, R10
	CBNZ R10, loop
	ADD R1, R0
	ADD R1, R6
	ADD R3, R2
	SUB $1, R4
	CBNZ R4, row
	RET
