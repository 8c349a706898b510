//go:build !noasm

#include "textflag.h"

// The orders of floats are tables of bytes.

// of the steps of pixels 0, 4, 1, 5, 2, 6, 3, 7: a₀ a₀ … a₇ a₇
DATA pairs<>+0(SB)/8, $0x0606040402020000
DATA pairs<>+8(SB)/8, $0x0707050503030101
GLOBL pairs<>(SB), RODATA|NOPTR, $16

// of floats 0…23: r₀…r₇ g₀…g₇
DATA redGreen<>+0(SB)/8, $0x15120f0c09060300
DATA redGreen<>+8(SB)/8, $0x1613100d0a070401
GLOBL redGreen<>(SB), RODATA|NOPTR, $16

// of floats 0…23: b₀…b₇
DATA blue<>+0(SB)/8, $0x1714110e0b080502
GLOBL blue<>(SB), RODATA|NOPTR, $8

// of the steps of pixels 0…7: a₀ a₀ a₀ … a₄ a₄ a₄ a₅
DATA triples<>+0(SB)/8, $0x0202010101000000
DATA triples<>+8(SB)/8, $0x0504040403030302
GLOBL triples<>(SB), RODATA|NOPTR, $16

// of the steps of pixels 0…7: a₅ a₅ a₆ a₆ a₆ a₇ a₇ a₇
DATA lastTriples<>+0(SB)/8, $0x0707070606060505
GLOBL lastTriples<>(SB), RODATA|NOPTR, $8

// CLIP turns the eight squared norms in Z0 into steps:
// Y0 = min(1, b/float32(√)), NaN for NaN. Y6 1   Y7 b
#define CLIP \
	VSQRTPD Z0, Z0    \
	VCVTPD2PS Z0, Y0  \
	VDIVPS Y0, Y7, Y0 \
	VMINPS Y0, Y6, Y0

// func clipPairsAVX512(a, grad *float32, blocks int, b float32)
//
// DI a   SI grad   CX blocks   Z5 order of the results   Y6 1   Y7 b
// Z0…Z3 pixels   AX scratch
TEXT ·clipPairsAVX512(SB), NOSPLIT, $0-28
	MOVQ a+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ blocks+16(FP), CX
	VBROADCASTSS b+24(FP), Y7
	MOVL $0x3f800000, AX
	VPBROADCASTD AX, Y6
	VPMOVZXBD pairs<>(SB), Z5

loop:
	VCVTPS2PD (SI), Z0 // pixels 0…3
	VCVTPS2PD 32(SI), Z1 // pixels 4…7
	VMULPD Z0, Z0, Z0
	VMULPD Z1, Z1, Z1
	VUNPCKLPD Z1, Z0, Z2 // x² of pixels 0, 4, 1, 5, 2, 6, 3, 7
	VUNPCKHPD Z1, Z0, Z3 // y²
	VADDPD Z3, Z2, Z0
	CLIP
	VPERMPS Z0, Z5, Z0 // a₀ a₀ … a₇ a₇
	VMOVUPS Z0, (DI)
	ADDQ $64, SI
	ADDQ $64, DI
	DECQ CX
	JNZ loop
	VZEROUPPER
	RET

// func clipTriplesAVX512(a, grad *float32, blocks int, b float32)
//
// DI a   SI grad   CX blocks   Y6 1   Y7 b
// Z8…Z11 orders of the loads and results   Z0…Z3 pixels   AX scratch
TEXT ·clipTriplesAVX512(SB), NOSPLIT, $0-28
	MOVQ a+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ blocks+16(FP), CX
	VBROADCASTSS b+24(FP), Y7
	MOVL $0x3f800000, AX
	VPBROADCASTD AX, Y6
	VPMOVZXBD redGreen<>(SB), Z8
	VPMOVZXBD blue<>(SB), Y9
	VPMOVZXBD triples<>(SB), Z10
	VPMOVZXBD lastTriples<>(SB), Y11

loop:
	VMOVUPS (SI), Z0 // floats 0…15
	VMOVUPS 64(SI), Y3 // floats 16…23
	VMOVAPS Z0, Z2
	VPERMT2PS Z3, Z8, Z0 // r₀…r₇ g₀…g₇
	VPERMT2PS Z3, Z9, Z2 // b₀…b₇
	VEXTRACTF64X4 $1, Z0, Y1
	VCVTPS2PD Y0, Z0
	VCVTPS2PD Y1, Z1
	VCVTPS2PD Y2, Z2
	VMULPD Z0, Z0, Z0
	VMULPD Z1, Z1, Z1
	VMULPD Z2, Z2, Z2
	VADDPD Z1, Z0, Z0
	VADDPD Z2, Z0, Z0 // (r² + g²) + b²
	CLIP
	VPERMPS Y0, Y11, Y1 // a₅ a₅ a₆ a₆ a₆ a₇ a₇ a₇
	VPERMPS Z0, Z10, Z0 // a₀ a₀ a₀ … a₄ a₄ a₄ a₅
	VMOVUPS Z0, (DI)
	VMOVUPS Y1, 64(DI)
	ADDQ $96, SI
	ADDQ $96, DI
	DECQ CX
	JNZ loop
	VZEROUPPER
	RET
