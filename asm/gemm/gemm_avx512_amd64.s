//go:build !noasm

#include "go_asm.h"
#include "textflag.h"

// Matrix kernels of up to 14 rows × 32 columns, and × 16 columns, AVX-512: see call.
// They share TILES; the macros between it and the kernels of 32 columns are others for
// those of 16.
//
// Register map
//	DI a[p*stepA], row 0   R8 R9 R10 R11 R12 R13 R15 rowA × {1 3 5 7 9 11 13}
//	BX stepA   SI b[p*stepB]   CX stepB   DX terms left
//	AX call, c row by row, ahead, or scratch   R9 ldc (while c is read and written)
//	R14 what is fetched of a, and BX what a round goes on in it (in rounds of two terms)
//	Z0…Z14, Z16…Z28 sums: row r in two neighbours of this list, or in the first of them
//	Z29 Z30 b[p*stepB+0…31]   Z31 a[r*rowA+p*stepA] in all lanes
// and while the sums are written
//	DX call   R10 bias, or act row by row
//	Z29 Z30 bias   Z31 scratch; or Z29 zero   Z30 leak   K1 K2 lanes that leak

// f of the sums of each row
#define ROWS1(f) \
	f(Z0, Z1)

#define ROWS2(f) \
	ROWS1(f)  \
	f(Z2, Z3)

#define ROWS4(f) \
	ROWS2(f)  \
	f(Z4, Z5) \
	f(Z6, Z7)

#define ROWS8(f) \
	ROWS4(f)    \
	f(Z8, Z9)   \
	f(Z10, Z11) \
	f(Z12, Z13) \
	f(Z14, Z16)

#define ROWS14(f) \
	ROWS8(f)    \
	f(Z17, Z18) \
	f(Z19, Z20) \
	f(Z21, Z22) \
	f(Z23, Z24) \
	f(Z25, Z26) \
	f(Z27, Z28)

// s0, s1 = 0
#define ZERO(s0, s1) \
	VPXORD s0, s0, s0 \
	VPXORD s1, s1, s1

// The same for all rows, a at o(DI).
#define TERM1(o) \
	ROW(o(DI), Z0, Z1)

#define TERM2(o) \
	TERM1(o)                 \
	ROW(o(DI)(R8*1), Z2, Z3)

#define TERM4(o) \
	TERM2(o)                 \
	ROW(o(DI)(R8*2), Z4, Z5) \
	ROW(o(DI)(R9*1), Z6, Z7)

#define TERM8(o) \
	TERM4(o)                    \
	ROW(o(DI)(R8*4), Z8, Z9)    \
	ROW(o(DI)(R10*1), Z10, Z11) \
	ROW(o(DI)(R9*2), Z12, Z13)  \
	ROW(o(DI)(R11*1), Z14, Z16)

#define TERM14(o) \
	TERM8(o)                    \
	ROW(o(DI)(R8*8), Z17, Z18)  \
	ROW(o(DI)(R12*1), Z19, Z20) \
	ROW(o(DI)(R10*2), Z21, Z22) \
	ROW(o(DI)(R13*1), Z23, Z24) \
	ROW(o(DI)(R9*4), Z25, Z26)  \
	ROW(o(DI)(R15*1), Z27, Z28)

// The kernel of so many rows, tile after tile. Where rows of a and of b lie
// close, it takes two terms a round and fetches into the second-level cache one
// line in four of what lies ahead behind b, and the next tile's rows of a where
// they are one behind the other.
#define TILES(rows, term, fetch) \
tile:                                   \ // pointers to the rows of a tile in a, b and c
	MOVQ call+0(FP), AX             \
	MOVQ call_a(AX), DI             \
	ADDQ call_doneA(AX), DI         \
	MOVQ call_rowA(AX), R8          \
	MOVQ call_stepA(AX), BX         \
	MOVQ call_b(AX), SI             \
	MOVQ call_stepB(AX), CX         \
	MOVQ call_k(AX), DX             \
	MOVQ call_segments(AX), R9      \
	MOVQ R9, segments-8(SP)         \
	MOVQ call_accumulate(AX), R10   \
	MOVQ call_bias(AX), R11         \
	MOVQ call_ldc(AX), R9           \
	MOVQ call_doneC(AX), R12        \
	ADDQ call_c(AX), R12            \
	MOVQ R12, AX                    \
	TESTQ R10, R10                  \
	JEQ zero                        \
	rows(READ)                      \
	JMP terms                       \
zero:                                   \ // the sums begin at 0; with a bias nobody has read c yet: fetch it
	rows(ZERO)                      \
	TESTQ R11, R11                  \
	JEQ terms                       \
	rows(FETCH)                     \
terms:                                  \ // the sums are there: distances between rows of a
	LEAQ (R8)(R8*2), R9             \
	LEAQ (R8)(R8*4), R10            \
	LEAQ (R9)(R8*4), R11            \
	LEAQ (R8)(R8*8), R12            \
	LEAQ (R9)(R8*8), R13            \
	LEAQ (R10)(R8*8), R15           \
	MOVQ call+0(FP), R14            \
	MOVQ call_tileA(R14), R14       \
	ADDQ DI, R14                    \
segment:                                \ // k terms in DX; pairs where rows of a and of b lie close
	CMPQ BX, $4                     \
	JNE loop                        \
	CMPQ CX, $BYTES                 \
	JNE loop                        \
	SHRQ $1, DX                     \
	JZ odd                          \
	MOVQ call+0(FP), AX             \
	MOVQ call_aheadA(AX), BX        \
	MOVQ call_ahead(AX), AX         \
	PCALIGN $64                     \
pair:                                   \ // two terms a round, DX rounds left
	PREFETCHT1 (SI)(AX*1)           \
	fetch                           \
	LOAD(0(SI), 64(SI))             \
	term(0)                         \
	LOAD(BYTES(SI), BYTES+64(SI))   \
	term(4)                         \
	ADDQ $8, DI                     \
	ADDQ $(2*BYTES), SI             \
	DECQ DX                         \
	JNZ pair                        \
	MOVQ $4, BX                     \
odd:                                    \ // pairs are done: one term is left if k is odd
	MOVQ call+0(FP), AX             \
	MOVQ call_k(AX), DX             \
	ANDQ $1, DX                     \
	JZ next                         \
	PCALIGN $64                     \
loop:                                   \ // one term a round, DX left
	LOAD(0(SI), 64(SI))             \
	term(0)                         \
	ADDQ BX, DI                     \
	ADDQ CX, SI                     \
	DECQ DX                         \
	JNZ loop                        \
next:                                   \ // a segment is done: DX the call
	MOVQ call+0(FP), DX             \
	DECQ segments-8(SP)             \
	JZ done                         \
	ADDQ call_jump(DX), DI          \
	MOVQ call_k(DX), DX             \
	JMP segment                     \
done:                                   \ // all are done: AX the first row of c, R10 bias or act
	MOVQ call_c(DX), AX             \
	ADDQ call_doneC(DX), AX         \
	MOVQ call_ldc(DX), R9           \
	MOVQ call_bias(DX), R10         \
	TESTQ R10, R10                  \
	JNZ bias                        \
	MOVQ call_act(DX), R10          \
	TESTQ R10, R10                  \
	JNZ masked                      \
	rows(WRITE)                     \
	JMP written                     \
bias:                                   \ // c = leaky ReLU of sums + bias
	LOAD(0(R10), 64(R10))           \
	rows(WRITE_BIAS)                \
	JMP written                     \
masked:                                 \ // c = sums, times leak where act is not positive
	VPXORD Z29, Z29, Z29            \
	VBROADCASTSS call_leak(DX), Z30 \
	ADDQ call_doneC(DX), R10        \
	rows(WRITE_MASKED)              \
written:                                \ // AX behind the tile: count it and go on to the next
	SUBQ call_c(DX), AX             \
	MOVQ AX, call_doneC(DX)         \
	MOVQ call_tileA(DX), AX         \
	ADDQ AX, call_doneA(DX)         \
	ADDQ $64, call_ahead(DX)        \
	DECQ call_tiles(DX)             \
	JNZ tile                        \
	VZEROUPPER                      \
	RET

// A round's part of the rows of a that are fetched: as many lines as make 14 rows in rounds
// of 8 bytes of each. Kernels of fewer rows have no time for it, because they load more for
// each multiply-add.
#define FETCH_ROWS  \
	PREFETCHT1 (R14)   \
	PREFETCHT1 64(R14) \
	ADDQ BX, R14

#define FETCH_NONE

// Of a panel of 32 columns
#define BYTES 128

// Z29, Z30 = x0, x1
#define LOAD(x0, x1) \
	VMOVUPS x0, Z29 \
	VMOVUPS x1, Z30

// s0, s1 = c[row], AX to the next row
#define READ(s0, s1) \
	VMOVUPS (AX), s0   \
	VMOVUPS 64(AX), s1 \
	ADDQ R9, AX

// Prefetch c[row], which is written to when the sums are done.
#define FETCH(s0, s1) \
	PREFETCHT0 (AX)   \
	PREFETCHT0 64(AX) \
	ADDQ R9, AX

#define WRITE(s0, s1) \
	VMOVUPS s0, (AX)   \
	VMOVUPS s1, 64(AX) \
	ADDQ R9, AX

// s += bias; c[row] = max(s, leak*s)
#define WRITE_BIAS(s0, s1) \
	VADDPS Z29, s0, s0                 \
	VMULPS.BCST call_leak(DX), s0, Z31 \
	VMAXPS s0, Z31, s0                 \
	VADDPS Z30, s1, s1                 \
	VMULPS.BCST call_leak(DX), s1, Z31 \
	VMAXPS s1, Z31, s1                 \
	WRITE(s0, s1)

// c[row] = s * (act[row] > 0 ? 1 : leak)
#define WRITE_MASKED(s0, s1) \
	VCMPPS $5, (R10), Z29, K1   \
	VCMPPS $5, 64(R10), Z29, K2 \
	VMULPS Z30, s0, K1, s0      \
	VMULPS Z30, s1, K2, s1      \
	ADDQ R9, R10                \
	WRITE(s0, s1)

// s[row] += a[row*rowA+p*stepA] * b[p*stepB+j]
#define ROW(x, s0, s1) \
	VBROADCASTSS x, Z31      \
	VFMADD231PS Z29, Z31, s0 \
	VFMADD231PS Z30, Z31, s1

// func tile14x32AVX512(call *call)
TEXT ·tile14x32AVX512(SB), NOSPLIT, $8-8
	TILES(ROWS14, TERM14, FETCH_ROWS)

// func tile8x32AVX512(call *call)
TEXT ·tile8x32AVX512(SB), NOSPLIT, $8-8
	TILES(ROWS8, TERM8, FETCH_NONE)

// func tile4x32AVX512(call *call)
TEXT ·tile4x32AVX512(SB), NOSPLIT, $8-8
	TILES(ROWS4, TERM4, FETCH_NONE)

// func tile2x32AVX512(call *call)
TEXT ·tile2x32AVX512(SB), NOSPLIT, $8-8
	TILES(ROWS2, TERM2, FETCH_NONE)

// func tile1x32AVX512(call *call)
TEXT ·tile1x32AVX512(SB), NOSPLIT, $8-8
	TILES(ROWS1, TERM1, FETCH_NONE)

#undef BYTES
#undef LOAD
#undef READ
#undef FETCH
#undef WRITE
#undef WRITE_BIAS
#undef WRITE_MASKED
#undef ROW

// The same of a panel of 16 columns, without s1 and x1
#define BYTES 64

#define LOAD(x0, x1) \
	VMOVUPS x0, Z29

#define READ(s0, s1) \
	VMOVUPS (AX), s0 \
	ADDQ R9, AX

#define FETCH(s0, s1) \
	PREFETCHT0 (AX) \
	ADDQ R9, AX

#define WRITE(s0, s1) \
	VMOVUPS s0, (AX) \
	ADDQ R9, AX

#define WRITE_BIAS(s0, s1) \
	VADDPS Z29, s0, s0                 \
	VMULPS.BCST call_leak(DX), s0, Z31 \
	VMAXPS s0, Z31, s0                 \
	WRITE(s0, s1)

#define WRITE_MASKED(s0, s1) \
	VCMPPS $5, (R10), Z29, K1 \
	VMULPS Z30, s0, K1, s0    \
	ADDQ R9, R10              \
	WRITE(s0, s1)

#define ROW(x, s0, s1) \
	VFMADD231PS.BCST x, Z29, s0

// func tile14x16AVX512(call *call)
TEXT ·tile14x16AVX512(SB), NOSPLIT, $8-8
	TILES(ROWS14, TERM14, FETCH_ROWS)

// func tile8x16AVX512(call *call)
TEXT ·tile8x16AVX512(SB), NOSPLIT, $8-8
	TILES(ROWS8, TERM8, FETCH_NONE)

// func tile4x16AVX512(call *call)
TEXT ·tile4x16AVX512(SB), NOSPLIT, $8-8
	TILES(ROWS4, TERM4, FETCH_NONE)

// func tile2x16AVX512(call *call)
TEXT ·tile2x16AVX512(SB), NOSPLIT, $8-8
	TILES(ROWS2, TERM2, FETCH_NONE)

// func tile1x16AVX512(call *call)
TEXT ·tile1x16AVX512(SB), NOSPLIT, $8-8
	TILES(ROWS1, TERM1, FETCH_NONE)
