//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// The transforms of Winograd F(2×2, 3×3) with NEON, 4 channels at a time: see
// f2x3.go for the matrices.

// PLACE loads four channels of place i.
#define PLACE(i, v) \
	MOVD (8*i)(R2), R6 \
	ADD R5, R6         \
	VLD1 (R6), [v.S4]

// (d0, t, d2, d3) = Bᵀ·(d0, d1, d2, d3); d1 is free.
#define INPUT(d0, d1, d2, d3, t) \
	FSUB4S(d2, d0, d0) \
	FSUB4S(d3, d1, d3) \
	FADD4S(d2, d1, t)  \
	FSUB4S(d1, d2, d2)

// WRITE4 stores four points, R7 to the next.
#define WRITE4 \
	VST1 [V20.S4], (R7) \
	ADD R1, R7          \
	VST1 [V21.S4], (R7) \
	ADD R1, R7          \
	VST1 [V22.S4], (R7) \
	ADD R1, R7          \
	VST1 [V23.S4], (R7) \
	ADD R1, R7

// ROW transforms a row of Bᵀ·d and stores it.
#define ROW(a, b, c, d) \
	FSUB4S(c, a, 20) \
	FADD4S(c, b, 21) \
	FSUB4S(b, c, 22) \
	FSUB4S(d, b, 23) \
	WRITE4

// func input2x3NEON(v *float32, point int, places *[16]*float32, channels int)
//
//	v[(4i+j)*point+c] = Σ Bᵀ[i][k]·places[4k+l][c]·Bᵀ[j][l]
//
// R0 v   R1 point in bytes   R2 places   R3 channels left   R5 4·c   R6 place
// R7 point of v   V0…V15 place 4i+j   V16…V19 row 1   V20…V23 results
TEXT ·input2x3NEON(SB), NOSPLIT, $0-32
	MOVD v+0(FP), R0
	MOVD point+8(FP), R1
	LSL $2, R1
	MOVD places+16(FP), R2
	MOVD channels+24(FP), R3
	MOVD $0, R5

loop: // for c := 0; c < channels; c += 4
	PLACE(0, V0)
	PLACE(1, V1)
	PLACE(2, V2)
	PLACE(3, V3)
	PLACE(4, V4)
	PLACE(5, V5)
	PLACE(6, V6)
	PLACE(7, V7)
	PLACE(8, V8)
	PLACE(9, V9)
	PLACE(10, V10)
	PLACE(11, V11)
	PLACE(12, V12)
	PLACE(13, V13)
	PLACE(14, V14)
	PLACE(15, V15)
	INPUT(0, 4, 8, 12, 16)
	INPUT(1, 5, 9, 13, 17)
	INPUT(2, 6, 10, 14, 18)
	INPUT(3, 7, 11, 15, 19)
	MOVD R0, R7
	ROW(0, 1, 2, 3)
	ROW(16, 17, 18, 19)
	ROW(8, 9, 10, 11)
	ROW(12, 13, 14, 15)
	ADD $16, R0
	ADD $16, R5
	SUB $4, R3
	CBNZ R3, loop
	RET

// POINT loads the next point of m.
#define POINT(v) \
	VLD1 (R7), [v.S4] \
	ADD R1, R7

// POINTS loads the 16 points of m at R2 into V0…V15.
#define POINTS \
	MOVD R2, R7 \
	POINT(V0)   \
	POINT(V1)   \
	POINT(V2)   \
	POINT(V3)   \
	POINT(V4)   \
	POINT(V5)   \
	POINT(V6)   \
	POINT(V7)   \
	POINT(V8)   \
	POINT(V9)   \
	POINT(V10)  \
	POINT(V11)  \
	POINT(V12)  \
	POINT(V13)  \
	POINT(V14)  \
	POINT(V15)

// (s, t) = Aᵀ·(a, b, c, d): a + b + c, b − c − d
#define FOLD(a, b, c, d, s, t) \
	FADD4S(b, a, s) \
	FADD4S(c, s, s) \
	FSUB4S(c, b, t) \
	FSUB4S(d, t, t)

// OUTPUTS leaves the 2×2 places Aᵀ·m·A in V24…V27. V16…V23 scratch
#define OUTPUTS \
	FOLD(0, 4, 8, 12, 16, 20)    \
	FOLD(1, 5, 9, 13, 17, 21)    \
	FOLD(2, 6, 10, 14, 18, 22)   \
	FOLD(3, 7, 11, 15, 19, 23)   \
	FOLD(16, 17, 18, 19, 24, 25) \
	FOLD(20, 21, 22, 23, 26, 27)

// s > 0 ? s : leak·s of v; V31 leak, V30 0
#define ACTIVATE(v) \
	FADD4S(29, v, v)  \
	FMUL4S(v, 31, 0)  \
	FCMGT4S(30, v, 1) \
	BSL16B(0, v, 1)   \
	COPY(1, v)

// STORE stores V24…V27 to their places in y.
#define STORE \
	VST1 [V24.S4], (R0)  \
	VST1 [V25.S4], (R9)  \
	VST1 [V26.S4], (R10) \
	VST1 [V27.S4], (R11)

// func output2x3NEON(y *float32, row, column int, m *float32, point int, bias *float32, leak float32, channels int)
//
//	s = Σ Aᵀ[i][k]·m[(4k+l)*point+c]·Aᵀ[j][l] + bias[c]
//	y[i*row+j*column+c] = s > 0 ? s : leak*s
//
// R0, R9, R10, R11 the four places of y   R1 point in bytes   R2 m   R3 channels left
// R4 bias   R7 point of m   V29 bias   V30 0   V31 leak   R5, R6 row and column
TEXT ·output2x3NEON(SB), NOSPLIT, $0-64
	MOVD y+0(FP), R0
	MOVD row+8(FP), R5
	MOVD column+16(FP), R6
	ADD R6<<2, R0, R9
	ADD R5<<2, R0, R10
	ADD R6<<2, R10, R11
	MOVD m+24(FP), R2
	MOVD point+32(FP), R1
	LSL $2, R1
	MOVD bias+40(FP), R4
	MOVWU leak+48(FP), R5
	VDUP R5, V31.S4
	VEOR V30.B16, V30.B16, V30.B16
	MOVD channels+56(FP), R3

loop: // for c := 0; c < channels; c += 4
	POINTS
	OUTPUTS
	VLD1.P 16(R4), [V29.S4]
	ACTIVATE(24)
	ACTIVATE(25)
	ACTIVATE(26)
	ACTIVATE(27)
	STORE
	ADD $16, R0
	ADD $16, R9
	ADD $16, R10
	ADD $16, R11
	ADD $16, R2
	SUB $4, R3
	CBNZ R3, loop
	RET

// y = act > 0 ? v : leak·v, act at the offset R4 from y
#define MASK(address, v) \
	ADD R4, address, R6 \
	VLD1 (R6), [V0.S4]  \
	FCMGT4S(30, 0, 1)   \
	FMUL4S(v, 31, 2)    \
	BSL16B(2, v, 1)     \
	COPY(1, v)

// func masked2x3NEON(y *float32, row, column int, m *float32, point int, act *float32, leak float32, channels int)
//
//	y[i*row+j*column+c] = Σ Aᵀ[i][k]·m[(4k+l)*point+c]·Aᵀ[j][l] · (act > 0 ? 1 : leak)
//
// As output2x3NEON, but R4 is the distance from y to act.
TEXT ·masked2x3NEON(SB), NOSPLIT, $0-64
	MOVD y+0(FP), R0
	MOVD row+8(FP), R5
	MOVD column+16(FP), R6
	ADD R6<<2, R0, R9
	ADD R5<<2, R0, R10
	ADD R6<<2, R10, R11
	MOVD m+24(FP), R2
	MOVD point+32(FP), R1
	LSL $2, R1
	MOVD act+40(FP), R4
	SUB R0, R4, R4
	MOVWU leak+48(FP), R5
	VDUP R5, V31.S4
	VEOR V30.B16, V30.B16, V30.B16
	MOVD channels+56(FP), R3

loop: // for c := 0; c < channels; c += 4
	POINTS
	OUTPUTS
	MASK(R0, 24)
	MASK(R9, 25)
	MASK(R10, 26)
	MASK(R11, 27)
	STORE
	ADD $16, R0
	ADD $16, R9
	ADD $16, R10
	ADD $16, R11
	ADD $16, R2
	SUB $4, R3
	CBNZ R3, loop
	RET
