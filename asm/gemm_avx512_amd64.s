//go:build !noasm

#include "textflag.h"

// Matrix kernels of up to 14 rows × 32 columns, AVX-512: see GemmMicro.
//
// Register map
//	DI	a[p*stepA], row 0      R8 R9 R10 R11 R12 R13 R15	rowA × 4·{1 3 5 7 9 11 13} bytes
//	BX	stepA in bytes         SI	b[p*stepB]	CX	stepB in bytes	DX	terms left
//	AX	c, row by row, then scratch   R9	ldc in bytes (while c is read and written)
//	Z0–Z14, Z16–Z28	sums: row r in two neighbours of this list
//	Z29 Z30	b[p*stepB+0…31]	Z31	a[r*rowA+p*stepA] in all lanes

#define LOAD_ARGS \
	MOVQ	c+0(FP), AX; \
	MOVQ	ldc+8(FP), R9; \
	MOVQ	a+16(FP), DI; \
	MOVQ	rowA+24(FP), R8; \
	MOVQ	stepA+32(FP), BX; \
	MOVQ	b+40(FP), SI; \
	MOVQ	stepB+48(FP), CX; \
	MOVQ	k+56(FP), DX; \
	SHLQ	$2, R9; \
	SHLQ	$2, R8; \
	SHLQ	$2, BX; \
	SHLQ	$2, CX

// s0, s1 = c[row] or 0, AX to the next row
#define READ(s0, s1) \
	VMOVUPS	(AX), s0; \
	VMOVUPS	64(AX), s1; \
	ADDQ	R9, AX

#define ZERO(s0, s1) \
	VPXORD	s0, s0, s0; \
	VPXORD	s1, s1, s1

#define WRITE(s0, s1) \
	VMOVUPS	s0, (AX); \
	VMOVUPS	s1, 64(AX); \
	ADDQ	R9, AX

// s[row] += a[row*rowA+p*stepA] * b[p*stepB+j]
#define ROW(x, s0, s1) \
	VBROADCASTSS	x, Z31; \
	VFMADD231PS	Z29, Z31, s0; \
	VFMADD231PS	Z30, Z31, s1

#define LOAD_B \
	VMOVUPS	(SI), Z29; \
	VMOVUPS	64(SI), Z30

#define ODD_ROWS \
	LEAQ	(R8)(R8*2), R9; \
	LEAQ	(R8)(R8*4), R10; \
	LEAQ	(R9)(R8*4), R11; \
	LEAQ	(R8)(R8*8), R12; \
	LEAQ	(R9)(R8*8), R13; \
	LEAQ	(R10)(R8*8), R15

// To the next segment of a, or on when there is none.
#define SEGMENT(start) \
	MOVQ	segments+72(FP), AX; \
	DECQ	AX; \
	MOVQ	AX, segments+72(FP); \
	JZ	done; \
	ADDQ	jump+80(FP), DI; \
	MOVQ	k+56(FP), DX; \
	JMP	start

#define WRITE_ARGS \
	MOVQ	c+0(FP), AX; \
	MOVQ	ldc+8(FP), R9; \
	SHLQ	$2, R9

// func gemm14x32AVX512(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump, ahead int)
// Where rows lie close, one line in four of b+ahead is fetched into the second-level cache.
TEXT ·gemm14x32AVX512(SB), NOSPLIT, $0-96
	LOAD_ARGS
	MOVQ	accumulate+64(FP), R10
	TESTQ	R10, R10
	JZ	zero
	READ(Z0, Z1)
	READ(Z2, Z3)
	READ(Z4, Z5)
	READ(Z6, Z7)
	READ(Z8, Z9)
	READ(Z10, Z11)
	READ(Z12, Z13)
	READ(Z14, Z16)
	READ(Z17, Z18)
	READ(Z19, Z20)
	READ(Z21, Z22)
	READ(Z23, Z24)
	READ(Z25, Z26)
	READ(Z27, Z28)
	JMP	terms

zero:
	ZERO(Z0, Z1)
	ZERO(Z2, Z3)
	ZERO(Z4, Z5)
	ZERO(Z6, Z7)
	ZERO(Z8, Z9)
	ZERO(Z10, Z11)
	ZERO(Z12, Z13)
	ZERO(Z14, Z16)
	ZERO(Z17, Z18)
	ZERO(Z19, Z20)
	ZERO(Z21, Z22)
	ZERO(Z23, Z24)
	ZERO(Z25, Z26)
	ZERO(Z27, Z28)

terms:
	ODD_ROWS

segment:	// Where rows of a and of b lie close, two terms a round.
	CMPQ	BX, $4
	JNE	loop
	CMPQ	CX, $128
	JNE	loop
	MOVQ	ahead+88(FP), AX
	SHRQ	$1, DX
	JZ	odd

pair:	// for p := 0; p+1 < k; p += 2
	PREFETCHT1	(SI)(AX*1)
	LOAD_B
	ROW((DI), Z0, Z1)
	ROW((DI)(R8*1), Z2, Z3)
	ROW((DI)(R8*2), Z4, Z5)
	ROW((DI)(R9*1), Z6, Z7)
	ROW((DI)(R8*4), Z8, Z9)
	ROW((DI)(R10*1), Z10, Z11)
	ROW((DI)(R9*2), Z12, Z13)
	ROW((DI)(R11*1), Z14, Z16)
	ROW((DI)(R8*8), Z17, Z18)
	ROW((DI)(R12*1), Z19, Z20)
	ROW((DI)(R10*2), Z21, Z22)
	ROW((DI)(R13*1), Z23, Z24)
	ROW((DI)(R9*4), Z25, Z26)
	ROW((DI)(R15*1), Z27, Z28)
	VMOVUPS	128(SI), Z29
	VMOVUPS	192(SI), Z30
	ROW(4(DI), Z0, Z1)
	ROW(4(DI)(R8*1), Z2, Z3)
	ROW(4(DI)(R8*2), Z4, Z5)
	ROW(4(DI)(R9*1), Z6, Z7)
	ROW(4(DI)(R8*4), Z8, Z9)
	ROW(4(DI)(R10*1), Z10, Z11)
	ROW(4(DI)(R9*2), Z12, Z13)
	ROW(4(DI)(R11*1), Z14, Z16)
	ROW(4(DI)(R8*8), Z17, Z18)
	ROW(4(DI)(R12*1), Z19, Z20)
	ROW(4(DI)(R10*2), Z21, Z22)
	ROW(4(DI)(R13*1), Z23, Z24)
	ROW(4(DI)(R9*4), Z25, Z26)
	ROW(4(DI)(R15*1), Z27, Z28)
	ADDQ	$8, DI
	ADDQ	$256, SI
	DECQ	DX
	JNZ	pair

odd:
	MOVQ	k+56(FP), DX
	ANDQ	$1, DX
	JZ	next

loop:	// for p := range k
	LOAD_B
	ROW((DI), Z0, Z1)
	ROW((DI)(R8*1), Z2, Z3)
	ROW((DI)(R8*2), Z4, Z5)
	ROW((DI)(R9*1), Z6, Z7)
	ROW((DI)(R8*4), Z8, Z9)
	ROW((DI)(R10*1), Z10, Z11)
	ROW((DI)(R9*2), Z12, Z13)
	ROW((DI)(R11*1), Z14, Z16)
	ROW((DI)(R8*8), Z17, Z18)
	ROW((DI)(R12*1), Z19, Z20)
	ROW((DI)(R10*2), Z21, Z22)
	ROW((DI)(R13*1), Z23, Z24)
	ROW((DI)(R9*4), Z25, Z26)
	ROW((DI)(R15*1), Z27, Z28)
	ADDQ	BX, DI
	ADDQ	CX, SI
	DECQ	DX
	JNZ	loop

next:
	SEGMENT(segment)

done:
	WRITE_ARGS
	WRITE(Z0, Z1)
	WRITE(Z2, Z3)
	WRITE(Z4, Z5)
	WRITE(Z6, Z7)
	WRITE(Z8, Z9)
	WRITE(Z10, Z11)
	WRITE(Z12, Z13)
	WRITE(Z14, Z16)
	WRITE(Z17, Z18)
	WRITE(Z19, Z20)
	WRITE(Z21, Z22)
	WRITE(Z23, Z24)
	WRITE(Z25, Z26)
	WRITE(Z27, Z28)
	VZEROUPPER
	RET

// func gemm8x32AVX512(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int)
TEXT ·gemm8x32AVX512(SB), NOSPLIT, $0-88
	LOAD_ARGS
	MOVQ	accumulate+64(FP), R10
	TESTQ	R10, R10
	JZ	zero
	READ(Z0, Z1)
	READ(Z2, Z3)
	READ(Z4, Z5)
	READ(Z6, Z7)
	READ(Z8, Z9)
	READ(Z10, Z11)
	READ(Z12, Z13)
	READ(Z14, Z16)
	JMP	terms

zero:
	ZERO(Z0, Z1)
	ZERO(Z2, Z3)
	ZERO(Z4, Z5)
	ZERO(Z6, Z7)
	ZERO(Z8, Z9)
	ZERO(Z10, Z11)
	ZERO(Z12, Z13)
	ZERO(Z14, Z16)

terms:
	ODD_ROWS

loop:	// for p := range k
	LOAD_B
	ROW((DI), Z0, Z1)
	ROW((DI)(R8*1), Z2, Z3)
	ROW((DI)(R8*2), Z4, Z5)
	ROW((DI)(R9*1), Z6, Z7)
	ROW((DI)(R8*4), Z8, Z9)
	ROW((DI)(R10*1), Z10, Z11)
	ROW((DI)(R9*2), Z12, Z13)
	ROW((DI)(R11*1), Z14, Z16)
	ADDQ	BX, DI
	ADDQ	CX, SI
	DECQ	DX
	JNZ	loop

	SEGMENT(loop)

done:
	WRITE_ARGS
	WRITE(Z0, Z1)
	WRITE(Z2, Z3)
	WRITE(Z4, Z5)
	WRITE(Z6, Z7)
	WRITE(Z8, Z9)
	WRITE(Z10, Z11)
	WRITE(Z12, Z13)
	WRITE(Z14, Z16)
	VZEROUPPER
	RET

// func gemm4x32AVX512(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int)
TEXT ·gemm4x32AVX512(SB), NOSPLIT, $0-88
	LOAD_ARGS
	MOVQ	accumulate+64(FP), R10
	TESTQ	R10, R10
	JZ	zero
	READ(Z0, Z1)
	READ(Z2, Z3)
	READ(Z4, Z5)
	READ(Z6, Z7)
	JMP	terms

zero:
	ZERO(Z0, Z1)
	ZERO(Z2, Z3)
	ZERO(Z4, Z5)
	ZERO(Z6, Z7)

terms:
	ODD_ROWS

loop:	// for p := range k
	LOAD_B
	ROW((DI), Z0, Z1)
	ROW((DI)(R8*1), Z2, Z3)
	ROW((DI)(R8*2), Z4, Z5)
	ROW((DI)(R9*1), Z6, Z7)
	ADDQ	BX, DI
	ADDQ	CX, SI
	DECQ	DX
	JNZ	loop

	SEGMENT(loop)

done:
	WRITE_ARGS
	WRITE(Z0, Z1)
	WRITE(Z2, Z3)
	WRITE(Z4, Z5)
	WRITE(Z6, Z7)
	VZEROUPPER
	RET

// func gemm2x32AVX512(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int)
TEXT ·gemm2x32AVX512(SB), NOSPLIT, $0-88
	LOAD_ARGS
	MOVQ	accumulate+64(FP), R10
	TESTQ	R10, R10
	JZ	zero
	READ(Z0, Z1)
	READ(Z2, Z3)
	JMP	terms

zero:
	ZERO(Z0, Z1)
	ZERO(Z2, Z3)

terms:
	ODD_ROWS

loop:	// for p := range k
	LOAD_B
	ROW((DI), Z0, Z1)
	ROW((DI)(R8*1), Z2, Z3)
	ADDQ	BX, DI
	ADDQ	CX, SI
	DECQ	DX
	JNZ	loop

	SEGMENT(loop)

done:
	WRITE_ARGS
	WRITE(Z0, Z1)
	WRITE(Z2, Z3)
	VZEROUPPER
	RET

// func gemm1x32AVX512(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int)
TEXT ·gemm1x32AVX512(SB), NOSPLIT, $0-88
	LOAD_ARGS
	MOVQ	accumulate+64(FP), R10
	TESTQ	R10, R10
	JZ	zero
	READ(Z0, Z1)
	JMP	terms

zero:
	ZERO(Z0, Z1)

terms:
	ODD_ROWS

loop:	// for p := range k
	LOAD_B
	ROW((DI), Z0, Z1)
	ADDQ	BX, DI
	ADDQ	CX, SI
	DECQ	DX
	JNZ	loop

	SEGMENT(loop)

done:
	WRITE_ARGS
	WRITE(Z0, Z1)
	VZEROUPPER
	RET

#define FMA8(a, b, c, d, e, f, g, h) \
	VFMADD231PS	Z30, Z31, a; \
	VFMADD231PS	Z30, Z31, b; \
	VFMADD231PS	Z30, Z31, c; \
	VFMADD231PS	Z30, Z31, d; \
	VFMADD231PS	Z30, Z31, e; \
	VFMADD231PS	Z30, Z31, f; \
	VFMADD231PS	Z30, Z31, g; \
	VFMADD231PS	Z30, Z31, h

// func peakFMAAVX512(rounds int)
// Z0–Z14, Z16–Z24 sums, Z30 and Z31 zero, DX rounds left
TEXT ·peakFMAAVX512(SB), NOSPLIT, $0-8
	MOVQ	rounds+0(FP), DX
	VPXORD	Z30, Z30, Z30
	VPXORD	Z31, Z31, Z31

loop:
	FMA8(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)
	FMA8(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z16)
	FMA8(Z17, Z18, Z19, Z20, Z21, Z22, Z23, Z24)
	DECQ	DX
	JNZ	loop
	VZEROUPPER
	RET
