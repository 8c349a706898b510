//go:build !noasm

#include "textflag.h"
#include "f4x2_amd64.h"

// one tap of the 16 filters
#define TAP(address, w) \
	KXNORW K1, K1, K1         \
	VPXORD w, w, w            \
	VGATHERDPS address, K1, w

// a…e = G·(x, y)
#define EXPAND(x, y, a, b, c, d, e) \
	VMULPS Z27, y, e          \
	VMOVAPS x, a              \
	VFNMSUB213PS e, Z26, a    \
	VMOVAPS x, b              \
	VFMSUB213PS e, Z26, b     \
	VMULPS Z28, y, c          \
	VMOVAPS c, d              \
	VFMADD231PS x, Z29, c     \
	VFNMADD231PS x, Z29, d    \
	VMOVAPS y, e

// a row of U; DI to the next
#define ROW(x, y) \
	EXPAND(x, y, Z20, Z21, Z22, Z23, Z24) \
	VMOVUPS Z20, (DI)                     \
	VMOVUPS Z21, (DI)(BX*1)               \
	VMOVUPS Z22, (DI)(BX*2)               \
	VMOVUPS Z23, (DI)(R9*1)               \
	VMOVUPS Z24, (DI)(BX*4)               \
	ADDQ R10, DI

// func weights4x2AVX512(u *float32, point int, w *float32, filter int)
//
//	u[(5i+j)*point+l] = Σ G[i][k]·w[l*filter+8k+2m]·G[j][m]
//
// DI u   BX R9 R10 point × 4, 12, 20 bytes   SI w   Z25 lane · filter   K1 gather
// Z0 Z1 Z2 Z3 taps   Z4…Z8, Z9…Z13 columns of G·w   Z20…Z24 a row of U   AX filter
// Z26 Z27 Z28 Z29 4/21, 2/21, 8/21, 32/105
TEXT ·weights4x2AVX512(SB), NOSPLIT, $0-32
	MOVQ u+0(FP), DI
	MOVQ point+8(FP), BX
	MOVQ w+16(FP), SI
	MOVQ filter+24(FP), AX
	SHLQ $2, BX
	LEAQ (BX)(BX*2), R9
	LEAQ (BX)(BX*4), R10
	VPBROADCASTD AX, Z25
	VPMULLD LANES, Z25, Z25
	VBROADCASTSS G_4, Z26
	VBROADCASTSS G_2, Z27
	VBROADCASTSS G_8, Z28
	VBROADCASTSS G_32, Z29
	TAP((SI)(Z25*4), Z0)
	TAP(8(SI)(Z25*4), Z1)
	TAP(32(SI)(Z25*4), Z2)
	TAP(40(SI)(Z25*4), Z3)
	EXPAND(Z0, Z2, Z4, Z5, Z6, Z7, Z8)
	EXPAND(Z1, Z3, Z9, Z10, Z11, Z12, Z13)
	ROW(Z4, Z9)
	ROW(Z5, Z10)
	ROW(Z6, Z11)
	ROW(Z7, Z12)
	ROW(Z8, Z13)
	VZEROUPPER
	RET

// x, y = Gᵀ·(a, b, c, d, e): x = 4/21·(b − a) + 32/105·(c − d),
// y = e − 2/21·(a + b) + 8/21·(c + d)
#define FOLD(a, b, c, d, e, x, y) \
	VSUBPS a, b, x         \
	VMULPS Z26, x, x       \
	VSUBPS d, c, y         \
	VFMADD231PS y, Z29, x  \
	VADDPS b, a, a         \
	VADDPS d, c, c         \
	VMOVAPS e, y           \
	VFMADD231PS c, Z28, y  \
	VFNMADD231PS a, Z27, y

// a row of products into its two sums; SI to the next
#define READ(x, y) \
	VMOVUPS (SI), Z20                   \
	VMOVUPS (SI)(BX*1), Z21             \
	VMOVUPS (SI)(BX*2), Z22             \
	VMOVUPS (SI)(R9*1), Z23             \
	VMOVUPS (SI)(BX*4), Z24             \
	ADDQ R10, SI                        \
	FOLD(Z20, Z21, Z22, Z23, Z24, x, y)

// the four taps of a phase, from m+phase·f to the stack at tap, tap+2, tap+8, tap+10
#define PHASE(t0, t2, t8, t10) \
	MOVQ DX, SI                        \
	ADDQ R8, DX                        \
	READ(Z0, Z5)                       \
	READ(Z1, Z6)                       \
	READ(Z2, Z7)                       \
	READ(Z3, Z8)                       \
	READ(Z4, Z9)                       \
	FOLD(Z0, Z1, Z2, Z3, Z4, Z10, Z12) \
	FOLD(Z5, Z6, Z7, Z8, Z9, Z11, Z13) \
	VMOVUPS Z10, t0                    \
	VMOVUPS Z11, t2                    \
	VMOVUPS Z12, t8                    \
	VMOVUPS Z13, t10

// the 16 taps of the filter of a lane; DI to the next filter
#define FILTER(lane) \
	TAP(lane(SP)(Z25*4), Z20) \
	VADDPS (DI), Z20, Z20     \
	VMOVUPS Z20, (DI)         \
	ADDQ CX, DI

// func taps4x2AVX512(w *float32, filter int, m *float32, point, phase int)
//
//	w[l*filter+4a+b+8k+2n] += Σ G[i][k]·m[(2a+b)*phase+(5i+j)*point+l]·G[j][n]
//
// DX m of a phase   SI row of m   BX R9 R10 point × 4, 12, 20 bytes   R8 phase × 4
// DI w   CX filter × 4   Z25 lane · 16   Z26 Z27 Z28 Z29 4/21, 2/21, 8/21, 32/105   K1 gather
// Z0…Z4, Z5…Z9 m·G, its two columns   Z20…Z24 a row of m   Z10…Z13 taps
// SP 16 taps × 16 lanes
TEXT ·taps4x2AVX512(SB), 0, $1024-40
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
	VPSLLD $4, LANES, Z25
	VBROADCASTSS G_4, Z26
	VBROADCASTSS G_2, Z27
	VBROADCASTSS G_8, Z28
	VBROADCASTSS G_32, Z29
	PHASE((SP), 128(SP), 512(SP), 640(SP))
	PHASE(64(SP), 192(SP), 576(SP), 704(SP))
	PHASE(256(SP), 384(SP), 768(SP), 896(SP))
	PHASE(320(SP), 448(SP), 832(SP), 960(SP))
	FILTER(0)
	FILTER(4)
	FILTER(8)
	FILTER(12)
	FILTER(16)
	FILTER(20)
	FILTER(24)
	FILTER(28)
	FILTER(32)
	FILTER(36)
	FILTER(40)
	FILTER(44)
	FILTER(48)
	FILTER(52)
	FILTER(56)
	FILTER(60)
	VZEROUPPER
	RET
