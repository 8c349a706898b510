//go:build !noasm

#include "textflag.h"

// func prefetchLines(x *float32, row, rows, n int)
//
// SI x, row by row   R8 row in bytes   DX rows left   R9 n in bytes   AX place in the row
TEXT ·prefetchLines(SB), NOSPLIT, $0-32
	MOVQ x+0(FP), SI
	MOVQ row+8(FP), R8
	MOVQ rows+16(FP), DX
	MOVQ n+24(FP), R9
	SHLQ $2, R8
	SHLQ $2, R9

row:
	XORL AX, AX

loop:
	PREFETCHT1 (SI)(AX*1)
	ADDQ $64, AX
	CMPQ AX, R9
	JB loop
	ADDQ R8, SI
	DECQ DX
	JNZ row
	RET
