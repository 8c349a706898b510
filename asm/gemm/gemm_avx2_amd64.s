//go:build !noasm

#include "go_asm.h"
#include "textflag.h"

// Matrix kernels of up to 6 rows × 16 columns, AVX2 and FMA: see call.
//
// Register map
//	DI a[p*stepA], row 0   R8 R9 R10 rowA × {1 3 5}
//	BX stepA   SI b[p*stepB]   CX stepB   DX terms left
//	AX call, c row by row, or scratch   R9 ldc (while c is read and written)
//	R11 segments left   R13 ahead   R12 R15 bias and c until the loop begins
//	Y0…Y11 sums: row r in Y(2r), Y(2r+1)
//	Y12 Y13 b[p*stepB+0…15]   Y14 a[r*rowA+p*stepA] in all lanes
// and while the sums are written
//	DX call   R10 bias, or act row by row
//	Y12 Y13 bias   Y14 scratch; or Y12 zero   Y13 lanes that do not leak   Y14 scratch

// f of the sums of each row
#define ROWS1(f) \
	f(Y0, Y1)

#define ROWS2(f) \
	ROWS1(f)  \
	f(Y2, Y3)

#define ROWS4(f) \
	ROWS2(f)  \
	f(Y4, Y5) \
	f(Y6, Y7)

#define ROWS6(f) \
	ROWS4(f)    \
	f(Y8, Y9)   \
	f(Y10, Y11)

#define ZERO(s0, s1) \
	VXORPS s0, s0, s0 \
	VXORPS s1, s1, s1

// s0, s1 = c[row], AX to the next row
#define READ(s0, s1) \
	VMOVUPS (AX), s0   \
	VMOVUPS 32(AX), s1 \
	ADDQ R9, AX

// Prefetch c[row], which is written to when the sums are done.
#define FETCH(s0, s1) \
	PREFETCHT0 (AX) \
	ADDQ R9, AX

#define WRITE(s0, s1) \
	VMOVUPS s0, (AX)   \
	VMOVUPS s1, 32(AX) \
	ADDQ R9, AX

#define BIAS(b, s) \
	VADDPS b, s, s                  \
	VBROADCASTSS call_leak(DX), Y14 \
	VMULPS s, Y14, Y14              \
	VMAXPS s, Y14, s

// s += bias; c[row] = max(s, leak*s)
#define WRITE_BIAS(s0, s1) \
	BIAS(Y12, s0) \
	BIAS(Y13, s1) \
	WRITE(s0, s1)

#define MASKED(act, s) \
	VCMPPS $1, act, Y12, Y13        \
	VBROADCASTSS call_leak(DX), Y14 \
	VMULPS s, Y14, Y14              \
	VBLENDVPS Y13, s, Y14, s

// c[row] = s * (act[row] > 0 ? 1 : leak)
#define WRITE_MASKED(s0, s1) \
	MASKED((R10), s0)   \
	MASKED(32(R10), s1) \
	ADDQ R9, R10        \
	WRITE(s0, s1)

// s[row] += a[row*rowA+p*stepA] * b[p*stepB+j]
#define ROW(x, s0, s1) \
	VBROADCASTSS x, Y14      \
	VFMADD231PS Y12, Y14, s0 \
	VFMADD231PS Y13, Y14, s1

// The same for all rows, a at o(DI).
#define TERM1(o) \
	ROW(o(DI), Y0, Y1)

#define TERM2(o) \
	TERM1(o)                 \
	ROW(o(DI)(R8*1), Y2, Y3)

#define TERM4(o) \
	TERM2(o)                 \
	ROW(o(DI)(R8*2), Y4, Y5) \
	ROW(o(DI)(R9*1), Y6, Y7)

#define TERM6(o) \
	TERM4(o)                    \
	ROW(o(DI)(R8*4), Y8, Y9)    \
	ROW(o(DI)(R10*1), Y10, Y11)

// The kernel of so many rows, tile after tile. Where rows of a and of b lie
// close, it takes two terms a round and fetches lines into the second-level
// cache: the first tile every second one of what lies ahead behind b, the next
// the others, those after them what is here already.
#define TILES(rows, term) \
	MOVQ call+0(FP), AX           \
	MOVQ call_ahead(AX), R13      \
tile:                                 \ // pointers to the rows of a tile in a, b and c
	MOVQ call_a(AX), DI           \
	ADDQ call_doneA(AX), DI       \
	MOVQ call_rowA(AX), R8        \
	MOVQ call_stepA(AX), BX       \
	MOVQ call_b(AX), SI           \
	MOVQ call_stepB(AX), CX       \
	MOVQ call_k(AX), DX           \
	MOVQ call_segments(AX), R11   \
	MOVQ call_accumulate(AX), R10 \
	MOVQ call_bias(AX), R12       \
	MOVQ call_ldc(AX), R9         \
	MOVQ call_doneC(AX), R15      \
	ADDQ call_c(AX), R15          \
	MOVQ R15, AX                  \
	TESTQ R10, R10                \
	JEQ zero                      \
	rows(READ)                    \
	JMP terms                     \
zero:                                 \ // the sums begin at 0; with a bias nobody has read c yet: fetch it
	rows(ZERO)                    \
	TESTQ R12, R12                \
	JEQ terms                     \
	rows(FETCH)                   \
terms:                                \ // the sums are there: distances between rows of a
	LEAQ (R8)(R8*2), R9           \
	LEAQ (R8)(R8*4), R10          \
segment:                              \ // k terms in DX; pairs where rows of a and of b lie close
	CMPQ BX, $4                   \
	JNE loop                      \
	CMPQ CX, $64                  \
	JNE loop                      \
	MOVQ DX, AX                   \
	SHRQ $1, DX                   \
	JZ odd                        \
	PCALIGN $64                   \
pair:                                 \ // two terms a round, DX rounds left
	PREFETCHT1 (SI)(R13*1)        \
	VMOVUPS (SI), Y12             \
	VMOVUPS 32(SI), Y13           \
	term(0)                       \
	VMOVUPS 64(SI), Y12           \
	VMOVUPS 96(SI), Y13           \
	term(4)                       \
	ADDQ $8, DI                   \
	ADDQ $128, SI                 \
	DECQ DX                       \
	JNZ pair                      \
odd:                                  \ // pairs are done: one term is left if k is odd
	ANDQ $1, AX                   \
	JZ next                       \
	MOVQ AX, DX                   \
	PCALIGN $64                   \
loop:                                 \ // one term a round, DX left
	VMOVUPS (SI), Y12             \
	VMOVUPS 32(SI), Y13           \
	term(0)                       \
	ADDQ BX, DI                   \
	ADDQ CX, SI                   \
	DECQ DX                       \
	JNZ loop                      \
next:                                 \ // a segment is done: DX the call
	MOVQ call+0(FP), DX           \
	DECQ R11                      \
	JZ done                       \
	ADDQ call_jump(DX), DI        \
	MOVQ call_k(DX), DX           \
	JMP segment                   \
done:                                 \ // all are done: AX the first row of c, R10 bias or act
	MOVQ call_c(DX), AX           \
	ADDQ call_doneC(DX), AX       \
	MOVQ call_ldc(DX), R9         \
	MOVQ call_bias(DX), R10       \
	TESTQ R10, R10                \
	JNZ bias                      \
	MOVQ call_act(DX), R10        \
	TESTQ R10, R10                \
	JNZ masked                    \
	rows(WRITE)                   \
	JMP written                   \
bias:                                 \ // c = leaky ReLU of sums + bias
	VMOVUPS (R10), Y12            \
	VMOVUPS 32(R10), Y13          \
	rows(WRITE_BIAS)              \
	JMP written                   \
masked:                               \ // c = sums, times leak where act is not positive
	VXORPS Y12, Y12, Y12          \
	ADDQ call_doneC(DX), R10      \
	rows(WRITE_MASKED)            \
written:                              \ // AX behind the tile: count it and go on to the next
	SUBQ call_c(DX), AX           \
	MOVQ AX, call_doneC(DX)       \
	MOVQ call_tileA(DX), AX       \
	ADDQ AX, call_doneA(DX)       \
	MOVQ DX, AX                   \
	ADDQ $64, R13                 \
	LEAQ -64(R13), R10            \
	CMPQ R10, call_ahead(AX)      \
	JEQ more                      \
	MOVQ $-64, R13                \
more:                                 \ // R13 the lines that the next tile fetches
	DECQ call_tiles(AX)           \
	JNZ tile                      \
	VZEROUPPER                    \
	RET

// func tile6x16AVX2(call *call)
TEXT ·tile6x16AVX2(SB), NOSPLIT, $0-8
	TILES(ROWS6, TERM6)

// func tile4x16AVX2(call *call)
TEXT ·tile4x16AVX2(SB), NOSPLIT, $0-8
	TILES(ROWS4, TERM4)

// func tile2x16AVX2(call *call)
TEXT ·tile2x16AVX2(SB), NOSPLIT, $0-8
	TILES(ROWS2, TERM2)

// func tile1x16AVX2(call *call)
TEXT ·tile1x16AVX2(SB), NOSPLIT, $0-8
	TILES(ROWS1, TERM1)
