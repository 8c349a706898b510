//go:build !noasm

#include "textflag.h"

// Matrix kernels of up to 6 rows × 16 columns, AVX2 and FMA: see GemmMicro.
//
// Register map
//	DI	a[p*stepA], row 0      R8 R9 R10	rowA × 4·{1 3 5} bytes
//	BX	stepA in bytes         SI	b[p*stepB]	CX	stepB in bytes	DX	terms left
//	AX	c, row by row, then scratch   R9	ldc in bytes (while c is read and written)
//	Y0–Y11	sums: row r in Y(2r), Y(2r+1)
//	Y12 Y13	b[p*stepB+0…15]	Y14	a[r*rowA+p*stepA] in all lanes

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
	VMOVUPS	32(AX), s1; \
	ADDQ	R9, AX

#define ZERO(s0, s1) \
	VXORPS	s0, s0, s0; \
	VXORPS	s1, s1, s1

#define WRITE(s0, s1) \
	VMOVUPS	s0, (AX); \
	VMOVUPS	s1, 32(AX); \
	ADDQ	R9, AX

// s[row] += a[row*rowA+p*stepA] * b[p*stepB+j]
#define ROW(x, s0, s1) \
	VBROADCASTSS	x, Y14; \
	VFMADD231PS	Y12, Y14, s0; \
	VFMADD231PS	Y13, Y14, s1

#define LOAD_B \
	VMOVUPS	(SI), Y12; \
	VMOVUPS	32(SI), Y13

#define ODD_ROWS \
	LEAQ	(R8)(R8*2), R9; \
	LEAQ	(R8)(R8*4), R10

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

// func gemm6x16AVX2(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump, tiles, ahead int)
//
// As above, with tiles of 6 rows, one after the other: the first two fetch every
// second line each of what lies ahead bytes behind this panel of b.
//
// R11	segments left   R13	from b to what is fetched   R15	tiles left
TEXT ·gemm6x16AVX2(SB), NOSPLIT, $0-104
	LOAD_ARGS
	MOVQ	tiles+88(FP), R15
	MOVQ	ahead+96(FP), R13

tile:	// for range tiles
	MOVQ	segments+72(FP), R11
	MOVQ	accumulate+64(FP), R10
	TESTQ	R10, R10
	JZ	zero
	READ(Y0, Y1)
	READ(Y2, Y3)
	READ(Y4, Y5)
	READ(Y6, Y7)
	READ(Y8, Y9)
	READ(Y10, Y11)
	JMP	terms

zero:
	ZERO(Y0, Y1)
	ZERO(Y2, Y3)
	ZERO(Y4, Y5)
	ZERO(Y6, Y7)
	ZERO(Y8, Y9)
	ZERO(Y10, Y11)

terms:
	ODD_ROWS

segment:	// Where rows of a and of b lie close, two terms a round.
	CMPQ	BX, $4
	JNE	loop
	CMPQ	CX, $64
	JNE	loop
	MOVQ	DX, AX
	SHRQ	$1, DX
	JZ	odd

pair:	// for p := 0; p+1 < k; p += 2
	PREFETCHT1	(SI)(R13*1)
	LOAD_B
	ROW((DI), Y0, Y1)
	ROW((DI)(R8*1), Y2, Y3)
	ROW((DI)(R8*2), Y4, Y5)
	ROW((DI)(R9*1), Y6, Y7)
	ROW((DI)(R8*4), Y8, Y9)
	ROW((DI)(R10*1), Y10, Y11)
	VMOVUPS	64(SI), Y12
	VMOVUPS	96(SI), Y13
	ROW(4(DI), Y0, Y1)
	ROW(4(DI)(R8*1), Y2, Y3)
	ROW(4(DI)(R8*2), Y4, Y5)
	ROW(4(DI)(R9*1), Y6, Y7)
	ROW(4(DI)(R8*4), Y8, Y9)
	ROW(4(DI)(R10*1), Y10, Y11)
	ADDQ	$8, DI
	ADDQ	$128, SI
	DECQ	DX
	JNZ	pair

odd:
	ANDQ	$1, AX
	JZ	next
	MOVQ	AX, DX

loop:	// for p := range k
	LOAD_B
	ROW((DI), Y0, Y1)
	ROW((DI)(R8*1), Y2, Y3)
	ROW((DI)(R8*2), Y4, Y5)
	ROW((DI)(R9*1), Y6, Y7)
	ROW((DI)(R8*4), Y8, Y9)
	ROW((DI)(R10*1), Y10, Y11)
	ADDQ	BX, DI
	ADDQ	CX, SI
	DECQ	DX
	JNZ	loop

next:	// To the next segment of a, or on when there is none.
	DECQ	R11
	JZ	done
	ADDQ	jump+80(FP), DI
	MOVQ	k+56(FP), DX
	JMP	segment

done:
	WRITE_ARGS
	WRITE(Y0, Y1)
	WRITE(Y2, Y3)
	WRITE(Y4, Y5)
	WRITE(Y6, Y7)
	WRITE(Y8, Y9)
	WRITE(Y10, Y11)
	DECQ	R15
	JZ	end
	MOVQ	AX, c+0(FP)
	MOVQ	a+16(FP), DI
	LEAQ	(DI)(R8*4), DI
	LEAQ	(DI)(R8*2), DI
	MOVQ	DI, a+16(FP)
	MOVQ	b+40(FP), SI
	MOVQ	k+56(FP), DX
	ADDQ	$64, R13
	LEAQ	-64(R13), R10
	CMPQ	R10, ahead+96(FP)
	JEQ	tile
	MOVQ	$-64, R13	// what is here already
	JMP	tile

end:
	VZEROUPPER
	RET

// func gemm4x16AVX2(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int)
TEXT ·gemm4x16AVX2(SB), NOSPLIT, $0-88
	LOAD_ARGS
	MOVQ	accumulate+64(FP), R10
	TESTQ	R10, R10
	JZ	zero
	READ(Y0, Y1)
	READ(Y2, Y3)
	READ(Y4, Y5)
	READ(Y6, Y7)
	JMP	terms

zero:
	ZERO(Y0, Y1)
	ZERO(Y2, Y3)
	ZERO(Y4, Y5)
	ZERO(Y6, Y7)

terms:
	ODD_ROWS

segment:	// Where rows of a and of b lie close, two terms a round.
	CMPQ	BX, $4
	JNE	loop
	CMPQ	CX, $64
	JNE	loop
	MOVQ	DX, AX
	SHRQ	$1, DX
	JZ	odd

pair:	// for p := 0; p+1 < k; p += 2
	LOAD_B
	ROW((DI), Y0, Y1)
	ROW((DI)(R8*1), Y2, Y3)
	ROW((DI)(R8*2), Y4, Y5)
	ROW((DI)(R9*1), Y6, Y7)
	VMOVUPS	64(SI), Y12
	VMOVUPS	96(SI), Y13
	ROW(4(DI), Y0, Y1)
	ROW(4(DI)(R8*1), Y2, Y3)
	ROW(4(DI)(R8*2), Y4, Y5)
	ROW(4(DI)(R9*1), Y6, Y7)
	ADDQ	$8, DI
	ADDQ	$128, SI
	DECQ	DX
	JNZ	pair

odd:
	ANDQ	$1, AX
	JZ	next
	MOVQ	AX, DX

loop:	// for p := range k
	LOAD_B
	ROW((DI), Y0, Y1)
	ROW((DI)(R8*1), Y2, Y3)
	ROW((DI)(R8*2), Y4, Y5)
	ROW((DI)(R9*1), Y6, Y7)
	ADDQ	BX, DI
	ADDQ	CX, SI
	DECQ	DX
	JNZ	loop

next:
	SEGMENT(segment)

done:
	WRITE_ARGS
	WRITE(Y0, Y1)
	WRITE(Y2, Y3)
	WRITE(Y4, Y5)
	WRITE(Y6, Y7)
	VZEROUPPER
	RET

// func gemm2x16AVX2(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int)
TEXT ·gemm2x16AVX2(SB), NOSPLIT, $0-88
	LOAD_ARGS
	MOVQ	accumulate+64(FP), R10
	TESTQ	R10, R10
	JZ	zero
	READ(Y0, Y1)
	READ(Y2, Y3)
	JMP	terms

zero:
	ZERO(Y0, Y1)
	ZERO(Y2, Y3)

terms:
	ODD_ROWS

loop:	// for p := range k
	LOAD_B
	ROW((DI), Y0, Y1)
	ROW((DI)(R8*1), Y2, Y3)
	ADDQ	BX, DI
	ADDQ	CX, SI
	DECQ	DX
	JNZ	loop

	SEGMENT(loop)

done:
	WRITE_ARGS
	WRITE(Y0, Y1)
	WRITE(Y2, Y3)
	VZEROUPPER
	RET

// func gemm1x16AVX2(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int)
TEXT ·gemm1x16AVX2(SB), NOSPLIT, $0-88
	LOAD_ARGS
	MOVQ	accumulate+64(FP), R10
	TESTQ	R10, R10
	JZ	zero
	READ(Y0, Y1)
	JMP	terms

zero:
	ZERO(Y0, Y1)

terms:
	ODD_ROWS

loop:	// for p := range k
	LOAD_B
	ROW((DI), Y0, Y1)
	ADDQ	BX, DI
	ADDQ	CX, SI
	DECQ	DX
	JNZ	loop

	SEGMENT(loop)

done:
	WRITE_ARGS
	WRITE(Y0, Y1)
	VZEROUPPER
	RET

// func peakFMAAVX2(rounds int)
// Y0–Y11 sums, Y12 and Y13 zero, DX rounds left
TEXT ·peakFMAAVX2(SB), NOSPLIT, $0-8
	MOVQ	rounds+0(FP), DX
	VXORPS	Y12, Y12, Y12
	VXORPS	Y13, Y13, Y13

loop:
	VFMADD231PS	Y12, Y13, Y0
	VFMADD231PS	Y12, Y13, Y1
	VFMADD231PS	Y12, Y13, Y2
	VFMADD231PS	Y12, Y13, Y3
	VFMADD231PS	Y12, Y13, Y4
	VFMADD231PS	Y12, Y13, Y5
	VFMADD231PS	Y12, Y13, Y6
	VFMADD231PS	Y12, Y13, Y7
	VFMADD231PS	Y12, Y13, Y8
	VFMADD231PS	Y12, Y13, Y9
	VFMADD231PS	Y12, Y13, Y10
	VFMADD231PS	Y12, Y13, Y11
	DECQ	DX
	JNZ	loop
	VZEROUPPER
	RET
