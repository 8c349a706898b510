//go:build !noasm

#include "textflag.h"
#include "f4x2_amd64.h"

// one tap of 8 filters
#define TAP(address, w) \
	VPCMPEQD Y14, Y14, Y14     \
	VGATHERDPS Y14, address, w

// a…e = G·(x, y); x and f are lost, e may be y
#define EXPAND(x, y, a, b, c, d, e, f) \
	VBROADCASTSS G_2, f       \
	VMULPS f, y, b            \
	VBROADCASTSS G_4, f       \
	VMOVAPS x, a              \
	VFNMSUB213PS b, f, a      \
	VFMSUB231PS f, x, b       \
	VBROADCASTSS G_8, f       \
	VMULPS f, y, d            \
	VBROADCASTSS G_32, f      \
	VMOVAPS d, c              \
	VFMADD231PS f, x, c       \
	VFNMADD231PS f, x, d      \
	VMOVAPS y, e

// a row of U; DI to the next
#define ROW(x, y) \
	EXPAND(x, y, Y10, Y11, Y12, Y13, y, Y14) \
	VMOVUPS Y10, (DI)                        \
	VMOVUPS Y11, (DI)(BX*1)                  \
	VMOVUPS Y12, (DI)(BX*2)                  \
	VMOVUPS Y13, (DI)(R9*1)                  \
	VMOVUPS y, (DI)(BX*4)                    \
	ADDQ R10, DI

// func weights4x2AVX2(u *float32, point int, w *float32, filter int)
//
// Weights4x2 of 8 filters:
//
//	u[(5i+j)*point+l] = Σ G[i][k]·w[l*filter+8k+2m]·G[j][m]
//
// DI u   BX R9 R10 point × 4, 12, 20 bytes   SI w   Y13 lane · filter   Y14 gather
// Y0…Y4, Y5…Y9 columns of G·w   Y10…Y14 taps, a row of U   AX filter
TEXT ·weights4x2AVX2(SB), NOSPLIT, $0-32
	MOVQ u+0(FP), DI
	MOVQ point+8(FP), BX
	MOVQ w+16(FP), SI
	MOVQ filter+24(FP), AX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R9
	LEAQ (BX)(BX*4), R10
	VMOVD AX, X13
	VPBROADCASTD X13, Y13
	VPMULLD LANES, Y13, Y13
	TAP((SI)(Y13*4), Y10)
	TAP(32(SI)(Y13*4), Y11)
	EXPAND(Y10, Y11, Y0, Y1, Y2, Y3, Y4, Y12)
	TAP(8(SI)(Y13*4), Y10)
	TAP(40(SI)(Y13*4), Y11)
	EXPAND(Y10, Y11, Y5, Y6, Y7, Y8, Y9, Y12)
	ROW(Y0, Y5)
	ROW(Y1, Y6)
	ROW(Y2, Y7)
	ROW(Y3, Y8)
	ROW(Y4, Y9)
	VZEROUPPER
	RET

// x, y = Gᵀ·(a, b, c, d, e): x = 4/21·(b − a) + 32/105·(c − d),
// y = e − 2/21·(a + b) + 8/21·(c + d)
#define FOLD(a, b, c, d, e, x, y) \
	VSUBPS a, b, x          \
	VADDPS b, a, a          \
	VSUBPS d, c, b          \
	VADDPS d, c, c          \
	VBROADCASTSS G_4, d     \
	VMULPS d, x, x          \
	VBROADCASTSS G_32, d    \
	VFMADD231PS b, d, x     \
	VMOVAPS e, y            \
	VBROADCASTSS G_8, d     \
	VFMADD231PS c, d, y     \
	VBROADCASTSS G_2, d     \
	VFNMADD231PS a, d, y

// a row of products into its two sums; SI to the next
#define READ(x, y) \
	VMOVUPS (SI), Y10                   \
	VMOVUPS (SI)(BX*1), Y11             \
	VMOVUPS (SI)(BX*2), Y12             \
	VMOVUPS (SI)(R9*1), Y13             \
	VMOVUPS (SI)(BX*4), Y14             \
	ADDQ R10, SI                        \
	FOLD(Y10, Y11, Y12, Y13, Y14, x, y)

// the four taps of a phase, from m+phase·f to the stack at tap, tap+2, tap+8, tap+10
#define PHASE(t0, t2, t8, t10) \
	MOVQ DX, SI                        \
	ADDQ R8, DX                        \
	READ(Y0, Y5)                       \
	READ(Y1, Y6)                       \
	READ(Y2, Y7)                       \
	READ(Y3, Y8)                       \
	READ(Y4, Y9)                       \
	FOLD(Y0, Y1, Y2, Y3, Y4, Y10, Y12) \
	FOLD(Y5, Y6, Y7, Y8, Y9, Y11, Y13) \
	VMOVUPS Y10, t0                    \
	VMOVUPS Y11, t2                    \
	VMOVUPS Y12, t8                    \
	VMOVUPS Y13, t10

// the 16 taps of the filter of a lane; DI to the next filter
#define FILTER(first, second) \
	VPCMPEQD Y13, Y13, Y13     \
	VPCMPEQD Y14, Y14, Y14     \
	VGATHERDPS Y13, first, Y0  \
	VGATHERDPS Y14, second, Y1 \
	VADDPS (DI), Y0, Y0        \
	VADDPS 32(DI), Y1, Y1      \
	VMOVUPS Y0, (DI)           \
	VMOVUPS Y1, 32(DI)         \
	ADDQ CX, DI

// func taps4x2AVX2(w *float32, filter int, m *float32, point, phase int)
//
// Taps4x2 of 8 filters:
//
//	w[l*filter+4a+b+8k+2n] += Σ G[i][k]·m[(2a+b)*phase+(5i+j)*point+l]·G[j][n]
//
// DX m of a phase   SI row of m   BX R9 R10 point × 4, 12, 20 bytes   R8 phase × 4
// DI w   CX filter × 4   Y8 8·tap   Y13 Y14 gather
// Y0…Y4, Y5…Y9 m·G, its two columns   Y10…Y14 a row of m, then taps
// SP 16 taps × 8 lanes
TEXT ·taps4x2AVX2(SB), NOSPLIT, $512-40
	MOVQ w+0(FP), DI
	MOVQ filter+8(FP), CX
	MOVQ m+16(FP), DX
	MOVQ point+24(FP), BX
	MOVQ phase+32(FP), R8
	SHLQ $2, CX
	SHLQ $2, R8
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R9
	LEAQ (BX)(BX*4), R10
	PHASE((SP), 64(SP), 256(SP), 320(SP))
	PHASE(32(SP), 96(SP), 288(SP), 352(SP))
	PHASE(128(SP), 192(SP), 384(SP), 448(SP))
	PHASE(160(SP), 224(SP), 416(SP), 480(SP))
	VMOVDQU LANES, Y8
	VPSLLD $3, Y8, Y8
	FILTER((SP)(Y8*4), 256(SP)(Y8*4))
	FILTER(4(SP)(Y8*4), 260(SP)(Y8*4))
	FILTER(8(SP)(Y8*4), 264(SP)(Y8*4))
	FILTER(12(SP)(Y8*4), 268(SP)(Y8*4))
	FILTER(16(SP)(Y8*4), 272(SP)(Y8*4))
	FILTER(20(SP)(Y8*4), 276(SP)(Y8*4))
	FILTER(24(SP)(Y8*4), 280(SP)(Y8*4))
	FILTER(28(SP)(Y8*4), 284(SP)(Y8*4))
	VZEROUPPER
	RET
