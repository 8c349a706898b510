//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "map_avx2_amd64.h"

// SGD takes g in Y0, p in Y1. Y6 decay   Y7 rate
#define SGD \
	VMULPS Y1, Y6, Y2 \
	VADDPS Y2, Y0, Y0 \ // g + decay·p
	VMULPS Y0, Y7, Y0 \
	VSUBPS Y0, Y1, Y1

// EMA takes p in Y0, the mean in Y1. Y7 mix
#define EMA \
	VSUBPS Y1, Y0, Y0 \
	VMULPS Y0, Y7, Y0 \
	VADDPS Y0, Y1, Y1

// func sgdAVX2(p, grad *float32, n int, rate, decay float32)
//
// DI, R8 p   SI grad   CX n   Y6 decay   Y7 rate
TEXT ·sgdAVX2(SB), NOSPLIT, $0-32
	MOVQ p+0(FP), DI
	MOVQ DI, R8
	MOVQ grad+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS rate+24(FP), Y7
	VBROADCASTSS decay+28(FP), Y6
	MAP2(SGD)

// func emaAVX2(mean, p *float32, n int, mix float32)
//
// DI, R8 mean   SI p   CX n   Y7 mix
TEXT ·emaAVX2(SB), NOSPLIT, $0-28
	MOVQ mean+0(FP), DI
	MOVQ DI, R8
	MOVQ p+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS mix+24(FP), Y7
	MAP2(EMA)

// func momentumAVX2(p, grad, v *float32, n int, rate, mu, decay float32)
//
// DI p   SI grad   R8 v   CX n   AX index   Y5 decay   Y6 mu   Y7 rate
TEXT ·momentumAVX2(SB), NOSPLIT, $0-44
	MOVQ p+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ v+16(FP), R8
	MOVQ n+24(FP), CX
	VBROADCASTSS rate+32(FP), Y7
	VBROADCASTSS mu+36(FP), Y6
	VBROADCASTSS decay+40(FP), Y5
	XORL AX, AX

// Y0 d   Y1 p   Y2 v
#define MOMENTUM \
	VMULPS Y1, Y5, Y3 \
	VADDPS Y3, Y0, Y0 \ // d = g + decay·p
	VMULPS Y2, Y6, Y2 \
	VADDPS Y0, Y2, Y2 \ // v = mu·v + d
	VMULPS Y2, Y7, Y3 \
	VSUBPS Y3, Y1, Y1   // p −= rate·v

	SUBQ $8, CX
	JLT tail

loop:
	VMOVUPS (SI)(AX*4), Y0
	VMOVUPS (DI)(AX*4), Y1
	VMOVUPS (R8)(AX*4), Y2
	MOMENTUM
	VMOVUPS Y1, (DI)(AX*4)
	VMOVUPS Y2, (R8)(AX*4)
	ADDQ $8, AX
	SUBQ $8, CX
	JGE loop

tail:
	ADDQ $8, CX
	JEQ done
	TAILMASK
	VMASKMOVPS (SI)(AX*4), Y8, Y0
	VMASKMOVPS (DI)(AX*4), Y8, Y1
	VMASKMOVPS (R8)(AX*4), Y8, Y2
	MOMENTUM
	VMASKMOVPS Y1, Y8, (DI)(AX*4)
	VMASKMOVPS Y2, Y8, (R8)(AX*4)

done:
	VZEROUPPER
	RET

// func adamAVX2(p, grad, m, v *float32, n int, c *adam)
//
// DI p   SI grad   R8 m   R9 v   CX n   DX c   AX index
// Y4 keep   Y5 decay   Y6 mix1   Y7 beta2   Y9 mix2   Y10 root   Y11 epsilon
// Y12 rate   Y8 tail mask
TEXT ·adamAVX2(SB), NOSPLIT, $0-48
	MOVQ p+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ m+16(FP), R8
	MOVQ v+24(FP), R9
	MOVQ n+32(FP), CX
	MOVQ c+40(FP), DX
	VBROADCASTSS adam_keep(DX), Y4
	VBROADCASTSS adam_decay(DX), Y5
	VBROADCASTSS adam_mix1(DX), Y6
	VBROADCASTSS adam_beta2(DX), Y7
	VBROADCASTSS adam_mix2(DX), Y9
	VBROADCASTSS adam_root(DX), Y10
	VBROADCASTSS adam_epsilon(DX), Y11
	VBROADCASTSS adam_rate(DX), Y12
	XORL AX, AX

// Y0 d   Y1 p   Y2 m   Y3 v
#define ADAM \
	VMULPS Y1, Y4, Y1    \ // x = keep·p
	VMULPS Y1, Y5, Y13   \
	VADDPS Y13, Y0, Y0   \ // d = g + decay·x
	VSUBPS Y2, Y0, Y13   \
	VMULPS Y13, Y6, Y13  \
	VADDPS Y13, Y2, Y2   \ // m += mix1·(d − m)
	VMULPS Y3, Y7, Y3    \
	VMULPS Y0, Y9, Y13   \
	VMULPS Y0, Y13, Y13  \
	VADDPS Y13, Y3, Y3   \ // v = beta2·v + (mix2·d)·d
	VSQRTPS Y3, Y13      \
	VDIVPS Y10, Y13, Y13 \
	VADDPS Y11, Y13, Y13 \
	VMULPS Y2, Y12, Y14  \
	VDIVPS Y13, Y14, Y14 \
	VSUBPS Y14, Y1, Y1     // p = x − rate·m/(√v/root + epsilon)

	SUBQ $8, CX
	JLT tail

loop:
	VMOVUPS (SI)(AX*4), Y0
	VMOVUPS (DI)(AX*4), Y1
	VMOVUPS (R8)(AX*4), Y2
	VMOVUPS (R9)(AX*4), Y3
	ADAM
	VMOVUPS Y1, (DI)(AX*4)
	VMOVUPS Y2, (R8)(AX*4)
	VMOVUPS Y3, (R9)(AX*4)
	ADDQ $8, AX
	SUBQ $8, CX
	JGE loop

tail:
	ADDQ $8, CX
	JEQ done
	TAILMASK
	VMASKMOVPS (SI)(AX*4), Y8, Y0
	VMASKMOVPS (DI)(AX*4), Y8, Y1
	VMASKMOVPS (R8)(AX*4), Y8, Y2
	VMASKMOVPS (R9)(AX*4), Y8, Y3
	ADAM
	VMASKMOVPS Y1, Y8, (DI)(AX*4)
	VMASKMOVPS Y2, Y8, (R8)(AX*4)
	VMASKMOVPS Y3, Y8, (R9)(AX*4)

done:
	VZEROUPPER
	RET
