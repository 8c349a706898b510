//go:build !noasm

#include "textflag.h"

// func splitPairsAVX2(even, odd, x *float32, blocks int)
//
// DI even   R8 odd   SI x   CX blocks   Y0, Y1 pairs   Y2 even, Y3 odd ones
TEXT ·splitPairsAVX2(SB), NOSPLIT, $0-32
	MOVQ even+0(FP), DI
	MOVQ odd+8(FP), R8
	MOVQ x+16(FP), SI
	MOVQ blocks+24(FP), CX
loop: // for i := 0; i < n; i += 8
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	VSHUFPS $0x88, Y1, Y0, Y2 // x0 x2 x8 x10   x4 x6 x12 x14
	VSHUFPS $0xdd, Y1, Y0, Y3
	VPERMPD $0xd8, Y2, Y2     // halves 0 2 1 3
	VPERMPD $0xd8, Y3, Y3
	VMOVUPS Y2, (DI)
	VMOVUPS Y3, (R8)
	ADDQ $64, SI
	ADDQ $32, DI
	ADDQ $32, R8
	DECQ CX
	JNZ loop
	VZEROUPPER
	RET

// func joinPairsAVX2(dst, even, odd *float32, blocks int)
//
// DI dst   SI even   R8 odd   CX blocks   Y0 even, Y1 odd ones   Y2, Y3 pairs
TEXT ·joinPairsAVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ even+8(FP), SI
	MOVQ odd+16(FP), R8
	MOVQ blocks+24(FP), CX
loop: // for i := 0; i < n; i += 8
	VPERMPD $0xd8, (SI), Y0    // e0 e1 e4 e5   e2 e3 e6 e7
	VPERMPD $0xd8, (R8), Y1
	VUNPCKLPS Y1, Y0, Y2       // e0 o0 e1 o1   e2 o2 e3 o3
	VUNPCKHPS Y1, Y0, Y3
	VMOVUPS Y2, (DI)
	VMOVUPS Y3, 32(DI)
	ADDQ $32, SI
	ADDQ $32, R8
	ADDQ $64, DI
	DECQ CX
	JNZ loop
	VZEROUPPER
	RET
