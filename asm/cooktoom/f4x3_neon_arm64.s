//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// The transforms of F(4×4, 3×3) with NEON, 4 channels at a time: see f4x3.go for the
// matrices. The columns of a patch are transformed into a buffer on the stack, and
// its rows from there.
//
// R0 v or m   R1 point in bytes   R2 places   R3 channels left   R5 place of c in
// bytes   R12 tiles left   R11 buffer,
// [row][column]   R6, R8 place   V0…V7 V16 V17 a line and what it is
// transformed to   V24…V29 constants

DATA constants4x3<>+0(SB)/4, $0.87890625   // 225/256
DATA constants4x3<>+4(SB)/4, $2.640625     // 169/64
DATA constants4x3<>+8(SB)/4, $0.244140625  // 125/512
DATA constants4x3<>+12(SB)/4, $3.375       // 27/8
DATA constants4x3<>+16(SB)/4, $2.25        // 9/4
DATA constants4x3<>+20(SB)/4, $0.390625    // 25/64
DATA constants4x3<>+24(SB)/4, $0.625       // 5/8
DATA constants4x3<>+28(SB)/4, $1.5         // 3/2
DATA constants4x3<>+32(SB)/4, $0.11951447245564892   // 128/1071
DATA constants4x3<>+36(SB)/4, $1.1377777777777778    // 256/225
DATA constants4x3<>+40(SB)/4, $-0.68840336134453782  // -2048/2975
DATA constants4x3<>+44(SB)/4, $-0.43025210084033616  // -256/595
DATA constants4x3<>+48(SB)/4, $0.17927170868347339   // 64/357
DATA constants4x3<>+52(SB)/4, $0.26890756302521007   // 32/119
GLOBL constants4x3<>(SB), RODATA|NOPTR, $56

// CONSTANTS leaves the two at first in V24 and V25, the four at then in V26…V29, and
// the buffer in R11, 0 in R5.
#define CONSTANTS(first, then) \
	MOVD    $constants4x3<>(SB), R6 \
	ADD     $first, R6, R8          \
	VLD1R.P 4(R8), [V24.S4]         \
	VLD1R   (R8), [V25.S4]          \
	ADD     $then, R6               \
	VLD1R.P 4(R6), [V26.S4]         \
	VLD1R.P 4(R6), [V27.S4]         \
	VLD1R.P 4(R6), [V28.S4]         \
	VLD1R   (R6), [V29.S4]          \
	ADD     $16, RSP, R11           \
	MOVD    $0, R5

// PLACE loads four channels of place i.
#define PLACE(i, v) \
	MOVD (8*(i))(R2), R6 \
	ADD  R5, R6          \
	VLD1 (R6), [v.S4]

// KEEP stores to row i and column j of the buffer.
#define KEEP(i, j, f) FMOVQ f, (16*(6*(i)+(j)))(R11)

// ROW4 and ROW load row i of the buffer.
#define ROW4(i) \
	FMOVQ (16*(6*(i)+0))(R11), F0 \
	FMOVQ (16*(6*(i)+1))(R11), F1 \
	FMOVQ (16*(6*(i)+2))(R11), F2 \
	FMOVQ (16*(6*(i)+3))(R11), F3

#define ROW(i) \
	ROW4(i)                       \
	FMOVQ (16*(6*(i)+4))(R11), F4 \
	FMOVQ (16*(6*(i)+5))(R11), F5

// WRITE stores a point at R7 and goes on to the next.
#define WRITE(v) \
	VST1 [v.S4], (R7)  \
	ADD  R1, R7

// NEXT goes on to the next channels, and then to the next tile of the run.
#define NEXT(step, next) \
	ADD  $16, R0       \
	ADD  $16, R5       \
	SUB  $4, R3        \
	CBNZ R3, loop      \
	MOVD step, R6      \
	ADD  R6, R5        \
	ADD  R6, R0        \
	MOVD next, R6      \
	ADD  R6, R0        \
	SUB  $1, R12       \
	CBNZ R12, tile     \
	RET

// INPUT is (V16 V1 V6 V2 V4 V5) = Bᵀ·(V0 V1 V2 V3 V4 V5).
#define INPUT \
	COPY(4, 16)        \
	COPY(4, 6)         \
	COPY(3, 7)         \
	FMLA4S(24, 0, 16)  \
	FMLA4S(24, 1, 5)   \
	FMLS4S(26, 2, 6)   \
	FMLS4S(26, 1, 7)   \
	FMLS4S(25, 2, 16)  \
	FMLS4S(25, 3, 5)   \
	FMLS4S(27, 2, 4)   \
	FMLS4S(27, 1, 3)   \
	COPY(6, 1)         \
	FMLA4S(28, 7, 1)   \
	FMLS4S(28, 7, 6)   \
	COPY(4, 2)         \
	FMLA4S(29, 3, 2)   \
	FMLS4S(29, 3, 4)

#define INPUTCOLUMN(j) \
	PLACE(j, V0)       \
	PLACE(6+j, V1)     \
	PLACE(12+j, V2)    \
	PLACE(18+j, V3)    \
	PLACE(24+j, V4)    \
	PLACE(30+j, V5)    \
	INPUT              \
	KEEP(0, j, F16)    \
	KEEP(1, j, F1)     \
	KEEP(2, j, F6)     \
	KEEP(3, j, F2)     \
	KEEP(4, j, F4)     \
	KEEP(5, j, F5)

#define INPUTROW(i) \
	ROW(i)             \
	INPUT              \
	WRITE(V16)         \
	WRITE(V1)          \
	WRITE(V6)          \
	WRITE(V2)          \
	WRITE(V4)          \
	WRITE(V5)

// func input4x3NEON(v *float32, point int, places *[36]*float32, channels, tiles, step, next int)
//
//	v[(6i+j)*point+c] = Σ Bᵀ[i][k]·places[6k+l][c]·Bᵀ[j][l]
//
// R7 point of v
TEXT ·input4x3NEON(SB), 0, $592-56
	MOVD v+0(FP), R0
	MOVD point+8(FP), R1
	LSL  $2, R1
	MOVD places+16(FP), R2
	CONSTANTS(0, 16)
	MOVD tiles+32(FP), R12

tile:
	MOVD channels+24(FP), R3

loop: // for c := 0; c < channels; c += 4
	INPUTCOLUMN(0)
	INPUTCOLUMN(1)
	INPUTCOLUMN(2)
	INPUTCOLUMN(3)
	INPUTCOLUMN(4)
	INPUTCOLUMN(5)
	MOVD R0, R7
	INPUTROW(0)
	INPUTROW(1)
	INPUTROW(2)
	INPUTROW(3)
	INPUTROW(4)
	INPUTROW(5)
	NEXT(step+40(FP), next+48(FP))

// OUTPUT is (V0 V2 V1 V5) = Aᵀ·(V0 V1 V2 V3 V4 V5).
#define OUTPUT \
	FSUB4S(2, 1, 6)    \
	FADD4S(2, 1, 1)    \
	FSUB4S(4, 3, 7)    \
	FADD4S(4, 3, 3)    \
	FMUL4S(28, 6, 2)   \
	FADD4S(1, 0, 0)    \
	FMLA4S(24, 6, 5)   \
	FMUL4S(27, 1, 1)   \
	FMLA4S(29, 7, 2)   \
	FADD4S(3, 0, 0)    \
	FMLA4S(25, 7, 5)   \
	FMLA4S(26, 3, 1)

// POINT loads a point at R7 and goes on by six points, R9.
#define POINT(v) \
	VLD1 (R7), [v.S4]  \
	ADD  R9, R7

// COLUMN loads column j of the products, point j at R10, and goes on to the next.
#define COLUMN \
	MOVD R10, R7       \
	POINT(V0)          \
	POINT(V1)          \
	POINT(V2)          \
	POINT(V3)          \
	POINT(V4)          \
	POINT(V5)          \
	ADD  R1, R10

// OUTPUTCOLUMN brings column j of the products to the buffer.
#define OUTPUTCOLUMN(j) \
	COLUMN             \
	OUTPUT             \
	KEEP(0, j, F0)     \
	KEEP(1, j, F2)     \
	KEEP(2, j, F1)     \
	KEEP(3, j, F5)

#define OUTPUTCOLUMNS \
	MOVD R0, R10       \
	OUTPUTCOLUMN(0)    \
	OUTPUTCOLUMN(1)    \
	OUTPUTCOLUMN(2)    \
	OUTPUTCOLUMN(3)    \
	OUTPUTCOLUMN(4)    \
	OUTPUTCOLUMN(5)

// STORE stores v at place i, those outside stay at their first four.
#define STORE(i, v) \
	MOVD (8*(i))(R2), R6     \
	MOVD (128+8*(i))(R2), R8 \
	AND  R5, R8              \
	ADD  R8, R6              \
	VST1 [v.S4], (R6)

// ACTIVATE is n = s > 0 ? s : leak·s, s = n + bias. V18 0   V30 bias   V31 leak
#define ACTIVATE(i, n, v) \
	FADD4S(30, n, n)   \
	FMUL4S(n, 31, 16)  \
	FCMGT4S(18, n, 17) \
	BSL16B(16, n, 17)  \
	COPY(17, n)        \
	STORE(i, v)

#define ACTIVATEROW(i) \
	ROW(i)                \
	OUTPUT                \
	ACTIVATE(4*i, 0, V0)  \
	ACTIVATE(4*i+1, 2, V2) \
	ACTIVATE(4*i+2, 1, V1) \
	ACTIVATE(4*i+3, 5, V5)

// func output4x3NEON(tile *tile4x3, m *float32, point int, bias *float32, leak float32, channels, tiles, step, next int)
//
//	s = Σ Aᵀ[i][k]·m[(6k+l)*point+c]·Aᵀ[j][l] + bias[c]
//	tile.x[4i+j][c] = s > 0 ? s : leak*s
//
// R4 bias   R7, R10 points of m   R9 six points in bytes   V18 0   V30 bias   V31 leak
TEXT ·output4x3NEON(SB), 0, $592-72
	MOVD tile+0(FP), R2
	MOVD m+8(FP), R0
	MOVD point+16(FP), R1
	LSL  $2, R1
	ADD  R1<<1, R1, R9
	LSL  $1, R9
	MOVWU leak+32(FP), R6
	VDUP R6, V31.S4
	VEOR V18.B16, V18.B16, V18.B16
	CONSTANTS(8, 16)
	MOVD tiles+48(FP), R12

tile:
	MOVD channels+40(FP), R3
	MOVD bias+24(FP), R4

loop: // for c := 0; c < channels; c += 4
	OUTPUTCOLUMNS
	VLD1.P 16(R4), [V30.S4]
	ACTIVATEROW(0)
	ACTIVATEROW(1)
	ACTIVATEROW(2)
	ACTIVATEROW(3)
	NEXT(step+56(FP), next+64(FP))

// MASKED is n = act > 0 ? n : leak·n with act of place i. V18 0   V31 leak
#define MASKED(i, n, v) \
	MOVD (256+8*(i))(R2), R6 \
	ADD  R5, R6              \
	VLD1 (R6), [V16.S4]      \
	FCMGT4S(18, 16, 17)      \
	FMUL4S(n, 31, 16)        \
	BSL16B(16, n, 17)        \
	COPY(17, n)              \
	STORE(i, v)

#define MASKEDROW(i) \
	ROW(i)               \
	OUTPUT               \
	MASKED(4*i, 0, V0)   \
	MASKED(4*i+1, 2, V2) \
	MASKED(4*i+2, 1, V1) \
	MASKED(4*i+3, 5, V5)

// func masked4x3NEON(tile *tile4x3, m *float32, point int, leak float32, channels, tiles, step, next int)
//
//	s = Σ Aᵀ[i][k]·m[(6k+l)*point+c]·Aᵀ[j][l]
//	tile.x[4i+j][c] = tile.act[4i+j][c] > 0 ? s : leak*s
//
// R7, R10 points of m   R9 six points in bytes   V18 0   V31 leak
TEXT ·masked4x3NEON(SB), 0, $592-64
	MOVD tile+0(FP), R2
	MOVD m+8(FP), R0
	MOVD point+16(FP), R1
	LSL  $2, R1
	ADD  R1<<1, R1, R9
	LSL  $1, R9
	MOVWU leak+24(FP), R6
	VDUP R6, V31.S4
	VEOR V18.B16, V18.B16, V18.B16
	CONSTANTS(8, 16)
	MOVD tiles+40(FP), R12

tile:
	MOVD channels+32(FP), R3

loop: // for c := 0; c < channels; c += 4
	OUTPUTCOLUMNS
	MASKEDROW(0)
	MASKEDROW(1)
	MASKEDROW(2)
	MASKEDROW(3)
	NEXT(step+48(FP), next+56(FP))

// GRADIENT is (V0 V4 V6 V5 V16 V3) = A·(V0 V1 V2 V3).
#define GRADIENT \
	COPY(0, 6)         \
	COPY(0, 16)        \
	FMUL4S(28, 1, 7)   \
	FMUL4S(29, 1, 17)  \
	FMLA4S(27, 2, 6)   \
	FMLA4S(26, 2, 16)  \
	FMLA4S(24, 3, 7)   \
	FMLA4S(25, 3, 17)  \
	FADD4S(7, 6, 4)    \
	FSUB4S(7, 6, 6)    \
	FADD4S(17, 16, 5)  \
	FSUB4S(17, 16, 16)

#define GRADIENTCOLUMN(j) \
	PLACE(j, V0)       \
	PLACE(4+j, V1)     \
	PLACE(8+j, V2)     \
	PLACE(12+j, V3)    \
	GRADIENT           \
	KEEP(0, j, F0)     \
	KEEP(1, j, F4)     \
	KEEP(2, j, F6)     \
	KEEP(3, j, F5)     \
	KEEP(4, j, F16)    \
	KEEP(5, j, F3)

#define GRADIENTROW(i) \
	ROW4(i)            \
	GRADIENT           \
	WRITE(V0)          \
	WRITE(V4)          \
	WRITE(V6)          \
	WRITE(V5)          \
	WRITE(V16)         \
	WRITE(V3)

// func gradient4x3NEON(v *float32, point int, places *[16]*float32, channels, tiles, step, next int)
//
//	v[(6i+j)*point+c] = Σ A[i][k]·places[4k+l][c]·A[j][l]
//
// R7 point of v
TEXT ·gradient4x3NEON(SB), 0, $592-56
	MOVD v+0(FP), R0
	MOVD point+8(FP), R1
	LSL  $2, R1
	MOVD places+16(FP), R2
	CONSTANTS(8, 16)
	MOVD tiles+32(FP), R12

tile:
	MOVD channels+24(FP), R3

loop: // for c := 0; c < channels; c += 4
	GRADIENTCOLUMN(0)
	GRADIENTCOLUMN(1)
	GRADIENTCOLUMN(2)
	GRADIENTCOLUMN(3)
	MOVD R0, R7
	GRADIENTROW(0)
	GRADIENTROW(1)
	GRADIENTROW(2)
	GRADIENTROW(3)
	GRADIENTROW(4)
	GRADIENTROW(5)
	NEXT(step+40(FP), next+48(FP))

// FOLD is (V0 V2 V5) = Gᵀ·(V0 V1 V2 V3 V4 V5).
#define FOLD \
	FSUB4S(2, 1, 6)    \
	FADD4S(2, 1, 1)    \
	FSUB4S(4, 3, 7)    \
	FADD4S(4, 3, 3)    \
	FMUL4S(25, 0, 0)   \
	FMUL4S(27, 6, 2)   \
	FSUB4S(1, 3, 4)    \
	FMLA4S(26, 1, 0)   \
	FMLA4S(28, 7, 2)   \
	FMLA4S(29, 4, 5)   \
	FMLA4S(24, 3, 0)

#define FOLDCOLUMN(j) \
	COLUMN             \
	FOLD               \
	KEEP(0, j, F0)     \
	KEEP(1, j, F2)     \
	KEEP(2, j, F5)

// FOLDROW brings row i of the taps to R2.
#define FOLDROW(i) \
	ROW(i)                    \
	FOLD                      \
	FMOVQ F0, (192*(i))(R2)   \
	FMOVQ F2, (192*(i)+64)(R2) \
	FMOVQ F5, (192*(i)+128)(R2)

// func fold4x3NEON(taps *[9][16]float32, m *float32, point int)
//
//	taps[3i+j][c] = Σ G[k][i]·m[(6k+l)*point+c]·G[l][j]
//
// R2 taps   R7, R10 points of m   R9 six points in bytes
TEXT ·fold4x3NEON(SB), 0, $592-24
	MOVD taps+0(FP), R2
	MOVD m+8(FP), R0
	MOVD point+16(FP), R1
	LSL  $2, R1
	ADD  R1<<1, R1, R9
	LSL  $1, R9
	CONSTANTS(32, 40)
	MOVD $16, R3

loop: // for c := 0; c < 16; c += 4
	MOVD R0, R10
	FOLDCOLUMN(0)
	FOLDCOLUMN(1)
	FOLDCOLUMN(2)
	FOLDCOLUMN(3)
	FOLDCOLUMN(4)
	FOLDCOLUMN(5)
	FOLDROW(0)
	FOLDROW(1)
	FOLDROW(2)
	ADD  $16, R0
	ADD  $16, R2
	SUB  $4, R3
	CBNZ R3, loop
	RET
