// The Philox and Box–Muller bodies for AVX-512: those of noise_avx2_amd64.h with
// eight counters to a register and four registers at a time, which is what it
// takes to keep both ports busy. A block is 32 counters, 128 coordinates.
// Constants and round keys are broadcast from memory.
//
// Each of the four groups has seven registers: Z0…Z6, Z7…Z13, Z14…Z20, Z21…Z27.
// Z31, Z30 multipliers   Z29 angle bits   Z28 lanes of the counters
// K1 scratch   K2 the odd elements

// CONSTANTS sets what a kernel keeps. It uses AX.
#define CONSTANTS \
	VPBROADCASTD PHILOX_M0, Z31  \
	VPBROADCASTD PHILOX_M1, Z30  \
	VPBROADCASTD ANGLE, Z29      \
	VMOVDQU64 ·lanes512(SB), Z28 \
	MOVL $0xaaaa, AX             \
	KMOVW AX, K2

// ROUND is one round of a group: words 0 to 3 in a, b, c, d go to a, f, c, e.
// One of the two shifts is a shuffle because they have different ports.
#define ROUND(i, a, b, c, d, e, f) \
	VPMULUDQ Z31, a, e                                   \ // e = x0·M0
	VPMULUDQ Z30, c, f                                   \ // f = x2·M1
	VPSRLQ $32, f, a                                     \
	VMOVSHDUP e, c                                       \
	VPTERNLOGD.BCST $0x96, (stream_keys+8*i)(DX), b, a   \ // x0 = hi(f) ^ x1 ^ k0
	VPTERNLOGD.BCST $0x96, (stream_keys+8*i+4)(DX), d, c   // x2 = hi(e) ^ x3 ^ k1

#define ROUND_EVEN(i) \
	ROUND(i, Z0, Z1, Z2, Z3, Z4, Z5)       \
	ROUND(i, Z7, Z8, Z9, Z10, Z11, Z12)    \
	ROUND(i, Z14, Z15, Z16, Z17, Z18, Z19) \
	ROUND(i, Z21, Z22, Z23, Z24, Z25, Z26)

#define ROUND_ODD(i) \
	ROUND(i, Z0, Z5, Z2, Z4, Z3, Z1)       \
	ROUND(i, Z7, Z12, Z9, Z11, Z10, Z8)    \
	ROUND(i, Z14, Z19, Z16, Z18, Z17, Z15) \
	ROUND(i, Z21, Z26, Z23, Z25, Z24, Z22)

// PHILOX does rounds 0 and 1 for any counters in the first four registers of
// the groups. PHILOX_REST does the other eight and leaves the pairs (word 0,
// word 2) in the 64-bit lanes of each group's first register, (word 1, word 3)
// in those of its second.
#define PHILOX \
	ROUND_EVEN(0) \
	ROUND_ODD(1)

#define PHILOX_REST \
	ROUND_EVEN(2) \
	ROUND_ODD(3)  \
	ROUND_EVEN(4) \
	ROUND_ODD(5)  \
	ROUND_EVEN(6) \
	ROUND_ODD(7)  \
	ROUND_EVEN(8) \
	ROUND_ODD(9)  \
	PAIRS

#define PAIRS \
	VMOVSLDUP Z2, K2, Z0   \
	VMOVSLDUP Z3, K2, Z1   \
	VMOVSLDUP Z9, K2, Z7   \
	VMOVSLDUP Z10, K2, Z8  \
	VMOVSLDUP Z16, K2, Z14 \
	VMOVSLDUP Z17, K2, Z15 \
	VMOVSLDUP Z23, K2, Z21 \
	VMOVSLDUP Z24, K2, Z22

// NEXT does rounds 0 and 1 of a group for the next eight counters of a stream:
// PHILOX_NEXT of noise_avx2_amd64.h. R10 is the first word of the first counter; 8 is
// added to it.
#define NEXT(a, b, c, d) \
	VPBROADCASTD R10, a                    \
	VPADDD Z28, a, a                       \ // x0 = R10 + 0, 4, 1, 5, …
	VPMULUDQ Z31, a, d                     \ // round 0: x3 = x0·M0
	VPSRLQ $32, d, c                       \
	VPXORD.BCST (stream_start)(DX), c, c   \ // x2 = hi(x0·M0) ^ start[0]
	VPMULUDQ Z30, c, b                     \ // round 1: x1 = x2·M1
	VPSRLQ $32, b, a                       \
	VPXORD.BCST (stream_start+4)(DX), a, a \ // x0 = hi(x2·M1) ^ start[1]
	VPXORD.BCST (stream_start+8)(DX), d, c \ // x2 = x3 ^ start[2]
	VPBROADCASTD (stream_start+12)(DX), d  \ // x3 = start[3]
	ADDL $8, R10

#define PHILOX_NEXT \
	NEXT(Z0, Z1, Z2, Z3)     \
	NEXT(Z7, Z8, Z9, Z10)    \
	NEXT(Z14, Z15, Z16, Z17) \
	NEXT(Z21, Z22, Z23, Z24)

// The Box–Muller transform of a group in four stages: words in x, y; sine and
// cosine in s, c at the end. RADIUS leaves f in x, e in e; t and w = t² of the
// angle in s and w. POLY leaves q in q, sin in s, cos in c.
#define RADIUS(x, y, e, s, w, c, q) \
	VPSRLD $9, x, x                          \
	VPADDD.BCST EIGHTH, y, y                 \ // y += 1<<29
	VCVTDQ2PS x, x                           \
	VPSRLD $7, y, s                          \
	VADDPS.BCST HALF, x, x                   \ // u·2²³ = float(x>>9) + ½
	VPTERNLOGD.BCST $0xea, ANGLE_ONE, Z29, s \ // angle bits | 1 + 2⁻²²
	VSUBPS.BCST THREE_HALF, s, s             \ // t
	VGETEXPPS x, e                           \
	VGETMANTPS $2, x, x                      \ // m in [½, 1)
	VMULPS s, s, w                           \ // w = t·t
	VSUBPS.BCST ONE, x, x                    \ // f = m − 1
	VSUBPS.BCST TOP, e, e                      // e

#define POLY(x, y, e, s, w, c, q) \
	VMULPS.BCST LOG7, x, q   \
	VMULPS.BCST SIN3, w, c   \
	VADDPS.BCST LOG6, q, q   \
	VADDPS.BCST SIN2, c, c   \
	VMULPS x, q, q           \
	VMULPS w, c, c           \
	VADDPS.BCST LOG5, q, q   \
	VADDPS.BCST SIN1, c, c   \
	VMULPS x, q, q           \
	VMULPS w, c, c           \
	VADDPS.BCST LOG4, q, q   \
	VADDPS.BCST SIN0, c, c   \
	VMULPS x, q, q           \
	VMULPS c, s, s           \ // sin
	VADDPS.BCST LOG3, q, q   \
	VMULPS.BCST COS3, w, c   \
	VMULPS x, q, q           \
	VADDPS.BCST COS2, c, c   \
	VADDPS.BCST LOG2, q, q   \
	VMULPS w, c, c           \
	VMULPS x, q, q           \
	VADDPS.BCST COS1, c, c   \
	VADDPS.BCST LOG1, q, q   \
	VMULPS w, c, c           \
	VMULPS x, q, q           \
	VADDPS.BCST ONE, c, c    \ // cos
	VADDPS.BCST MINUS2, q, q   // q

#define ROOT(x, y, e, s, w, c, q) \
	VMULPS x, q, q              \ // f·q
	VMULPS.BCST MINUS2LN2, e, e \
	VADDPS q, e, e              \
	VSQRTPS e, e                  // r

#define TURN(x, y, e, s, w, c, q) \
	VPTESTMD.BCST QUADRANT, y, K1     \ // bit 30 of y swaps sine and cosine
	VPADDD y, y, w                    \
	VBLENDMPS s, c, K1, x             \
	VPXORD y, w, w                    \ // cosine's sign: y ^ y<<1
	VBLENDMPS c, s, K1, q             \
	VMULPS x, e, x                    \
	VMULPS q, e, q                    \
	VPTERNLOGD.BCST $0x78, SIGN, w, x \ // r·cos ^ sign
	VPTERNLOGD.BCST $0x78, SIGN, y, q \
	VUNPCKHPS q, x, y                 \
	VUNPCKLPS q, x, x

#define GROUPS(stage) \
	stage(Z0, Z1, Z2, Z3, Z4, Z5, Z6)        \
	stage(Z7, Z8, Z9, Z10, Z11, Z12, Z13)    \
	stage(Z14, Z15, Z16, Z17, Z18, Z19, Z20) \
	stage(Z21, Z22, Z23, Z24, Z25, Z26, Z27)

// NORMALS turns the words that PHILOX_REST leaves into 128 normals in the
// order of their coordinates: Z0, Z1, Z7, Z8, Z14, Z15, Z21, Z22.
#define NORMALS \
	GROUPS(RADIUS) \
	GROUPS(POLY)   \
	GROUPS(ROOT)   \
	GROUPS(TURN)

// EACH calls f(offset, normals) for the eight registers of a block.
#define EACH(f) \
	f(0, Z0)    \
	f(64, Z1)   \
	f(128, Z7)  \
	f(192, Z8)  \
	f(256, Z14) \
	f(320, Z15) \
	f(384, Z21) \
	f(448, Z22)
