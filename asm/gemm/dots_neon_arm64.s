//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// func dotsNEON(dst *float32, ldd int, x, w *float32, k, body, rows int)
//
// R0 dst   R1 ldd in bytes   R2 row of x   R3 w   R4 k in bytes   R5 body   R6 rows left
// R7 place in the row   R8 place in w   R9 terms left
// V0…V3 lanes   V4…V7 x   V16…V19 w
TEXT ·dotsNEON(SB), NOSPLIT, $0-56
	MOVD dst+0(FP), R0
	MOVD ldd+8(FP), R1
	MOVD x+16(FP), R2
	MOVD w+24(FP), R3
	MOVD k+32(FP), R4
	MOVD body+40(FP), R5
	MOVD rows+48(FP), R6
	LSL $2, R1
	LSL $2, R4

row: // for r := range rows
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	MOVD R2, R7
	MOVD R3, R8
	MOVD R5, R9

loop:
	VLD1.P 64(R7), [V4.S4, V5.S4, V6.S4, V7.S4]
	VLD1.P 64(R8), [V16.S4, V17.S4, V18.S4, V19.S4]
	VFMLA V4.S4, V16.S4, V0.S4
	VFMLA V5.S4, V17.S4, V1.S4
	VFMLA V6.S4, V18.S4, V2.S4
	VFMLA V7.S4, V19.S4, V3.S4
	SUB $16, R9
	CBNZ R9, loop

	FADD4S(2, 0, 0)
	FADD4S(3, 1, 1)
	FADD4S(1, 0, 0)
	VEXT $8, V0.B16, V0.B16, V1.B16
	FADD4S(1, 0, 0)
	VEXT $4, V0.B16, V0.B16, V1.B16
	FADD4S(1, 0, 0)
	FMOVS F0, (R0)
	ADD R1, R0
	ADD R4, R2
	SUB $1, R6
	CBNZ R6, row
	RET
