//go:build !noasm

#include "textflag.h"
#include "pool_amd64.h"

#define WIDTH 8

#define V0 Y0
#define V1 Y1
#define V2 Y2
#define V3 Y3
#define V5 Y5
#define V7 Y7

// TAILMASK sets Y8 to a mask of the first CX lanes, 0 < CX < 8. It uses R10, R11.
#define TAILMASK \
	MOVQ $8, R10             \
	SUBQ CX, R10             \
	LEAQ ·tailMask(SB), R11  \
	VMOVDQU (R11)(R10*4), Y8

// LOADTAIL reads the lanes of Y8 and zeros elsewhere, STORETAIL writes them.
#define LOADTAIL(address, v) VMASKMOVPS address, Y8, v
#define STORETAIL(v, address) VMASKMOVPS v, Y8, address

// LARGER sets best to v where v > best or v is NaN. It uses Y4.
#define LARGER(v, best) \
	VCMPPS $3, v, v, Y4         \
	VMAXPS best, v, best        \ // v > best ? v : best, best for a NaN
	VBLENDVPS Y4, v, best, best

// func maxPool2AVX2(y, x0, x1 *float32, w, c int)
//
// DI y   SI x0, DX its second pixel   R8 x1, BX its second pixel   R9 windows
// R12 c   CX left in the pixel   AX index in the pixel   Y8 tail mask   Y0…Y3 the window
TEXT ·maxPool2AVX2(SB), NOSPLIT, $0-40
	MOVQ c+32(FP), R12
	LASTLANES
	MOVQ y+0(FP), DI
	MOVQ x0+8(FP), SI
	MOVQ x1+16(FP), R8
	MOVQ w+24(FP), R9
	WINDOWS(SECONDX, MAXPOOL, NEXTOUT)

// WINS sets wins to the lanes where v > best, or v is NaN and best is not, and
// best to v there. It uses Y4.
#define WINS(v, best, wins) \
	VCMPPS $0x16, best, v, wins   \ // not v ≤ best
	VCMPPS $7, best, best, Y4     \ // best is no NaN
	VANDPS Y4, wins, wins         \
	VBLENDVPS wins, v, best, best

// ROUTE takes the window in Y0…Y3 and dy in Y5 and leaves the gradients of the
// four in Y0…Y3. Y6 0   Y7 leak   Y9, Y10, Y11 wins
#define ROUTE \
	WINS(Y1, Y0, Y9)         \
	WINS(Y2, Y0, Y10)        \
	WINS(Y3, Y0, Y11)        \
	VCMPPS $0x1e, Y6, Y0, Y4 \
	VMULPS Y5, Y7, Y3        \
	VBLENDVPS Y4, Y5, Y3, Y5 \ // d = best > 0 ? dy : leak·dy
	VANDPS Y5, Y11, Y3       \ // the fourth, where it won
	VANDNPS Y5, Y11, Y5      \
	VANDPS Y5, Y10, Y2       \
	VANDNPS Y5, Y10, Y5      \
	VANDPS Y5, Y9, Y1        \
	VANDNPS Y5, Y9, Y0

// func maxPool2GradientAVX2(dx0, dx1, dy, x0, x1 *float32, w, c int, leak float32)
//
// DI dx0, R13 its second pixel   R10 dx1, R11 its second pixel   R15 dy
// SI x0, DX its second pixel   R8 x1, BX its second pixel   R9 windows
// R12 c   CX left in the pixel   AX index in the pixel
// Y6 0   Y7 leak   Y8 tail mask
TEXT ·maxPool2GradientAVX2(SB), NOSPLIT, $0-60
	MOVQ c+48(FP), R12
	LASTLANES
	MOVQ dx0+0(FP), DI
	MOVQ dx1+8(FP), R10
	MOVQ dy+16(FP), R15
	MOVQ x0+24(FP), SI
	MOVQ x1+32(FP), R8
	MOVQ w+40(FP), R9
	VXORPS Y6, Y6, Y6
	VBROADCASTSS leak+56(FP), Y7
	WINDOWS(SECONDBOTH, MAXPOOLGRADIENT, NEXTMAXGRADIENT)

// func avgPool2AVX2(y, x0, x1 *float32, w, c int)
//
// DI y   SI x0, DX its second pixel   R8 x1, BX its second pixel   R9 windows
// R12 c   CX left in the pixel   AX index in the pixel   Y8 tail mask   Y0…Y3 the window
// Y7 ¼
TEXT ·avgPool2AVX2(SB), NOSPLIT, $0-40
	MOVQ c+32(FP), R12
	LASTLANES
	MOVQ y+0(FP), DI
	MOVQ x0+8(FP), SI
	MOVQ x1+16(FP), R8
	MOVQ w+24(FP), R9
	VBROADCASTSS quarter<>(SB), Y7
	WINDOWS(SECONDX, AVGPOOL, NEXTOUT)

// func avgPool2GradientAVX2(dx0, dx1, dy *float32, w, c int)
//
// DI dx0, R13 its second pixel   R10 dx1, R11 its second pixel   SI dy   R9 windows
// R12 c   CX left in the pixel   AX index in the pixel   Y8 tail mask   Y0 dy/4   Y7 ¼
TEXT ·avgPool2GradientAVX2(SB), NOSPLIT, $0-40
	MOVQ c+32(FP), R12
	LASTLANES
	MOVQ dx0+0(FP), DI
	MOVQ dx1+8(FP), R10
	MOVQ dy+16(FP), SI
	MOVQ w+24(FP), R9
	VBROADCASTSS quarter<>(SB), Y7
	WINDOWS(SECONDDX, AVGPOOLGRADIENT, NEXTAVGGRADIENT)
