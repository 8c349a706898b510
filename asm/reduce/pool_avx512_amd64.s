//go:build !noasm

#include "textflag.h"
#include "pool_amd64.h"

#define WIDTH 16

#define V0 Z0
#define V1 Z1
#define V2 Z2
#define V3 Z3
#define V5 Z5
#define V7 Z7

// TAILMASK sets K1 to the first CX lanes, 0 ≤ CX < 16. It uses R11.
#define TAILMASK \
	MOVL $1, R11  \
	SHLL CX, R11  \
	DECL R11      \
	KMOVW R11, K1

// LOADTAIL reads the lanes of K1 and zeros elsewhere, STORETAIL writes them.
#define LOADTAIL(address, v) VMOVUPS.Z address, K1, v
#define STORETAIL(v, address) VMOVUPS v, K1, address

// LARGER sets best to v where v > best or v is NaN. It uses K2.
#define LARGER(v, best) \
	VCMPPS $3, v, v, K2  \
	VMAXPS best, v, best \ // v > best ? v : best, best for a NaN
	VMOVAPS v, K2, best

// func maxPool2AVX512(y, x0, x1 *float32, w, c int)
//
// DI y   SI x0, DX its second pixel   R8 x1, BX its second pixel   R9 windows
// R12 c   CX left in the pixel   AX index in the pixel   K1 tail mask   Z0…Z3 the window
TEXT ·maxPool2AVX512(SB), NOSPLIT, $0-40
	MOVQ c+32(FP), R12
	LASTLANES
	MOVQ y+0(FP), DI
	MOVQ x0+8(FP), SI
	MOVQ x1+16(FP), R8
	MOVQ w+24(FP), R9
	WINDOWS(SECONDX, MAXPOOL, NEXTOUT)

// WINS sets wins to the lanes where v > best, or v is NaN and best is not, and
// best to v there. It uses K2.
#define WINS(v, best, wins) \
	VCMPPS $7, best, best, K2       \ // best is no NaN
	VCMPPS $0x16, best, v, K2, wins \ // not v ≤ best
	VMOVAPS v, wins, best

// ROUTE takes the window in Z0…Z3 and dy in Z5 and stores the gradients of the
// four. Z6 0   Z7 leak   Z4 d   K5, K6, K7 wins
#define ROUTE \
	WINS(Z1, Z0, K5)         \
	WINS(Z2, Z0, K6)         \
	WINS(Z3, Z0, K7)         \
	VCMPPS $0x1e, Z6, Z0, K2 \
	VMULPS Z5, Z7, Z4        \
	VMOVAPS Z5, K2, Z4       \ // d = best > 0 ? dy : leak·dy
	VMOVAPS.Z Z4, K7, Z3     \ // the fourth, where it won
	KANDNW K6, K7, K2        \ // the third: won, and not beaten by the fourth
	VMOVAPS.Z Z4, K2, Z2     \
	KORW K6, K7, K7          \
	KANDNW K5, K7, K2        \
	VMOVAPS.Z Z4, K2, Z1     \
	KORW K5, K7, K7          \
	KNOTW K7, K7             \
	VMOVAPS.Z Z4, K7, Z0

// func maxPool2GradientAVX512(dx0, dx1, dy, x0, x1 *float32, w, c int, leak float32)
//
// DI dx0, R13 its second pixel   R10 dx1, R11 its second pixel   R15 dy
// SI x0, DX its second pixel   R8 x1, BX its second pixel   R9 windows
// R12 c   CX left in the pixel   AX index in the pixel
// Z6 0   Z7 leak   K1 tail mask
TEXT ·maxPool2GradientAVX512(SB), NOSPLIT, $0-60
	MOVQ c+48(FP), R12
	LASTLANES
	MOVQ dx0+0(FP), DI
	MOVQ dx1+8(FP), R10
	MOVQ dy+16(FP), R15
	MOVQ x0+24(FP), SI
	MOVQ x1+32(FP), R8
	MOVQ w+40(FP), R9
	VPXORD Z6, Z6, Z6
	VBROADCASTSS leak+56(FP), Z7
	WINDOWS(SECONDBOTH, MAXPOOLGRADIENT, NEXTMAXGRADIENT)

// func avgPool2AVX512(y, x0, x1 *float32, w, c int)
//
// DI y   SI x0, DX its second pixel   R8 x1, BX its second pixel   R9 windows
// R12 c   CX left in the pixel   AX index in the pixel   K1 tail mask   Z0…Z3 the window
// Z7 ¼
TEXT ·avgPool2AVX512(SB), NOSPLIT, $0-40
	MOVQ c+32(FP), R12
	LASTLANES
	MOVQ y+0(FP), DI
	MOVQ x0+8(FP), SI
	MOVQ x1+16(FP), R8
	MOVQ w+24(FP), R9
	VBROADCASTSS quarter<>(SB), Z7
	WINDOWS(SECONDX, AVGPOOL, NEXTOUT)

// func avgPool2GradientAVX512(dx0, dx1, dy *float32, w, c int)
//
// DI dx0, R13 its second pixel   R10 dx1, R11 its second pixel   SI dy   R9 windows
// R12 c   CX left in the pixel   AX index in the pixel   K1 tail mask   Z0 dy/4   Z7 ¼
TEXT ·avgPool2GradientAVX512(SB), NOSPLIT, $0-40
	MOVQ c+32(FP), R12
	LASTLANES
	MOVQ dx0+0(FP), DI
	MOVQ dx1+8(FP), R10
	MOVQ dy+16(FP), SI
	MOVQ w+24(FP), R9
	VBROADCASTSS quarter<>(SB), Z7
	WINDOWS(SECONDDX, AVGPOOLGRADIENT, NEXTAVGGRADIENT)
