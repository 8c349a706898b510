//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "map_avx512_amd64.h"

// SGD takes the gradient in Z0, p in Z1. Z6 decay   Z7 rate
#define SGD \
	VMULPS Z1, Z6, Z2 \
	VADDPS Z2, Z0, Z0 \ // g + decay·p
	VMULPS Z0, Z7, Z0 \
	VSUBPS Z0, Z1, Z1

// EMA takes p in Z0, the mean in Z1. Z7 mix
#define EMA \
	VSUBPS Z1, Z0, Z0 \
	VMULPS Z0, Z7, Z0 \
	VADDPS Z0, Z1, Z1

// func sgdAVX512(p, grad *float32, n int, rate, decay float32)
//
// DI, R8 p   SI grad   CX n   Z6 decay   Z7 rate
TEXT ·sgdAVX512(SB), NOSPLIT, $0-32
	MOVQ p+0(FP), DI
	MOVQ DI, R8
	MOVQ grad+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS rate+24(FP), Z7
	VBROADCASTSS decay+28(FP), Z6
	MAP2_512(SGD)

// func emaAVX512(mean, p *float32, n int, mix float32)
//
// DI, R8 mean   SI p   CX n   Z7 mix
TEXT ·emaAVX512(SB), NOSPLIT, $0-28
	MOVQ mean+0(FP), DI
	MOVQ DI, R8
	MOVQ p+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS mix+24(FP), Z7
	MAP2_512(EMA)

// func momentumAVX512(p, grad, v *float32, n int, rate, mu, decay float32)
//
// DI p   SI grad   R8 v   CX n   AX index   Z5 decay   Z6 mu   Z7 rate
TEXT ·momentumAVX512(SB), NOSPLIT, $0-44
	MOVQ p+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ v+16(FP), R8
	MOVQ n+24(FP), CX
	VBROADCASTSS rate+32(FP), Z7
	VBROADCASTSS mu+36(FP), Z6
	VBROADCASTSS decay+40(FP), Z5
	XORL AX, AX

// Z0 d   Z1 p   Z2 v
#define MOMENTUM \
	VMULPS Z1, Z5, Z3 \
	VADDPS Z3, Z0, Z0 \ // d = g + decay·p
	VMULPS Z2, Z6, Z2 \
	VADDPS Z0, Z2, Z2 \ // v = mu·v + d
	VMULPS Z2, Z7, Z3 \
	VSUBPS Z3, Z1, Z1   // p −= rate·v

	SUBQ $16, CX
	JLT tail

loop:
	VMOVUPS (SI)(AX*4), Z0
	VMOVUPS (DI)(AX*4), Z1
	VMOVUPS (R8)(AX*4), Z2
	MOMENTUM
	VMOVUPS Z1, (DI)(AX*4)
	VMOVUPS Z2, (R8)(AX*4)
	ADDQ $16, AX
	SUBQ $16, CX
	JGE loop

tail:
	ADDQ $16, CX
	JEQ done
	TAILMASK512
	VMOVUPS.Z (SI)(AX*4), K1, Z0
	VMOVUPS.Z (DI)(AX*4), K1, Z1
	VMOVUPS.Z (R8)(AX*4), K1, Z2
	MOMENTUM
	VMOVUPS Z1, K1, (DI)(AX*4)
	VMOVUPS Z2, K1, (R8)(AX*4)

done:
	VZEROUPPER
	RET

// func adamAVX512(p, grad, m, v *float32, n int, c *adam)
//
// DI p   SI grad   R8 m   R9 v   CX n   DX c   AX index
// Z4 keep   Z5 decay   Z6 mix1   Z7 beta2   Z9 mix2   Z10 root   Z11 epsilon
// Z12 rate
TEXT ·adamAVX512(SB), NOSPLIT, $0-48
	MOVQ p+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ m+16(FP), R8
	MOVQ v+24(FP), R9
	MOVQ n+32(FP), CX
	MOVQ c+40(FP), DX
	VBROADCASTSS adam_keep(DX), Z4
	VBROADCASTSS adam_decay(DX), Z5
	VBROADCASTSS adam_mix1(DX), Z6
	VBROADCASTSS adam_beta2(DX), Z7
	VBROADCASTSS adam_mix2(DX), Z9
	VBROADCASTSS adam_root(DX), Z10
	VBROADCASTSS adam_epsilon(DX), Z11
	VBROADCASTSS adam_rate(DX), Z12
	XORL AX, AX

// Z0 d   Z1 p   Z2 m   Z3 v
#define ADAM \
	VMULPS Z1, Z4, Z1    \ // x = keep·p
	VMULPS Z1, Z5, Z13   \
	VADDPS Z13, Z0, Z0   \ // d = g + decay·x
	VSUBPS Z2, Z0, Z13   \
	VMULPS Z13, Z6, Z13  \
	VADDPS Z13, Z2, Z2   \ // m += mix1·(d − m)
	VMULPS Z3, Z7, Z3    \
	VMULPS Z0, Z9, Z13   \
	VMULPS Z0, Z13, Z13  \
	VADDPS Z13, Z3, Z3   \ // v = beta2·v + (mix2·d)·d
	VSQRTPS Z3, Z13      \
	VDIVPS Z10, Z13, Z13 \
	VADDPS Z11, Z13, Z13 \
	VMULPS Z2, Z12, Z14  \
	VDIVPS Z13, Z14, Z14 \
	VSUBPS Z14, Z1, Z1     // p = x − rate·m/(√v/root + epsilon)

	SUBQ $16, CX
	JLT tail

loop:
	VMOVUPS (SI)(AX*4), Z0
	VMOVUPS (DI)(AX*4), Z1
	VMOVUPS (R8)(AX*4), Z2
	VMOVUPS (R9)(AX*4), Z3
	ADAM
	VMOVUPS Z1, (DI)(AX*4)
	VMOVUPS Z2, (R8)(AX*4)
	VMOVUPS Z3, (R9)(AX*4)
	ADDQ $16, AX
	SUBQ $16, CX
	JGE loop

tail:
	ADDQ $16, CX
	JEQ done
	TAILMASK512
	VMOVUPS.Z (SI)(AX*4), K1, Z0
	VMOVUPS.Z (DI)(AX*4), K1, Z1
	VMOVUPS.Z (R8)(AX*4), K1, Z2
	VMOVUPS.Z (R9)(AX*4), K1, Z3
	ADAM
	VMOVUPS Z1, K1, (DI)(AX*4)
	VMOVUPS Z2, K1, (R8)(AX*4)
	VMOVUPS Z3, K1, (R9)(AX*4)

done:
	VZEROUPPER
	RET
