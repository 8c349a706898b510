//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// The transforms of the gradients of Cook–Toom F(4×4, 2×2) with NEON, 4 channels at
// a time: see f4x2.go for the matrices. Place and point 5i+j are in
// V(5i+j), V0…V24.

// CONSTANT sets the lanes of v to the float32 with these bits. It uses R6.
#define CONSTANT(bits, v) \
	MOVD $bits, R6 \
	VDUP R6, v.S4

#define POINT(v) \
	VLD1 (R7), [v.S4] \
	ADD R1, R7

#define WRITE(v) \
	VST1 [v.S4], (R7) \
	ADD R1, R7

// READ4 loads a row of four places and goes on to the next row.
#define READ4(a, b, c, d) \
	MOVD R11, R7      \
	VLD1 (R7), [a.S4] \
	ADD R9, R7        \
	VLD1 (R7), [b.S4] \
	ADD R9, R7        \
	VLD1 (R7), [c.S4] \
	ADD R9, R7        \
	VLD1 (R7), [d.S4] \
	ADD R10, R11

// GRADIENT is (b, e, c, a, d) = A·(a, b, c, d). It uses V25.
#define GRADIENT(a, b, c, d, e) \
	FADD4S(a, a, 25)  \
	FMLA4S(30, c, 25) \ // 2·(a + ¼c)
	FMUL4S(27, b, e)  \
	FMLA4S(29, d, e)  \ // 5/4·(b + 25/16·d)
	FMLA4S(26, d, b)  \ // b + ¼d
	FMLA4S(28, c, a)  \ // a + 25/16·c
	FADD4S(e, a, c)   \
	FSUB4S(e, a, a)   \
	FSUB4S(b, 25, e)  \
	FADD4S(b, 25, b)

// PATCH is (c, b, a, d, e) = B·(a, b, c, d, e). It uses V25.
#define PATCH(a, b, c, d, e) \
	FADD4S(b, a, 25)  \
	FSUB4S(b, a, a)   \
	FADD4S(d, c, b)   \
	FSUB4S(d, c, c)   \
	FADD4S(25, 25, 25) \
	FADD4S(25, b, d)  \ // d = 2(a + b) + c + d
	FMUL4S(30, b, b)  \
	FMLS4S(31, 25, b) \ // b = −25/8·(a + b) − ¼(c + d)
	FMLS4S(27, e, c)  \
	FMUL4S(27, c, 25) \ // 5/4·(c − d − 5/4·e)
	FMUL4S(30, 25, c) \
	FMLS4S(31, a, c)  \ // c = −25/16·(a − b) − 5/16·(c − d − 5/4·e)
	FADD4S(25, a, a)  \
	FMLA4S(30, e, a)    // a = a − b + 5/4·(c − d − 5/4·e) − ¼e

// KEEP masks place i, adds what is there and stores it. V28 leak   V29 0
#define KEEP(i, v) \
	MOVD (400+8*i)(R2), R6 \
	ADD R5, R6             \
	VLD1 (R6), [V25.S4]    \
	FCMGT4S(29, 25, 26)    \ // act > 0
	FMUL4S(v, 28, 25)      \
	BSL16B(25, v, 26)      \
	MOVD (600+8*i)(R2), R6 \
	ADD R5, R6             \
	VLD1 (R6), [V25.S4]    \
	FADD4S(25, 26, 26)     \
	MOVD (8*i)(R2), R6     \
	MOVD (200+8*i)(R2), R8 \
	AND R5, R8             \ // places outside stay at their first four
	ADD R8, R6             \
	VST1 [V26.S4], (R6)

// func gradient4x2NEON(v *float32, point int, y *float32, row, column, channels int)
//
//	v[(5i+j)*point+c] = Σ A[i][k]·y[k*row+l*column+c]·A[j][l]
//
// R0 v   R1 point in bytes   R2 y   R3 channels left   R7 place or point
// R9, R10 column and row in bytes   R11 row of y   V25 scratch
// V26…V30 ¼, 5/4, 25/16, 125/64, ½
TEXT ·gradient4x2NEON(SB), NOSPLIT, $0-48
	MOVD v+0(FP), R0
	MOVD point+8(FP), R1
	LSL $2, R1
	MOVD y+16(FP), R2
	MOVD row+24(FP), R10
	LSL $2, R10
	MOVD column+32(FP), R9
	LSL $2, R9
	MOVD channels+40(FP), R3
	CONSTANT(0x3e800000, V26)
	CONSTANT(0x3fa00000, V27)
	CONSTANT(0x3fc80000, V28)
	CONSTANT(0x3ffa0000, V29)
	CONSTANT(0x3f000000, V30)

loop: // for c := 0; c < channels; c += 4
	MOVD R2, R11
	READ4(V0, V1, V2, V3)
	READ4(V5, V6, V7, V8)
	READ4(V10, V11, V12, V13)
	READ4(V15, V16, V17, V18)
	GRADIENT(0, 5, 10, 15, 20)
	GRADIENT(1, 6, 11, 16, 21)
	GRADIENT(2, 7, 12, 17, 22)
	GRADIENT(3, 8, 13, 18, 23)
	GRADIENT(0, 1, 2, 3, 4)
	GRADIENT(5, 6, 7, 8, 9)
	GRADIENT(10, 11, 12, 13, 14)
	GRADIENT(15, 16, 17, 18, 19)
	GRADIENT(20, 21, 22, 23, 24)
	MOVD R0, R7
	WRITE(V6)
	WRITE(V9)
	WRITE(V7)
	WRITE(V5)
	WRITE(V8)
	WRITE(V21)
	WRITE(V24)
	WRITE(V22)
	WRITE(V20)
	WRITE(V23)
	WRITE(V11)
	WRITE(V14)
	WRITE(V12)
	WRITE(V10)
	WRITE(V13)
	WRITE(V1)
	WRITE(V4)
	WRITE(V2)
	WRITE(V0)
	WRITE(V3)
	WRITE(V16)
	WRITE(V19)
	WRITE(V17)
	WRITE(V15)
	WRITE(V18)
	ADD $16, R0
	ADD $16, R2
	SUB $4, R3
	CBNZ R3, loop
	RET

// func patch4x2NEON(places *places4x2, m *float32, point int, leak float32, channels int)
//
//	s = Σ B[i][k]·m[(5k+l)*point+c]·B[j][l]
//	places.x[5i+j][c] = (places.act[5i+j][c] > 0 ? s : leak*s) + places.add[5i+j][c]
//
// R0 m   R1 point in bytes   R2 places   R3 channels left   R5 4·c   R6, R8 place
// R7 point   V25, V26 scratch   V27 5/4   V28 leak   V29 0   V30, V31 −¼, 25/16
TEXT ·patch4x2NEON(SB), NOSPLIT, $0-40
	MOVD places+0(FP), R2
	MOVD m+8(FP), R0
	MOVD point+16(FP), R1
	LSL $2, R1
	CONSTANT(0x3fa00000, V27)
	CONSTANT(0xbe800000, V30)
	CONSTANT(0x3fc80000, V31)
	MOVWU leak+24(FP), R6
	VDUP R6, V28.S4
	VEOR V29.B16, V29.B16, V29.B16
	MOVD channels+32(FP), R3
	MOVD $0, R5

loop: // for c := 0; c < channels; c += 4
	MOVD R0, R7
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
	PATCH(0, 5, 10, 15, 20)
	PATCH(1, 6, 11, 16, 21)
	PATCH(2, 7, 12, 17, 22)
	PATCH(3, 8, 13, 18, 23)
	PATCH(4, 9, 14, 19, 24)
	PATCH(0, 1, 2, 3, 4)
	PATCH(5, 6, 7, 8, 9)
	PATCH(10, 11, 12, 13, 14)
	PATCH(15, 16, 17, 18, 19)
	PATCH(20, 21, 22, 23, 24)
	KEEP(0, 12)
	KEEP(1, 11)
	KEEP(2, 10)
	KEEP(3, 13)
	KEEP(4, 14)
	KEEP(5, 7)
	KEEP(6, 6)
	KEEP(7, 5)
	KEEP(8, 8)
	KEEP(9, 9)
	KEEP(10, 2)
	KEEP(11, 1)
	KEEP(12, 0)
	KEEP(13, 3)
	KEEP(14, 4)
	KEEP(15, 17)
	KEEP(16, 16)
	KEEP(17, 15)
	KEEP(18, 18)
	KEEP(19, 19)
	KEEP(20, 22)
	KEEP(21, 21)
	KEEP(22, 20)
	KEEP(23, 23)
	KEEP(24, 24)
	ADD $16, R0
	ADD $16, R5
	SUB $4, R3
	CBNZ R3, loop
	RET
