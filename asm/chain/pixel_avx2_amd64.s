//go:build !noasm

#include "textflag.h"

DATA pairs<>+0(SB)/8, $0x0000000000000000
DATA pairs<>+8(SB)/8, $0x0000000200000002
DATA pairs<>+16(SB)/8, $0x0000000100000001
DATA pairs<>+24(SB)/8, $0x0000000300000003
GLOBL pairs<>(SB), RODATA|NOPTR, $32

// of floats 0…7: r0 r1 r2 · g0 g1 g2 ·
DATA redGreen<>+0(SB)/8, $0x0000000300000000
DATA redGreen<>+8(SB)/8, $0x0000000000000006
DATA redGreen<>+16(SB)/8, $0x0000000400000001
DATA redGreen<>+24(SB)/8, $0x0000000000000007
GLOBL redGreen<>(SB), RODATA|NOPTR, $32

// of floats 4…11: · · · r3 · · · g3
DATA lastRedGreen<>+0(SB)/8, $0x0000000000000000
DATA lastRedGreen<>+8(SB)/8, $0x0000000500000000
DATA lastRedGreen<>+16(SB)/8, $0x0000000000000000
DATA lastRedGreen<>+24(SB)/8, $0x0000000600000000
GLOBL lastRedGreen<>(SB), RODATA|NOPTR, $32

// of floats 0…7: b0 b1
DATA blue<>+0(SB)/8, $0x0000000500000002
DATA blue<>+8(SB)/8, $0x0000000000000000
DATA blue<>+16(SB)/8, $0x0000000000000000
DATA blue<>+24(SB)/8, $0x0000000000000000
GLOBL blue<>(SB), RODATA|NOPTR, $32

// of floats 4…11: · · b2 b3
DATA lastBlue<>+0(SB)/8, $0x0000000000000000
DATA lastBlue<>+8(SB)/8, $0x0000000700000004
DATA lastBlue<>+16(SB)/8, $0x0000000000000000
DATA lastBlue<>+24(SB)/8, $0x0000000000000000
GLOBL lastBlue<>(SB), RODATA|NOPTR, $32

DATA triples<>+0(SB)/8, $0x0000000000000000
DATA triples<>+8(SB)/8, $0x0000000100000000
DATA triples<>+16(SB)/8, $0x0000000100000001
DATA triples<>+24(SB)/8, $0x0000000200000002
GLOBL triples<>(SB), RODATA|NOPTR, $32

// CLIP turns the four squared norms in Y0 into steps: X0 = min(1, b/float32(√)).
// X6 1   X7 b
#define CLIP \
	VSQRTPD Y0, Y0    \
	VCVTPD2PSY Y0, X0 \
	VDIVPS X0, X7, X0 \
	VMINPS X0, X6, X0

// func clipPairsAVX2(a, grad *float32, blocks int, b float32)
//
// DI a   SI grad   CX blocks   Y5 order of the results   X6 1   X7 b
// Y0, Y1 pixels   AX scratch
TEXT ·clipPairsAVX2(SB), NOSPLIT, $0-28
	MOVQ a+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ blocks+16(FP), CX
	VBROADCASTSS b+24(FP), X7
	MOVL $0x3f800000, AX
	VMOVD AX, X6
	VPBROADCASTD X6, X6
	VMOVDQU pairs<>(SB), Y5

loop:
	VCVTPS2PD (SI), Y0 // pixels 0, 1
	VCVTPS2PD 16(SI), Y1 // pixels 2, 3
	VMULPD Y0, Y0, Y0
	VMULPD Y1, Y1, Y1
	VHADDPD Y1, Y0, Y0 // squared norms of pixels 0, 2, 1, 3
	CLIP
	VPERMPS Y0, Y5, Y0 // a₀ a₀ a₁ a₁ a₂ a₂ a₃ a₃
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	DECQ CX
	JNZ loop
	VZEROUPPER
	RET

// func clipTriplesAVX2(a, grad *float32, blocks int, b float32)
//
// DI a   SI grad   CX blocks   X6 1   X7 b
// Y8…Y12 orders of the loads and results   Y0…Y3 pixels   AX scratch
TEXT ·clipTriplesAVX2(SB), NOSPLIT, $0-28
	MOVQ a+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ blocks+16(FP), CX
	VBROADCASTSS b+24(FP), X7
	MOVL $0x3f800000, AX
	VMOVD AX, X6
	VPBROADCASTD X6, X6
	VMOVDQU redGreen<>(SB), Y8
	VMOVDQU lastRedGreen<>(SB), Y9
	VMOVDQU blue<>(SB), Y10
	VMOVDQU lastBlue<>(SB), Y11
	VMOVDQU triples<>(SB), Y12

loop:
	VPERMPS (SI), Y8, Y0
	VPERMPS 16(SI), Y9, Y1
	VBLENDPS $0x88, Y1, Y0, Y0 // r₀…r₃ g₀…g₃
	VPERMPS (SI), Y10, Y2
	VPERMPS 16(SI), Y11, Y3
	VBLENDPS $0x0c, Y3, Y2, Y2 // b₀…b₃
	VEXTRACTF128 $1, Y0, X1
	VCVTPS2PD X0, Y0
	VCVTPS2PD X1, Y1
	VCVTPS2PD X2, Y2
	VMULPD Y0, Y0, Y0
	VMULPD Y1, Y1, Y1
	VMULPD Y2, Y2, Y2
	VADDPD Y1, Y0, Y0
	VADDPD Y2, Y0, Y0 // (r² + g²) + b²
	CLIP
	VPERMILPS $0xfe, X0, X1 // a₂ a₃ a₃ a₃
	VPERMPS Y0, Y12, Y0 // a₀ a₀ a₀ a₁ a₁ a₁ a₂ a₂
	VMOVUPS Y0, (DI)
	VMOVUPS X1, 32(DI)
	ADDQ $48, SI
	ADDQ $48, DI
	DECQ CX
	JNZ loop
	VZEROUPPER
	RET
