// The Philox and Box–Muller bodies for AVX-512: those of noise_amd64.h with
// eight counters to a register, and 64 normals to a block. Constants and round
// keys are broadcast from memory.
//
// Z31, Z30 multipliers   Z29 angle bits   Z28, Z27 lanes of the counters

#define ROUND512(i, a0, a1, a2, a3, p0, p1, b0, b1, b2, b3, q0, q1) \
	VPMULUDQ Z31, a0, p0   \ // p0 = x0·M0
	VPMULUDQ Z30, a2, p1   \ // p1 = x2·M1
	VPMULUDQ Z31, b0, q0   \
	VPMULUDQ Z30, b2, q1   \
	VPSRLQ $32, p1, a0     \
	VPSRLQ $32, p0, a2     \
	VPSRLQ $32, q1, b0     \
	VPSRLQ $32, q0, b2     \
	VPTERNLOGD.BCST $0x96, (stream_keys+8*i)(DX), a1, a0   \ // x0 = hi(p1) ^ x1 ^ k0
	VPTERNLOGD.BCST $0x96, (stream_keys+8*i+4)(DX), a3, a2 \ // x2 = hi(p0) ^ x3 ^ k1
	VPTERNLOGD.BCST $0x96, (stream_keys+8*i)(DX), b1, b0   \
	VPTERNLOGD.BCST $0x96, (stream_keys+8*i+4)(DX), b3, b2   // x1 = lo(p1), x3 = lo(p0)

#define ROUND512_EVEN(i) ROUND512(i, Z0, Z1, Z2, Z3, Z8, Z9, Z4, Z5, Z6, Z7, Z10, Z11)
#define ROUND512_ODD(i)  ROUND512(i, Z0, Z9, Z2, Z8, Z3, Z1, Z4, Z11, Z6, Z10, Z7, Z5)

// CONSTANTS512 sets Z27…Z31 and K2, the odd elements.
#define CONSTANTS512 \
	VPBROADCASTD PHILOX_M0, Z31 \
	VPBROADCASTD PHILOX_M1, Z30 \
	VPBROADCASTD ANGLE, Z29     \
	VMOVDQU64 ·lanes512(SB), Z28 \
	VPBROADCASTD EIGHT, Z27     \
	VPADDD Z28, Z27, Z27        \
	MOVL $0xaaaa, AX            \
	KMOVW AX, K2

// PHILOX512 does rounds 0 and 1 for any counters in Z0…Z3 and Z4…Z7;
// PHILOX512_REST does the other eight and leaves the pairs (word 0, word 2) in
// the 64-bit lanes of Z0 and Z4, (word 1, word 3) in those of Z1 and Z5. They use
// Z8…Z11.
#define PHILOX512 \
	ROUND512_EVEN(0)       \
	ROUND512_ODD(1)

#define PHILOX512_REST \
	ROUND512_EVEN(2)       \
	ROUND512_ODD(3)        \
	ROUND512_EVEN(4)       \
	ROUND512_ODD(5)        \
	ROUND512_EVEN(6)       \
	ROUND512_ODD(7)        \
	ROUND512_EVEN(8)       \
	ROUND512_ODD(9)        \
	VMOVSLDUP Z2, K2, Z0   \
	VMOVSLDUP Z3, K2, Z1   \
	VMOVSLDUP Z6, K2, Z4   \
	VMOVSLDUP Z7, K2, Z5

// PHILOX512_NEXT does rounds 0 and 1 for the next sixteen counters of a stream:
// PHILOX_NEXT of noise_amd64.h. R10 is the first word of the first counter; 16 is
// added to it.
#define PHILOX512_NEXT \
	VPBROADCASTD R10, Z0    \
	VPADDD Z27, Z0, Z4      \ // x0 = R10 + 8, 12, 9, 13, …
	VPADDD Z28, Z0, Z0      \ // x0 = R10 + 0, 4, 1, 5, …
	VPMULUDQ Z31, Z0, Z3    \ // round 0: x3 = x0·M0
	VPMULUDQ Z31, Z4, Z7    \
	VPSRLQ $32, Z3, Z2      \
	VPSRLQ $32, Z7, Z6      \
	VPXORD.BCST (stream_start)(DX), Z2, Z2 \ // x2 = hi(x0·M0) ^ start[0]
	VPXORD.BCST (stream_start)(DX), Z6, Z6 \
	VPMULUDQ Z30, Z2, Z1    \ // round 1: x1 = x2·M1
	VPMULUDQ Z30, Z6, Z5    \
	VPSRLQ $32, Z1, Z0      \
	VPSRLQ $32, Z5, Z4      \
	VPXORD.BCST (stream_start+4)(DX), Z0, Z0 \ // x0 = hi(x2·M1) ^ start[1]
	VPXORD.BCST (stream_start+4)(DX), Z4, Z4 \
	VPXORD.BCST (stream_start+8)(DX), Z3, Z2 \ // x2 = x3 ^ start[2]
	VPXORD.BCST (stream_start+8)(DX), Z7, Z6 \
	VPBROADCASTD (stream_start+12)(DX), Z3 \
	VMOVDQA64 Z3, Z7        \ // x3 = start[3]
	ADDL $16, R10

// BOXMULLER512 turns the words x, y into the normals c, s. It uses Z8…Z12, K1;
// c and s may be x and y.
#define BOXMULLER512(x, y, c, s) \
	VPSRLD $9, x, x         \
	VPADDD.BCST EIGHTH, y, y \ // y += 1<<29
	VCVTDQ2PS x, x          \
	VPSRLD $7, y, Z9        \
	VADDPS.BCST HALF, x, x  \ // u·2²³ = float(x>>9) + ½
	VPTERNLOGD.BCST $0xea, ANGLE_ONE, Z29, Z9 \ // Z9 & angle bits | 1 + 2⁻²²
	VGETEXPPS x, Z8         \
	VGETMANTPS $2, x, x     \ // m in [½, 1)
	VSUBPS.BCST THREE_HALF, Z9, Z9 \ // t
	VSUBPS.BCST ONE, x, x   \ // f = m − 1
	VSUBPS.BCST TOP, Z8, Z8 \ // e
	VMULPS Z9, Z9, Z10      \ // w = t·t
	VMULPS.BCST LOG7, x, Z11 \
	VMULPS.BCST SIN3, Z10, Z12 \
	VADDPS.BCST LOG6, Z11, Z11 \
	VADDPS.BCST SIN2, Z12, Z12 \
	VMULPS x, Z11, Z11      \
	VMULPS Z10, Z12, Z12    \
	VADDPS.BCST LOG5, Z11, Z11 \
	VADDPS.BCST SIN1, Z12, Z12 \
	VMULPS x, Z11, Z11      \
	VMULPS Z10, Z12, Z12    \
	VADDPS.BCST LOG4, Z11, Z11 \
	VADDPS.BCST SIN0, Z12, Z12 \
	VMULPS x, Z11, Z11      \
	VMULPS Z9, Z12, Z12     \ // sin
	VADDPS.BCST LOG3, Z11, Z11 \
	VMULPS.BCST COS3, Z10, Z9 \
	VMULPS x, Z11, Z11      \
	VADDPS.BCST COS2, Z9, Z9 \
	VADDPS.BCST LOG2, Z11, Z11 \
	VMULPS Z10, Z9, Z9      \
	VMULPS x, Z11, Z11      \
	VADDPS.BCST COS1, Z9, Z9 \
	VADDPS.BCST LOG1, Z11, Z11 \
	VMULPS Z10, Z9, Z9      \
	VMULPS x, Z11, Z11      \
	VADDPS.BCST ONE, Z9, Z9 \ // cos
	VADDPS.BCST MINUS2, Z11, Z11 \
	VPTESTMD.BCST QUADRANT, y, K1 \ // bit 30 of y swaps sine and cosine
	VMULPS x, Z11, Z11      \ // f·q
	VMULPS.BCST MINUS2LN2, Z8, Z8 \
	VADDPS Z11, Z8, Z8      \
	VSQRTPS Z8, Z8          \ // r
	VPADDD y, y, Z10        \
	VPXORD y, Z10, Z10      \ // cosine's sign: y ^ y<<1
	VBLENDMPS Z12, Z9, K1, Z11 \
	VBLENDMPS Z9, Z12, K1, Z12 \
	VMULPS Z11, Z8, Z11     \
	VMULPS Z12, Z8, Z12     \
	VPTERNLOGD.BCST $0x78, SIGN, Z10, Z11 \ // r·cos ^ sign
	VPTERNLOGD.BCST $0x78, SIGN, y, Z12   \
	VMOVAPS Z11, c          \
	VMOVAPS Z12, s

// NORMALS512 turns the words that PHILOX512_REST leaves into 64 normals in the
// order of their coordinates: Z0, Z1, Z2, Z3.
#define NORMALS512 \
	BOXMULLER512(Z0, Z1, Z2, Z3) \
	VUNPCKLPS Z3, Z2, Z0         \
	VUNPCKHPS Z3, Z2, Z1         \
	BOXMULLER512(Z4, Z5, Z4, Z5) \
	VUNPCKLPS Z5, Z4, Z2         \
	VUNPCKHPS Z5, Z4, Z3
