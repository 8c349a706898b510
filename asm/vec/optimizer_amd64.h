// Bodies of the optimizers for AVX2 and AVX-512.

// SGD takes g in V0, p in V1. V2 scratch   V6 decay   V7 rate
#define SGD \
	VMULPS V1, V6, V2 \
	VADDPS V2, V0, V0 \ // g + decay·p
	VMULPS V0, V7, V0 \
	VSUBPS V0, V1, V1

// EMA takes p in V0, the mean in V1. V7 mix
#define EMA \
	VSUBPS V1, V0, V0 \
	VMULPS V0, V7, V0 \
	VADDPS V0, V1, V1

// MOMENTUM takes g in V0, p in V1, v in V2 and leaves p and v. V5 decay   V6 mu
// V7 rate   V3 scratch
#define MOMENTUM \
	VMULPS V1, V5, V3 \
	VADDPS V3, V0, V0 \ // d = g + decay·p
	VMULPS V2, V6, V2 \
	VADDPS V0, V2, V2 \ // v = mu·v + d
	VMULPS V2, V7, V3 \
	VSUBPS V3, V1, V1   // p −= rate·v

// MOMENTUMLOOP does CX elements.
//
// DI p   SI g   R8 v   AX index   R10, R11 scratch
#define MOMENTUMLOOP \
	XORL AX, AX               \
	SUBQ $WIDTH, CX           \
	JLT tail                  \
loop:                             \
	VMOVUPS (SI)(AX*4), V0    \
	VMOVUPS (DI)(AX*4), V1    \
	VMOVUPS (R8)(AX*4), V2    \
	MOMENTUM                  \
	VMOVUPS V1, (DI)(AX*4)    \
	VMOVUPS V2, (R8)(AX*4)    \
	ADDQ $WIDTH, AX           \
	SUBQ $WIDTH, CX           \
	JGE loop                  \
tail:                             \
	ADDQ $WIDTH, CX           \
	JEQ done                  \
	TAILMASK                  \
	LOADTAIL((SI)(AX*4), V0)  \
	LOADTAIL((DI)(AX*4), V1)  \
	LOADTAIL((R8)(AX*4), V2)  \
	MOMENTUM                  \
	STORETAIL(V1, (DI)(AX*4)) \
	STORETAIL(V2, (R8)(AX*4)) \
done:                             \
	VZEROUPPER                \
	RET

// ADAMCOEFFICIENTS reads the coefficients at DX: V4 keep   V5 decay   V6 mix1
// V7 beta2   V9 mix2   V10 root   V11 epsilon   V12 rate
#define ADAMCOEFFICIENTS \
	VBROADCASTSS adam_keep(DX), V4     \
	VBROADCASTSS adam_decay(DX), V5    \
	VBROADCASTSS adam_mix1(DX), V6     \
	VBROADCASTSS adam_beta2(DX), V7    \
	VBROADCASTSS adam_mix2(DX), V9     \
	VBROADCASTSS adam_root(DX), V10    \
	VBROADCASTSS adam_epsilon(DX), V11 \
	VBROADCASTSS adam_rate(DX), V12

// ADAM takes g in V0, p in V1, m in V2, v in V3 and leaves p, m and v. Coefficients as
// ADAMCOEFFICIENTS reads them   V13, V14 scratch
#define ADAM \
	VMULPS V1, V4, V1    \ // x = keep·p
	VMULPS V1, V5, V13   \
	VADDPS V13, V0, V0   \ // d = g + decay·x
	VSUBPS V2, V0, V13   \
	VMULPS V13, V6, V13  \
	VADDPS V13, V2, V2   \ // m += mix1·(d − m)
	VMULPS V3, V7, V3    \
	VMULPS V0, V9, V13   \
	VMULPS V0, V13, V13  \
	VADDPS V13, V3, V3   \ // v = beta2·v + (mix2·d)·d
	VSQRTPS V3, V13      \
	VDIVPS V10, V13, V13 \
	VADDPS V11, V13, V13 \
	VMULPS V2, V12, V14  \
	VDIVPS V13, V14, V14 \
	VSUBPS V14, V1, V1     // p = x − rate·m/(√v/root + epsilon)

// ADAMLOOP does CX elements.
//
// DI p   SI g   R8 m   R9 v   AX index   R10, R11 scratch
#define ADAMLOOP \
	XORL AX, AX               \
	SUBQ $WIDTH, CX           \
	JLT tail                  \
loop:                             \
	VMOVUPS (SI)(AX*4), V0    \
	VMOVUPS (DI)(AX*4), V1    \
	VMOVUPS (R8)(AX*4), V2    \
	VMOVUPS (R9)(AX*4), V3    \
	ADAM                      \
	VMOVUPS V1, (DI)(AX*4)    \
	VMOVUPS V2, (R8)(AX*4)    \
	VMOVUPS V3, (R9)(AX*4)    \
	ADDQ $WIDTH, AX           \
	SUBQ $WIDTH, CX           \
	JGE loop                  \
tail:                             \
	ADDQ $WIDTH, CX           \
	JEQ done                  \
	TAILMASK                  \
	LOADTAIL((SI)(AX*4), V0)  \
	LOADTAIL((DI)(AX*4), V1)  \
	LOADTAIL((R8)(AX*4), V2)  \
	LOADTAIL((R9)(AX*4), V3)  \
	ADAM                      \
	STORETAIL(V1, (DI)(AX*4)) \
	STORETAIL(V2, (R8)(AX*4)) \
	STORETAIL(V3, (R9)(AX*4)) \
done:                             \
	VZEROUPPER                \
	RET
