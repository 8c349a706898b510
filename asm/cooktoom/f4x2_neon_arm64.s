//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// The transforms of Cook–Toom F(4×4, 2×2) with NEON, 4 channels at a time, a whole
// patch in registers: see f4x2.go for the matrices. Place and point 5i+j
// are in V(5i+j), V0…V24.

// CONSTANT sets the lanes of v to the float32 with these bits. It uses R6.
#define CONSTANT(bits, v) \
	MOVD $bits, R6 \
	VDUP R6, v.S4

// PLACE loads four channels of place i.
#define PLACE(i, v) \
	MOVD (8*i)(R2), R6 \
	ADD R5, R6         \
	VLD1 (R6), [v.S4]

// POINT loads a point at R7 and goes on to the next.
#define POINT(v) \
	VLD1 (R7), [v.S4] \
	ADD R1, R7

#define WRITE(v) \
	VST1 [v.S4], (R7) \
	ADD R1, R7

// INPUT is (b, c, a, d, e) = Bᵀ·(a, b, c, d, e). It uses V25.
#define INPUT(a, b, c, d, e) \
	FMUL4S(27, c, 25)  \
	FMLS4S(31, a, 25)  \ // 5/4·(c − ¼a)
	FMLS4S(28, c, e)   \
	FMLS4S(27, 25, e)  \ // e = e − ¼c − 25/16·(c − ¼a)
	FMLS4S(29, a, c)   \ // c − 25/16·a
	FADD4S(d, d, a)    \
	FMLS4S(30, b, a)   \ // 2·(d − 25/16·b)
	FMLS4S(28, b, d)   \ // d − ¼b
	FADD4S(c, a, b)    \
	FSUB4S(c, a, c)    \
	FADD4S(25, d, a)   \
	FSUB4S(25, d, d)

// func input4x2NEON(v *float32, point int, places *[25]*float32, channels int)
//
//	v[(5i+j)*point+c] = Σ Bᵀ[i][k]·places[5k+l][c]·Bᵀ[j][l]
//
// R0 v   R1 point in bytes   R2 places   R3 channels left   R5 4·c   R6 place
// R7 point of v   V25 scratch   V27…V31 5/4, ¼, 25/16, 25/8, 5/16
TEXT ·input4x2NEON(SB), NOSPLIT, $0-32
	MOVD v+0(FP), R0
	MOVD point+8(FP), R1
	LSL $2, R1
	MOVD places+16(FP), R2
	MOVD channels+24(FP), R3
	MOVD $0, R5
	CONSTANT(0x3fa00000, V27)
	CONSTANT(0x3e800000, V28)
	CONSTANT(0x3fc80000, V29)
	CONSTANT(0x40480000, V30)
	CONSTANT(0x3ea00000, V31)

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
	PLACE(16, V16)
	PLACE(17, V17)
	PLACE(18, V18)
	PLACE(19, V19)
	PLACE(20, V20)
	PLACE(21, V21)
	PLACE(22, V22)
	PLACE(23, V23)
	PLACE(24, V24)
	INPUT(0, 5, 10, 15, 20)
	INPUT(1, 6, 11, 16, 21)
	INPUT(2, 7, 12, 17, 22)
	INPUT(3, 8, 13, 18, 23)
	INPUT(4, 9, 14, 19, 24)
	INPUT(0, 1, 2, 3, 4)
	INPUT(5, 6, 7, 8, 9)
	INPUT(10, 11, 12, 13, 14)
	INPUT(15, 16, 17, 18, 19)
	INPUT(20, 21, 22, 23, 24)
	MOVD R0, R7
	WRITE(V6)
	WRITE(V7)
	WRITE(V5)
	WRITE(V8)
	WRITE(V9)
	WRITE(V11)
	WRITE(V12)
	WRITE(V10)
	WRITE(V13)
	WRITE(V14)
	WRITE(V1)
	WRITE(V2)
	WRITE(V0)
	WRITE(V3)
	WRITE(V4)
	WRITE(V16)
	WRITE(V17)
	WRITE(V15)
	WRITE(V18)
	WRITE(V19)
	WRITE(V21)
	WRITE(V22)
	WRITE(V20)
	WRITE(V23)
	WRITE(V24)
	ADD $16, R0
	ADD $16, R5
	SUB $4, R3
	CBNZ R3, loop
	RET

// OUTPUT is (d, a, b, e) = Aᵀ·(a, b, c, d, e); c is free. It uses V25.
#define OUTPUT(a, b, c, d, e) \
	FADD4S(b, a, 25)  \
	FSUB4S(b, a, a)   \
	FADD4S(d, c, b)   \
	FSUB4S(d, c, c)   \
	FADD4S(25, b, d)  \
	FADD4S(25, d, d)  \ // d = 2(a + b) + c + d
	FMUL4S(28, b, b)  \
	FMLA4S(30, 25, b) \ // b = ½(a + b) + 25/16·(c + d)
	FMLA4S(26, a, e)  \
	FMLA4S(29, c, e)  \ // e = e + ¼(a − b) + 125/64·(c − d)
	FMLA4S(27, c, a)    // a = a − b + 5/4·(c − d)

// ACTIVATE stores s > 0 ? s : leak·s, s = v + bias, and goes on to the next column.
// V10 0   V11 bias   V31 leak
#define ACTIVATE(v) \
	FADD4S(11, v, v)    \
	FMUL4S(v, 31, 25)   \
	FCMGT4S(10, v, 12)  \
	BSL16B(25, v, 12)   \
	VST1 [V12.S4], (R7) \
	ADD R9, R7

// func output4x2NEON(y *float32, row, column int, m *float32, point int, bias *float32, leak float32, channels int)
//
//	s = Σ Aᵀ[i][k]·m[(5k+l)*point+c]·Aᵀ[j][l] + bias[c]
//	y[i*row+j*column+c] = s > 0 ? s : leak*s
//
// R0 y   R1 point in bytes   R2 m   R3 channels left   R4 bias   R7 place or point
// R9, R10 column and row in bytes   R11 row of y
// V25, V10…V12 scratch   V26…V30 ¼, 5/4, 25/16, 125/64, ½   V31 leak
TEXT ·output4x2NEON(SB), NOSPLIT, $0-64
	MOVD y+0(FP), R0
	MOVD row+8(FP), R10
	LSL $2, R10
	MOVD column+16(FP), R9
	LSL $2, R9
	MOVD m+24(FP), R2
	MOVD point+32(FP), R1
	LSL $2, R1
	MOVD bias+40(FP), R4
	CONSTANT(0x3e800000, V26)
	CONSTANT(0x3fa00000, V27)
	CONSTANT(0x3fc80000, V28)
	CONSTANT(0x3ffa0000, V29)
	CONSTANT(0x3f000000, V30)
	MOVWU leak+48(FP), R6
	VDUP R6, V31.S4
	MOVD channels+56(FP), R3

loop: // for c := 0; c < channels; c += 4
	MOVD R2, R7
	POINT(V0)
	POINT(V1)
	POINT(V2)
	POINT(V3)
	POINT(V4)
	POINT(V5)
	POINT(V6)
	POINT(V7)
	POINT(V8)
	POINT(V9)
	POINT(V10)
	POINT(V11)
	POINT(V12)
	POINT(V13)
	POINT(V14)
	POINT(V15)
	POINT(V16)
	POINT(V17)
	POINT(V18)
	POINT(V19)
	POINT(V20)
	POINT(V21)
	POINT(V22)
	POINT(V23)
	POINT(V24)
	OUTPUT(0, 5, 10, 15, 20)
	OUTPUT(1, 6, 11, 16, 21)
	OUTPUT(2, 7, 12, 17, 22)
	OUTPUT(3, 8, 13, 18, 23)
	OUTPUT(4, 9, 14, 19, 24)
	OUTPUT(15, 16, 17, 18, 19)
	OUTPUT(0, 1, 2, 3, 4)
	OUTPUT(5, 6, 7, 8, 9)
	OUTPUT(20, 21, 22, 23, 24)
	VEOR V10.B16, V10.B16, V10.B16
	VLD1.P 16(R4), [V11.S4]
	MOVD R0, R11
	MOVD R11, R7
	ACTIVATE(18)
	ACTIVATE(15)
	ACTIVATE(16)
	ACTIVATE(19)
	ADD R10, R11
	MOVD R11, R7
	ACTIVATE(3)
	ACTIVATE(0)
	ACTIVATE(1)
	ACTIVATE(4)
	ADD R10, R11
	MOVD R11, R7
	ACTIVATE(8)
	ACTIVATE(5)
	ACTIVATE(6)
	ACTIVATE(9)
	ADD R10, R11
	MOVD R11, R7
	ACTIVATE(23)
	ACTIVATE(20)
	ACTIVATE(21)
	ACTIVATE(24)
	ADD $16, R0
	ADD $16, R2
	SUB $4, R3
	CBNZ R3, loop
	RET
