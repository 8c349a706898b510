// Names of the rows of noiseConst, and the Philox and Box–Muller bodies for
// AVX2. No multiply and add is fused: bits must equal those of noise.go.

#define ROW(i) ·noiseConst+i*32(SB)

#define PHILOX_M0   ROW(0)
#define PHILOX_M1   ROW(1)
#define LANES       ROW(2)
#define FOUR        ROW(3)
#define HALF        ROW(4)
#define EXPONENT    ROW(5)
#define MANTISSA    ROW(6)
#define ONE         ROW(7)
#define LOG7        ROW(8)
#define LOG6        ROW(9)
#define LOG5        ROW(10)
#define LOG4        ROW(11)
#define LOG3        ROW(12)
#define LOG2        ROW(13)
#define LOG1        ROW(14)
#define MINUS2      ROW(15)
#define MINUS2LN2   ROW(16)
#define EIGHTH      ROW(17)
#define ANGLE       ROW(18)
#define ANGLE_ONE   ROW(19)
#define THREE_HALF  ROW(20)
#define SIN3        ROW(21)
#define SIN2        ROW(22)
#define SIN1        ROW(23)
#define SIN0        ROW(24)
#define COS3        ROW(25)
#define COS2        ROW(26)
#define COS1        ROW(27)
#define SIGN        ROW(28)
#define ULP         ROW(29)
#define MAGNITUDE   ROW(30)
#define TOP         ROW(31)
#define QUADRANT    ROW(32)

// ROUND is one round of two groups of four counters, a word in the low half of
// each 64-bit lane; what is in the high halves does not matter. (a0, a1, a2, a3)
// and (b0, …, b3) go in; the new words 0 and 2 are in a0, a2, b0, b2, and the new
// words 1 and 3 are in p1, p0 and q1, q0. Y12, Y13 are the multipliers, Y14 is
// the round key.
#define ROUND(i, a0, a1, a2, a3, p0, p1, b0, b1, b2, b3, q0, q1) \
	VPBROADCASTD (stream_keys+8*i)(DX), Y14 \
	VPMULUDQ Y12, a0, p0   \ // p0 = x0·M0
	VPMULUDQ Y13, a2, p1   \ // p1 = x2·M1
	VPMULUDQ Y12, b0, q0   \
	VPMULUDQ Y13, b2, q1   \
	VPSRLQ $32, p1, a0     \ // x0 = hi(p1) ^ x1 ^ k0
	VPXOR  Y14, a1, a1     \
	VPXOR  a1, a0, a0      \
	VPSRLQ $32, q1, b0     \
	VPXOR  Y14, b1, b1     \
	VPXOR  b1, b0, b0      \
	VPBROADCASTD (stream_keys+8*i+4)(DX), Y14 \
	VPSRLQ $32, p0, a2     \ // x2 = hi(p0) ^ x3 ^ k1
	VPXOR  Y14, a3, a3     \
	VPXOR  a3, a2, a2      \
	VPSRLQ $32, q0, b2     \
	VPXOR  Y14, b3, b3     \
	VPXOR  b3, b2, b2        // x1 = lo(p1), x3 = lo(p0)

#define ROUND_EVEN(i) ROUND(i, Y0, Y1, Y2, Y3, Y8, Y9, Y4, Y5, Y6, Y7, Y10, Y11)
#define ROUND_ODD(i)  ROUND(i, Y0, Y9, Y2, Y8, Y3, Y1, Y4, Y11, Y6, Y10, Y7, Y5)

// PHILOX does rounds 0 and 1 for any counters in Y0…Y3 and Y4…Y7; PHILOX_REST
// does the other eight and leaves the pairs (word 0, word 2) in the 64-bit lanes
// of Y0 and Y4, (word 1, word 3) in those of Y1 and Y5. They use Y8…Y14.
#define PHILOX \
	MULTIPLIERS            \
	ROUND_EVEN(0)          \
	ROUND_ODD(1)

#define MULTIPLIERS \
	VMOVDQU PHILOX_M0, Y12 \
	VMOVDQU PHILOX_M1, Y13

#define PHILOX_REST \
	ROUND_EVEN(2)          \
	ROUND_ODD(3)           \
	ROUND_EVEN(4)          \
	ROUND_ODD(5)           \
	ROUND_EVEN(6)          \
	ROUND_ODD(7)           \
	ROUND_EVEN(8)          \
	ROUND_ODD(9)           \
	VPSLLQ $32, Y2, Y2     \
	VPSLLQ $32, Y3, Y3     \
	VPSLLQ $32, Y6, Y6     \
	VPSLLQ $32, Y7, Y7     \
	VPBLENDD $0xaa, Y2, Y0, Y0 \
	VPBLENDD $0xaa, Y3, Y1, Y1 \
	VPBLENDD $0xaa, Y6, Y4, Y4 \
	VPBLENDD $0xaa, Y7, Y5, Y5

// PHILOX_NEXT does rounds 0 and 1 for the next eight counters of a stream, of
// which only the first word varies: half of their products are constants of the
// stream. R10 is the first word of the first counter; 8 is added to it.
#define PHILOX_NEXT \
	MULTIPLIERS             \
	VMOVD  R10, X0          \
	VPBROADCASTD X0, Y0     \
	VPADDD LANES, Y0, Y0    \ // x0 = R10 + 0, 2, 1, 3
	VPADDD FOUR, Y0, Y4     \ // x0 = R10 + 4, 6, 5, 7
	VPMULUDQ Y12, Y0, Y3    \ // round 0: x3 = x0·M0
	VPMULUDQ Y12, Y4, Y7    \
	VPBROADCASTD (stream_start)(DX), Y14 \
	VPSRLQ $32, Y3, Y2      \
	VPSRLQ $32, Y7, Y6      \
	VPXOR  Y14, Y2, Y2      \ // x2 = hi(x0·M0) ^ start[0]
	VPXOR  Y14, Y6, Y6      \
	VPBROADCASTD (stream_start+4)(DX), Y14 \
	VPMULUDQ Y13, Y2, Y1    \ // round 1: x1 = x2·M1
	VPMULUDQ Y13, Y6, Y5    \
	VPSRLQ $32, Y1, Y0      \
	VPSRLQ $32, Y5, Y4      \
	VPXOR  Y14, Y0, Y0      \ // x0 = hi(x2·M1) ^ start[1]
	VPXOR  Y14, Y4, Y4      \
	VPBROADCASTD (stream_start+8)(DX), Y14 \
	VPXOR  Y14, Y3, Y2      \ // x2 = x3 ^ start[2]
	VPXOR  Y14, Y7, Y6      \
	VPBROADCASTD (stream_start+12)(DX), Y3 \
	VMOVDQA Y3, Y7          \ // x3 = start[3]
	ADDL $8, R10

// BOXMULLER turns the words x, y into the normals c, s. It uses Y8…Y12; x, y, c
// and s are other registers, c and s may be x and y.
#define BOXMULLER(x, y, c, s) \
	VPSRLD $9, x, x         \
	VCVTDQ2PS x, x          \
	VADDPS HALF, x, x       \ // u·2²³ = float(x>>9) + ½
	VPSRLD $23, x, Y8       \
	VPSUBD EXPONENT, Y8, Y8 \
	VCVTDQ2PS Y8, Y8        \ // e
	VPAND  MANTISSA, x, x   \
	VPOR   HALF, x, x       \
	VSUBPS ONE, x, x        \ // f = m − 1
	VPADDD EIGHTH, y, y     \ // y += 1<<29
	VPSRLD $7, y, Y9        \
	VPAND  ANGLE, Y9, Y9    \
	VPOR   ANGLE_ONE, Y9, Y9 \
	VSUBPS THREE_HALF, Y9, Y9 \ // t
	VMULPS LOG7, x, Y11     \
	VMULPS Y9, Y9, Y10      \ // w = t·t
	VADDPS LOG6, Y11, Y11   \
	VMULPS SIN3, Y10, Y12   \
	VMULPS x, Y11, Y11      \
	VADDPS SIN2, Y12, Y12   \
	VADDPS LOG5, Y11, Y11   \
	VMULPS Y10, Y12, Y12    \
	VMULPS x, Y11, Y11      \
	VADDPS SIN1, Y12, Y12   \
	VADDPS LOG4, Y11, Y11   \
	VMULPS Y10, Y12, Y12    \
	VMULPS x, Y11, Y11      \
	VADDPS SIN0, Y12, Y12   \
	VADDPS LOG3, Y11, Y11   \
	VMULPS Y9, Y12, Y12     \ // sin
	VMULPS x, Y11, Y11      \
	VMULPS COS3, Y10, Y9    \
	VADDPS LOG2, Y11, Y11   \
	VADDPS COS2, Y9, Y9     \
	VMULPS x, Y11, Y11      \
	VMULPS Y10, Y9, Y9      \
	VADDPS LOG1, Y11, Y11   \
	VADDPS COS1, Y9, Y9     \
	VMULPS x, Y11, Y11      \
	VMULPS Y10, Y9, Y9      \
	VADDPS MINUS2, Y11, Y11 \
	VADDPS ONE, Y9, Y9      \ // cos
	VMULPS x, Y11, Y11      \ // f·q
	VMULPS MINUS2LN2, Y8, Y8 \
	VADDPS Y11, Y8, Y8      \
	VSQRTPS Y8, Y8          \ // r
	VPSLLD $1, y, Y10       \ // bit 30 of y swaps sine and cosine
	VBLENDVPS Y10, Y12, Y9, Y11 \
	VBLENDVPS Y10, Y9, Y12, Y12 \
	VPXOR  Y10, y, Y10      \
	VPAND  SIGN, Y10, Y10   \ // cosine: (y ^ y<<1)'s top bit
	VPAND  SIGN, y, Y9      \ // sine: y's top bit
	VMULPS Y11, Y8, Y11     \
	VMULPS Y12, Y8, Y12     \
	VXORPS Y10, Y11, c      \
	VXORPS Y9, Y12, s

// NORMALS turns the words that PHILOX leaves into 32 normals in the order of
// their coordinates: Y0, Y1, Y2, Y3.
#define NORMALS \
	BOXMULLER(Y0, Y1, Y2, Y3) \
	VUNPCKLPS Y3, Y2, Y0      \
	VUNPCKHPS Y3, Y2, Y1      \
	BOXMULLER(Y4, Y5, Y4, Y5) \
	VUNPCKLPS Y5, Y4, Y2      \
	VUNPCKHPS Y5, Y4, Y3
