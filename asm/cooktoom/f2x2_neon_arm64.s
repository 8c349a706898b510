//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// The transforms of Cook–Toom F(2×2, 2×2) with NEON, 4 channels at a time, a patch
// in registers: see f2x2.go for the matrices. Place and point 3i+j are in
// V(3i+j), V0…V8.

// PLACE loads four channels of place i.
#define PLACE(i, v) \
	MOVD (8*i)(R2), R6 \
	ADD R5, R6         \
	VLD1 (R6), [v.S4]

// POINT loads a point at R7 and goes on to the next.
#define POINT(v) \
	VLD1 (R7), [v.S4] \
	ADD R1, R7

#define READ9 \
	MOVD R0, R7 \
	POINT(V0)   \
	POINT(V1)   \
	POINT(V2)   \
	POINT(V3)   \
	POINT(V4)   \
	POINT(V5)   \
	POINT(V6)   \
	POINT(V7)   \
	POINT(V8)

#define WRITE(v) \
	VST1 [v.S4], (R7) \
	ADD R1, R7

#define WRITE9 \
	MOVD R0, R7 \
	WRITE(V0)   \
	WRITE(V1)   \
	WRITE(V2)   \
	WRITE(V3)   \
	WRITE(V4)   \
	WRITE(V5)   \
	WRITE(V6)   \
	WRITE(V7)   \
	WRITE(V8)

// STORE stores v at place i, whose mask is at offset mask.
#define STORE(i, mask, v) \
	MOVD (8*i)(R2), R6      \
	MOVD (mask+8*i)(R2), R8 \
	AND R5, R8              \ // places outside stay at their first four
	ADD R8, R6              \
	VST1 [v.S4], (R6)

// INPUT is (a, b, c) = Bᵀ·(a, b, c).
#define INPUT(a, b, c) \
	FSUB4S(b, a, a) \
	FSUB4S(b, c, c)

// func input2x2NEON(v *float32, point int, places *[9]*float32, channels int)
//
//	v[(3i+j)*point+c] = Σ Bᵀ[i][k]·places[3k+l][c]·Bᵀ[j][l]
//
// R0 v   R1 point in bytes   R2 places   R3 channels left   R5 4·c   R6 place
// R7 point of v
TEXT ·input2x2NEON(SB), NOSPLIT, $0-32
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
	INPUT(0, 3, 6)
	INPUT(1, 4, 7)
	INPUT(2, 5, 8)
	INPUT(0, 1, 2)
	INPUT(3, 4, 5)
	INPUT(6, 7, 8)
	WRITE9
	ADD $16, R0
	ADD $16, R5
	SUB $4, R3
	CBNZ R3, loop
	RET

// OUTPUT is (a, b) = Aᵀ·(a, b, c).
#define OUTPUT(a, b, c) \
	FADD4S(b, a, a) \
	FADD4S(c, b, b)

// ACTIVATE is v = s > 0 ? s : leak·s, s = v + bias. V29 bias   V30 0   V31 leak
#define ACTIVATE(v) \
	FADD4S(29, v, v)   \
	FMUL4S(v, 31, 9)   \
	FCMGT4S(30, v, 10) \
	BSL16B(9, v, 10)   \
	COPY(10, v)

// func output2x2NEON(places *outputs2x2, m *float32, point int, bias *float32, leak float32, channels int)
//
//	s = Σ Aᵀ[i][k]·m[(3k+l)*point+c]·Aᵀ[j][l] + bias[c]
//	places.x[2i+j][c] = s > 0 ? s : leak*s
//
// R0 m   R1 point in bytes   R2 places   R3 channels left   R4 bias   R5 4·c
// R6, R8 place   R7 point of m   V9, V10 scratch   V29 bias   V30 0   V31 leak
TEXT ·output2x2NEON(SB), NOSPLIT, $0-48
	MOVD places+0(FP), R2
	MOVD m+8(FP), R0
	MOVD point+16(FP), R1
	LSL $2, R1
	MOVD bias+24(FP), R4
	MOVWU leak+32(FP), R6
	VDUP R6, V31.S4
	VEOR V30.B16, V30.B16, V30.B16
	MOVD channels+40(FP), R3
	MOVD $0, R5

loop: // for c := 0; c < channels; c += 4
	READ9
	OUTPUT(0, 3, 6)
	OUTPUT(1, 4, 7)
	OUTPUT(2, 5, 8)
	OUTPUT(0, 1, 2)
	OUTPUT(3, 4, 5)
	VLD1.P 16(R4), [V29.S4]
	ACTIVATE(0)
	ACTIVATE(1)
	ACTIVATE(3)
	ACTIVATE(4)
	STORE(0, 32, V0)
	STORE(1, 32, V1)
	STORE(2, 32, V3)
	STORE(3, 32, V4)
	ADD $16, R0
	ADD $16, R5
	SUB $4, R3
	CBNZ R3, loop
	RET

// func gradient2x2NEON(v *float32, point int, places *[4]*float32, channels int)
//
//	v[(3i+j)*point+c] = Σ A[i][k]·places[2k+l][c]·A[j][l]
//
// As input2x2NEON.
TEXT ·gradient2x2NEON(SB), NOSPLIT, $0-32
	MOVD v+0(FP), R0
	MOVD point+8(FP), R1
	LSL $2, R1
	MOVD places+16(FP), R2
	MOVD channels+24(FP), R3
	MOVD $0, R5

loop: // for c := 0; c < channels; c += 4
	PLACE(0, V0)
	PLACE(1, V2)
	PLACE(2, V6)
	PLACE(3, V8)
	FADD4S(6, 0, 3)
	FADD4S(8, 2, 5)
	FADD4S(2, 0, 1)
	FADD4S(5, 3, 4)
	FADD4S(8, 6, 7)
	WRITE9
	ADD $16, R0
	ADD $16, R5
	SUB $4, R3
	CBNZ R3, loop
	RET

// PATCH is (a, b, c) = B·(a, b, c).
#define PATCH(a, b, c) \
	FSUB4S(a, b, b) \
	FSUB4S(c, b, b)

// MASK is v = act > 0 ? v : leak·v with act of place i. V30 0   V31 leak
#define MASK(i, v) \
	MOVD (144+8*i)(R2), R6 \
	ADD R5, R6             \
	VLD1 (R6), [V9.S4]     \
	FCMGT4S(30, 9, 10)     \
	FMUL4S(v, 31, 9)       \
	BSL16B(9, v, 10)       \
	COPY(10, v)

// PLUS adds what is at place i.
#define PLUS(i, v) \
	MOVD (216+8*i)(R2), R6 \
	ADD R5, R6             \
	VLD1 (R6), [V9.S4]     \
	FADD4S(9, v, v)

// func patch2x2NEON(places *patches2x2, m *float32, point int, leak float32, channels int)
//
//	s = Σ B[i][k]·m[(3k+l)*point+c]·B[j][l]
//	places.x[3i+j][c] = (places.act[3i+j][c] > 0 ? s : leak*s) + places.add[3i+j][c]
//
// R0 m   R1 point in bytes   R2 places   R3 channels left   R5 4·c   R6, R8 place
// R7 point of m   V9, V10 scratch   V30 0   V31 leak
TEXT ·patch2x2NEON(SB), NOSPLIT, $0-40
	MOVD places+0(FP), R2
	MOVD m+8(FP), R0
	MOVD point+16(FP), R1
	LSL $2, R1
	MOVWU leak+24(FP), R6
	VDUP R6, V31.S4
	VEOR V30.B16, V30.B16, V30.B16
	MOVD channels+32(FP), R3
	MOVD $0, R5

loop: // for c := 0; c < channels; c += 4
	READ9
	PATCH(0, 3, 6)
	PATCH(1, 4, 7)
	PATCH(2, 5, 8)
	PATCH(0, 1, 2)
	PATCH(3, 4, 5)
	PATCH(6, 7, 8)
	MASK(0, 0)
	MASK(1, 1)
	MASK(2, 2)
	MASK(3, 3)
	MASK(4, 4)
	MASK(5, 5)
	MASK(6, 6)
	MASK(7, 7)
	MASK(8, 8)
	PLUS(0, 0)
	PLUS(1, 1)
	PLUS(2, 2)
	PLUS(3, 3)
	PLUS(6, 6)
	STORE(0, 72, V0)
	STORE(1, 72, V1)
	STORE(2, 72, V2)
	STORE(3, 72, V3)
	STORE(4, 72, V4)
	STORE(5, 72, V5)
	STORE(6, 72, V6)
	STORE(7, 72, V7)
	STORE(8, 72, V8)
	ADD $16, R0
	ADD $16, R5
	SUB $4, R3
	CBNZ R3, loop
	RET
