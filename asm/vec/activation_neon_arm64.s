//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"
#include "map_neon_arm64.h"

// LEAKY is x > 0 ? x : leak·x. V30 0   V31 leak
#define LEAKY(x, d) \
	FMUL4S(x, 31, 4)  \
	FCMGT4S(30, x, d) \
	BSL16B(4, x, d)

// LEAKYGRAD is y > 0 ? dy : leak·dy, dy in x.
#define LEAKYGRAD(x, y) \
	FMUL4S(x, 31, 4)  \
	FCMGT4S(30, y, y) \
	BSL16B(4, x, y)

// func leakyReLUNEON(dst, x *float32, blocks int, leak float32)
//
// R0 dst   R1 x   R3 blocks   V30 0   V31 leak   V4 scratch
TEXT ·leakyReLUNEON(SB), NOSPLIT, $0-28
	MOVD dst+0(FP), R0
	MOVD x+8(FP), R1
	MOVD blocks+16(FP), R3
	VEOR V30.B16, V30.B16, V30.B16
	BROADCAST(leak+24(FP), V31.S4)
	MAP1(LEAKY)

// func leakyReLUGradientNEON(dx, dy, y *float32, blocks int, leak float32)
//
// R0 dx   R1 dy   R2 y   R3 blocks   V30 0   V31 leak   V4 scratch
TEXT ·leakyReLUGradientNEON(SB), NOSPLIT, $0-36
	MOVD dx+0(FP), R0
	MOVD dy+8(FP), R1
	MOVD y+16(FP), R2
	MOVD blocks+24(FP), R3
	VEOR V30.B16, V30.B16, V30.B16
	BROADCAST(leak+32(FP), V31.S4)
	MAP2(LEAKYGRAD)
