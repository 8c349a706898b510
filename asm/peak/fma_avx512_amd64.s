//go:build !noasm

#include "textflag.h"

#define FMA8(a, b, c, d, e, f, g, h) \
	VFMADD231PS Z30, Z31, a \
	VFMADD231PS Z30, Z31, b \
	VFMADD231PS Z30, Z31, c \
	VFMADD231PS Z30, Z31, d \
	VFMADD231PS Z30, Z31, e \
	VFMADD231PS Z30, Z31, f \
	VFMADD231PS Z30, Z31, g \
	VFMADD231PS Z30, Z31, h

// func fmaAVX512(rounds int)
// Z0…Z14, Z16…Z24 sums, Z30 and Z31 zero, DX rounds left
TEXT ·fmaAVX512(SB), NOSPLIT, $0-8
	MOVQ rounds+0(FP), DX
	VPXORD Z30, Z30, Z30
	VPXORD Z31, Z31, Z31

loop:
	FMA8(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)
	FMA8(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z16)
	FMA8(Z17, Z18, Z19, Z20, Z21, Z22, Z23, Z24)
	DECQ DX
	JNZ loop
	VZEROUPPER
	RET
