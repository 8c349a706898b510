//go:build !noasm

#include "textflag.h"

// func prefetchLines(x *float32, row, rows, n int)
//
// R0 x, row by row   R1 row in bytes   R2 rows left   R3 n in bytes   R4 place   R5 floats left × 4
TEXT ·prefetchLines(SB), NOSPLIT, $0-32
	MOVD x+0(FP), R0
	MOVD row+8(FP), R1
	MOVD rows+16(FP), R2
	MOVD n+24(FP), R3
	LSL $2, R1
	LSL $2, R3

row:
	MOVD R0, R4
	MOVD R3, R5

loop:
	PRFM (R4), PLDL2KEEP
	ADD $64, R4
	SUBS $64, R5
	BGT loop
	ADD R1, R0
	SUB $1, R2
	CBNZ R2, row
	RET
