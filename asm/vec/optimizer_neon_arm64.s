//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "neon_arm64.h"
#include "map_neon_arm64.h"

// SGD takes the gradient in x, p in y. V4 scratch   V30 decay   V31 rate
#define SGD(x, y) \
	FMUL4S(y, 30, 4) \
	FADD4S(4, x, x)  \ // g + decay·p
	FMUL4S(x, 31, x) \
	FSUB4S(x, y, y)

// EMA takes p in x, the mean in y. V31 mix
#define EMA(x, y) \
	FSUB4S(y, x, x)  \
	FMUL4S(x, 31, x) \
	FADD4S(x, y, y)

// func sgdNEON(p, grad *float32, blocks int, rate, decay float32)
//
// R0, R2 p   R1 grad   R3 blocks   V30 decay   V31 rate
TEXT ·sgdNEON(SB), NOSPLIT, $0-32
	MOVD p+0(FP), R0
	MOVD R0, R2
	MOVD grad+8(FP), R1
	MOVD blocks+16(FP), R3
	BROADCAST(rate+24(FP), V31.S4)
	BROADCAST(decay+28(FP), V30.S4)
	MAP2(SGD)

// func emaNEON(mean, p *float32, blocks int, mix float32)
//
// R0, R2 mean   R1 p   R3 blocks   V31 mix
TEXT ·emaNEON(SB), NOSPLIT, $0-28
	MOVD mean+0(FP), R0
	MOVD R0, R2
	MOVD p+8(FP), R1
	MOVD blocks+16(FP), R3
	BROADCAST(mix+24(FP), V31.S4)
	MAP2(EMA)

// func momentumNEON(p, grad, v *float32, blocks int, rate, mu, decay float32)
//
// R0 p   R1 grad   R2 v   R3 blocks of four   V29 decay   V30 mu   V31 rate
// V0 d   V1 p   V2 v   V3 scratch
TEXT ·momentumNEON(SB), NOSPLIT, $0-44
	MOVD p+0(FP), R0
	MOVD grad+8(FP), R1
	MOVD v+16(FP), R2
	MOVD blocks+24(FP), R3
	BROADCAST(rate+32(FP), V31.S4)
	BROADCAST(mu+36(FP), V30.S4)
	BROADCAST(decay+40(FP), V29.S4)

loop:
	VLD1.P 16(R1), [V0.S4]
	VLD1 (R0), [V1.S4]
	VLD1 (R2), [V2.S4]
	FMUL4S(1, 29, 3)
	FADD4S(3, 0, 0) // d = g + decay·p
	FMUL4S(2, 30, 2)
	FADD4S(0, 2, 2) // v = mu·v + d
	FMUL4S(2, 31, 3)
	FSUB4S(3, 1, 1) // p −= rate·v
	VST1.P [V1.S4], 16(R0)
	VST1.P [V2.S4], 16(R2)
	SUB $1, R3
	CBNZ R3, loop
	RET

// func adamNEON(p, grad, m, v *float32, blocks int, c *adam)
//
// R0 p   R1 grad   R2 m   R4 v   R3 blocks of four   R5 c
// V24 keep   V25 decay   V26 mix1   V27 beta2   V28 mix2   V29 root
// V30 epsilon   V31 rate   V0 d   V1 p   V2 m   V3 v   V4, V5 scratch
TEXT ·adamNEON(SB), NOSPLIT, $0-48
	MOVD p+0(FP), R0
	MOVD grad+8(FP), R1
	MOVD m+16(FP), R2
	MOVD v+24(FP), R4
	MOVD blocks+32(FP), R3
	MOVD c+40(FP), R5
	BROADCAST(adam_keep(R5), V24.S4)
	BROADCAST(adam_decay(R5), V25.S4)
	BROADCAST(adam_mix1(R5), V26.S4)
	BROADCAST(adam_beta2(R5), V27.S4)
	BROADCAST(adam_mix2(R5), V28.S4)
	BROADCAST(adam_root(R5), V29.S4)
	BROADCAST(adam_epsilon(R5), V30.S4)
	BROADCAST(adam_rate(R5), V31.S4)

loop:
	VLD1.P 16(R1), [V0.S4]
	VLD1 (R0), [V1.S4]
	VLD1 (R2), [V2.S4]
	VLD1 (R4), [V3.S4]
	FMUL4S(1, 24, 1) // x = keep·p
	FMUL4S(1, 25, 4)
	FADD4S(4, 0, 0) // d = g + decay·x
	FSUB4S(2, 0, 4)
	FMUL4S(4, 26, 4)
	FADD4S(4, 2, 2) // m += mix1·(d − m)
	FMUL4S(3, 27, 3)
	FMUL4S(0, 28, 4)
	FMUL4S(0, 4, 4)
	FADD4S(4, 3, 3) // v = beta2·v + (mix2·d)·d
	FSQRT4S(3, 4)
	FDIV4S(29, 4, 4)
	FADD4S(30, 4, 4)
	FMUL4S(2, 31, 5)
	FDIV4S(4, 5, 5)
	FSUB4S(5, 1, 1) // p = x − rate·m/(√v/root + epsilon)
	VST1.P [V1.S4], 16(R0)
	VST1.P [V2.S4], 16(R2)
	VST1.P [V3.S4], 16(R4)
	SUB $1, R3
	CBNZ R3, loop
	RET
