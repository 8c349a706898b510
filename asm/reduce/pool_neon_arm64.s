//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// LARGER sets best to v where v > best or v is NaN. It uses V4, V5.
#define LARGER(v, best) \
	FCMGT4S(best, v, 4) \
	BSL16B(best, v, 4)  \ // v > best ? v : best
	FCMEQ4S(v, v, 5)    \ // v is no NaN
	BSL16B(v, 4, 5)     \
	COPY(5, best)

// func maxPool2NEON(y, x0, x1 *float32, w, c int)
//
// R0 y   R1 x0, R4 its second pixel   R2 x1, R5 its second pixel   R3 windows
// R6 bytes of a pixel   R7 blocks of four left in the pixel   R8 c   V0…V3 the window
TEXT ·maxPool2NEON(SB), NOSPLIT, $0-40
	MOVD y+0(FP), R0
	MOVD x0+8(FP), R1
	MOVD x1+16(FP), R2
	MOVD w+24(FP), R3
	MOVD c+32(FP), R8
	LSL $2, R8, R6

window:
	ADD R6, R1, R4
	ADD R6, R2, R5
	LSR $2, R8, R7

loop:
	VLD1.P 16(R1), [V0.S4]
	VLD1.P 16(R4), [V1.S4]
	VLD1.P 16(R2), [V2.S4]
	VLD1.P 16(R5), [V3.S4]
	LARGER(1, 0)
	LARGER(2, 0)
	LARGER(3, 0)
	VST1.P [V0.S4], 16(R0)
	SUB $1, R7
	CBNZ R7, loop
	MOVD R4, R1
	MOVD R5, R2
	SUB $1, R3
	CBNZ R3, window
	RET

// WINS sets wins to the lanes where v > best, or v is NaN and best is not, and
// best to v there. It uses V4, V5.
#define WINS(v, best, wins) \
	FCMGT4S(best, v, wins) \
	FCMEQ4S(v, v, 4)       \
	FCMEQ4S(best, best, 5) \
	BIC16B(4, 5, 5)        \
	ORR16B(5, wins, wins)  \
	COPY(wins, 5)          \
	BSL16B(best, v, 5)     \
	COPY(5, best)

// func maxPool2GradientNEON(dx0, dx1, dy, x0, x1 *float32, w, c int, leak float32)
//
// R0 dx0, R9 its second pixel   R10 dx1, R11 its second pixel   R12 dy
// R1 x0, R4 its second pixel   R2 x1, R5 its second pixel   R3 windows
// R6 bytes of a pixel   R7 blocks of four left in the pixel
// V0 largest   V20…V22 wins   V24…V27 gradients   V30 0   V31 leak
// V1…V3 the others   V6 dy, V7 d   V16 leak·dy   R8 c   R13 scratch
TEXT ·maxPool2GradientNEON(SB), NOSPLIT, $0-60
	MOVD dx0+0(FP), R0
	MOVD dx1+8(FP), R10
	MOVD dy+16(FP), R12
	MOVD x0+24(FP), R1
	MOVD x1+32(FP), R2
	MOVD w+40(FP), R3
	MOVD c+48(FP), R8
	LSL $2, R8, R6
	MOVWU leak+56(FP), R13
	VDUP R13, V31.S4
	VEOR V30.B16, V30.B16, V30.B16

window:
	ADD R6, R0, R9
	ADD R6, R10, R11
	ADD R6, R1, R4
	ADD R6, R2, R5
	LSR $2, R8, R7

loop:
	VLD1.P 16(R1), [V0.S4]
	VLD1.P 16(R4), [V1.S4]
	VLD1.P 16(R2), [V2.S4]
	VLD1.P 16(R5), [V3.S4]
	VLD1.P 16(R12), [V6.S4]
	WINS(1, 0, 20)
	WINS(2, 0, 21)
	WINS(3, 0, 22)
	FCMGT4S(30, 0, 7)
	FMUL4S(6, 31, 16)
	BSL16B(16, 6, 7) // d = best > 0 ? dy : leak·dy
	AND16B(22, 7, 27) // the fourth, where it won
	BIC16B(22, 7, 7)
	AND16B(21, 7, 26)
	BIC16B(21, 7, 7)
	AND16B(20, 7, 25)
	BIC16B(20, 7, 24)
	VST1.P [V24.S4], 16(R0)
	VST1.P [V25.S4], 16(R9)
	VST1.P [V26.S4], 16(R10)
	VST1.P [V27.S4], 16(R11)
	SUB $1, R7
	CBNZ R7, loop
	MOVD R9, R0
	MOVD R11, R10
	MOVD R4, R1
	MOVD R5, R2
	SUB $1, R3
	CBNZ R3, window
	RET

// func avgPool2NEON(y, x0, x1 *float32, w, c int)
//
// R0 y   R1 x0, R4 its second pixel   R2 x1, R5 its second pixel   R3 windows
// R6 bytes of a pixel   R7 blocks of four left in the pixel   R8 c   V0…V3 the window
// V31 ¼
TEXT ·avgPool2NEON(SB), NOSPLIT, $0-40
	MOVD y+0(FP), R0
	MOVD x0+8(FP), R1
	MOVD x1+16(FP), R2
	MOVD w+24(FP), R3
	MOVD c+32(FP), R8
	LSL $2, R8, R6
	MOVD $0x3e800000, R7 // ¼
	VDUP R7, V31.S4

window:
	ADD R6, R1, R4
	ADD R6, R2, R5
	LSR $2, R8, R7

loop:
	VLD1.P 16(R1), [V0.S4]
	VLD1.P 16(R4), [V1.S4]
	VLD1.P 16(R2), [V2.S4]
	VLD1.P 16(R5), [V3.S4]
	FADD4S(1, 0, 0)
	FADD4S(2, 0, 0)
	FADD4S(3, 0, 0)
	FMUL4S(31, 0, 0)
	VST1.P [V0.S4], 16(R0)
	SUB $1, R7
	CBNZ R7, loop
	MOVD R4, R1
	MOVD R5, R2
	SUB $1, R3
	CBNZ R3, window
	RET

// func avgPool2GradientNEON(dx0, dx1, dy *float32, w, c int)
//
// R0 dx0, R9 its second pixel   R10 dx1, R11 its second pixel   R1 dy   R3 windows
// R6 bytes of a pixel   R7 blocks of four left in the pixel   R8 c   V0 dy/4   V31 ¼
TEXT ·avgPool2GradientNEON(SB), NOSPLIT, $0-40
	MOVD dx0+0(FP), R0
	MOVD dx1+8(FP), R10
	MOVD dy+16(FP), R1
	MOVD w+24(FP), R3
	MOVD c+32(FP), R8
	LSL $2, R8, R6
	MOVD $0x3e800000, R7 // ¼
	VDUP R7, V31.S4

window:
	ADD R6, R0, R9
	ADD R6, R10, R11
	LSR $2, R8, R7

loop:
	VLD1.P 16(R1), [V0.S4]
	FMUL4S(31, 0, 0)
	VST1.P [V0.S4], 16(R0)
	VST1.P [V0.S4], 16(R9)
	VST1.P [V0.S4], 16(R10)
	VST1.P [V0.S4], 16(R11)
	SUB $1, R7
	CBNZ R7, loop
	MOVD R9, R0
	MOVD R11, R10
	SUB $1, R3
	CBNZ R3, window
	RET
