//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// Matrix kernels of up to 6 rows × 16 columns, NEON: see Micro.
//
// Register map
//	R0…R5 a[p*stepA] of row r   R6 stepA in bytes   R7 b[p*stepB]   R8 stepB in bytes
//	R9 terms left   R10 segments left   R11 jump in bytes   R12 k
//	R13 c, row by row   R14 ldc in bytes   R15 rowA in bytes
//	V0…V23 sums: row r in V(4r)…V(4r+3)
//	V24…V27 b[p*stepB+0…15]   V28…V31 a[r*rowA+p*stepA] in all lanes
// and while the sums are written
//	R9 bias, or act row by row   V24…V27 bias or act   V28 leak   V29 0   V30 V31 scratch

#define ARGS \
	MOVD c+0(FP), R13         \
	MOVD ldc+8(FP), R14       \
	LSL $2, R14               \
	MOVD a+16(FP), R0         \
	MOVD stepA+32(FP), R6     \
	LSL $2, R6                \
	MOVD b+40(FP), R7         \
	MOVD stepB+48(FP), R8     \
	LSL $2, R8                \
	MOVD k+56(FP), R12        \
	MOVD segments+72(FP), R10 \
	MOVD jump+80(FP), R11     \
	MOVD rowA+24(FP), R15     \
	LSL $2, R15

// READ is s = c[row], R13 to the next row.
#define READ(s0, s1, s2, s3) \
	VLD1 (R13), [s0.S4, s1.S4, s2.S4, s3.S4] \
	ADD R14, R13

#define ZERO(s0, s1, s2, s3) \
	VEOR s0.B16, s0.B16, s0.B16 \
	VEOR s1.B16, s1.B16, s1.B16 \
	VEOR s2.B16, s2.B16, s2.B16 \
	VEOR s3.B16, s3.B16, s3.B16

#define WRITE(s0, s1, s2, s3) \
	VST1 [s0.S4, s1.S4, s2.S4, s3.S4], (R13) \
	ADD R14, R13

#define LOADB \
	VLD1.P (R7)(R8), [V24.S4, V25.S4, V26.S4, V27.S4]

// ROW is s[row] += a[row*rowA+p*stepA] * b[p*stepB+j].
#define ROW(a, x, s0, s1, s2, s3) \
	VLD1R.P (a)(R6), [x.S4]   \
	VFMLA V24.S4, x.S4, s0.S4 \
	VFMLA V25.S4, x.S4, s1.S4 \
	VFMLA V26.S4, x.S4, s2.S4 \
	VFMLA V27.S4, x.S4, s3.S4

#define ROWS2(f) \
	f(V0, V1, V2, V3) \
	f(V4, V5, V6, V7)

#define ROWS6(f) \
	ROWS2(f)              \
	f(V8, V9, V10, V11)   \
	f(V12, V13, V14, V15) \
	f(V16, V17, V18, V19) \
	f(V20, V21, V22, V23)

// START reads c or zeroes the sums, and goes to segment.
#define START(rows) \
	MOVD accumulate+64(FP), R9 \
	CBZ R9, zero               \
	rows(READ)                 \
	B segment                  \
zero:                              \
	rows(ZERO)

// The sums of each row by number.
#define NUMBERS1(f) f(0, 1, 2, 3)

#define NUMBERS2(f) \
	NUMBERS1(f)   \
	f(4, 5, 6, 7)

#define NUMBERS6(f) \
	NUMBERS2(f)       \
	f(8, 9, 10, 11)   \
	f(12, 13, 14, 15) \
	f(16, 17, 18, 19) \
	f(20, 21, 22, 23)

// CHOOSE is s = x > 0 ? s : leak·s.
#define CHOOSE(x, s) \
	FMUL4S(s, 28, 30)  \
	FCMGT4S(29, x, 31) \
	BIF16B(31, 30, s)

#define BIAS1(b, s) \
	FADD4S(b, s, s) \
	CHOOSE(s, s)

#define BIAS(s0, s1, s2, s3) \
	BIAS1(24, s0) \
	BIAS1(25, s1) \
	BIAS1(26, s2) \
	BIAS1(27, s3)

#define MASK(s0, s1, s2, s3) \
	VLD1 (R9), [V24.S4, V25.S4, V26.S4, V27.S4] \
	ADD R14, R9                                 \
	CHOOSE(24, s0)                              \
	CHOOSE(25, s1)                              \
	CHOOSE(26, s2)                              \
	CHOOSE(27, s3)

#define FINISH(rows, numbers) \
	MOVD c+0(FP), R13                           \
	MOVWU leak+104(FP), R9                      \
	VDUP R9, V28.S4                             \
	VEOR V29.B16, V29.B16, V29.B16              \
	MOVD bias+88(FP), R9                        \
	CBZ R9, gradient                            \
	VLD1 (R9), [V24.S4, V25.S4, V26.S4, V27.S4] \
	numbers(BIAS)                               \
	B write                                     \
gradient:                                           \
	MOVD act+96(FP), R9                         \
	CBZ R9, write                               \
	numbers(MASK)                               \
write:                                              \
	rows(WRITE)                                 \
	RET

// func tile6x16NEON(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int, bias, act *float32, leak float32)
TEXT ·tile6x16NEON(SB), NOSPLIT, $0-108
	ARGS
	ADD R15, R0, R1
	ADD R15, R1, R2
	ADD R15, R2, R3
	ADD R15, R3, R4
	ADD R15, R4, R5
	START(ROWS6)

segment:
	MOVD R12, R9

loop: // for p := range k
	LOADB
	ROW(R0, V28, V0, V1, V2, V3)
	ROW(R1, V29, V4, V5, V6, V7)
	ROW(R2, V30, V8, V9, V10, V11)
	ROW(R3, V31, V12, V13, V14, V15)
	ROW(R4, V28, V16, V17, V18, V19)
	ROW(R5, V29, V20, V21, V22, V23)
	SUB $1, R9
	CBNZ R9, loop
	ADD R11, R0
	ADD R11, R1
	ADD R11, R2
	ADD R11, R3
	ADD R11, R4
	ADD R11, R5
	SUB $1, R10
	CBNZ R10, segment
	FINISH(ROWS6, NUMBERS6)

// func tile2x16NEON(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int, bias, act *float32, leak float32)
TEXT ·tile2x16NEON(SB), NOSPLIT, $0-108
	ARGS
	ADD R15, R0, R1
	START(ROWS2)

segment:
	MOVD R12, R9

loop: // for p := range k
	LOADB
	ROW(R0, V28, V0, V1, V2, V3)
	ROW(R1, V29, V4, V5, V6, V7)
	SUB $1, R9
	CBNZ R9, loop
	ADD R11, R0
	ADD R11, R1
	SUB $1, R10
	CBNZ R10, segment
	FINISH(ROWS2, NUMBERS2)

#define ROWS1(f) f(V0, V1, V2, V3)

// func tile1x16NEON(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int, bias, act *float32, leak float32)
TEXT ·tile1x16NEON(SB), NOSPLIT, $0-108
	ARGS
	START(ROWS1)

segment:
	MOVD R12, R9

loop: // for p := range k
	LOADB
	ROW(R0, V28, V0, V1, V2, V3)
	SUB $1, R9
	CBNZ R9, loop
	ADD R11, R0
	SUB $1, R10
	CBNZ R10, segment
	FINISH(ROWS1, NUMBERS1)
