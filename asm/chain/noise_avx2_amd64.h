// The Philox and Box–Muller bodies for AVX2. No multiply and add is fused: bits must
// equal those of noise_generic.go.
//
// Two groups of four counters (32 coordinates) go through Philox while the two
// before them go through Box–Muller, instruction by instruction: either alone
// waits for its own results most of the time.
//
// Y0…Y9 Philox   Y10, Y11 radii   Y12, Y13 angles   Y14 scratch
// R11 a frame of FRAMESIZE bytes, aligned to 32, with a row for either group of
#define WORDY(j)   (0+32*j)(R11)
#define FRACTION(j) (64+32*j)(R11) // f
#define EXPONENT(j) (128+32*j)(R11) // −2·ln2·e
#define TURN(j)    (192+32*j)(R11) // t, then the sine
#define SQUARE(j)  (256+32*j)(R11) // w = t²
#define SCALE(off) (320+off)(R11)  // and four rows for an update

#define FRAMESIZE 480

#define FRAME \
	LEAQ buf-FRAMESIZE(SP), R11 \
	ADDQ $31, R11               \
	ANDQ $~31, R11

// MIX is the round of one group without its keys, a word in the low half of each
// 64-bit lane; what is in the high halves does not matter. Words 0 to 3 in a, b,
// c, d go to a, t, c, u.
#define MIX(a, b, c, d, t, u) \
	VPMULUDQ PHILOX_M0, a, u \ // u = x0·M0
	VPMULUDQ PHILOX_M1, c, t \ // t = x2·M1
	VPSRLQ $32, t, a         \
	VPSRLQ $32, u, c         \
	VPXOR b, a, a            \ // x0 = hi(t) ^ x1 ^ k0
	VPXOR d, c, c              // x2 = hi(u) ^ x3 ^ k1

// ROUND is one round of both groups, words 0 and 2 in Y0, Y1 and Y2, Y3, words 1
// and 3 in b0, d0 and b1, d1. The latter go to t, u and b0, d0; b1, d1 are free.
#define ROUND(i, b0, d0, b1, d1, t, u) \
	VPBROADCASTD (stream_keys+8*i)(DX), Y14   \
	VPXOR Y14, b0, b0                         \
	VPXOR Y14, b1, b1                         \
	VPBROADCASTD (stream_keys+8*i+4)(DX), Y14 \
	VPXOR Y14, d0, d0                         \
	VPXOR Y14, d1, d1                         \
	MIX(Y0, b0, Y1, d0, t, u)                 \
	MIX(Y2, b1, Y3, d1, b0, d0)

// The three turns of the registers; Y6, Y7 are free after ROUND_A, Y4, Y5 after
// ROUND_B, Y8, Y9 after ROUND_C.
#define ROUND_A(i) ROUND(i, Y4, Y5, Y6, Y7, Y8, Y9)
#define ROUND_B(i) ROUND(i, Y8, Y9, Y4, Y5, Y6, Y7)
#define ROUND_C(i) ROUND(i, Y6, Y7, Y8, Y9, Y4, Y5)

// PAIRS is round 9 of a group. It leaves the pairs (word 0, word 2) in the 64-bit
// lanes of a and (word 1, word 3) in those of c.
#define PAIRS(a, b, c, d, t, u) \
	VPMULUDQ PHILOX_M0, a, u \
	VPMULUDQ PHILOX_M1, c, t \
	VPSLLQ $32, d, d         \
	VPBLENDD $0xaa, d, b, b  \ // x1, x3
	VPXOR Y14, b, b          \
	VPSRLQ $32, t, a         \
	VPBLENDD $0xaa, u, a, a  \ // hi(t), hi(u)
	VPSLLQ $32, u, u         \
	VPXOR b, a, a            \
	VPBLENDD $0xaa, u, t, c

#define ROUND_LAST \
	VPBROADCASTQ (stream_keys+72)(DX), Y14 \
	PAIRS(Y0, Y8, Y1, Y9, Y6, Y7)          \
	PAIRS(Y2, Y4, Y3, Y5, Y8, Y9)

// NEXT does rounds 0 and 1 for the next eight counters of a stream, of which only
// the first word varies: half of their products are constants of the stream. R10
// is the first word of the first counter; 8 is added to it.
#define NEXT \
	VMOVD R10, X0                          \
	VPBROADCASTD X0, Y0                    \
	VPADDD LANES, Y0, Y0                   \ // x0 = R10 + 0, 2, 1, 3
	VPADDD FOUR, Y0, Y2                    \ // x0 = R10 + 4, 6, 5, 7
	VPMULUDQ PHILOX_M0, Y0, Y5             \ // round 0: x3 = x0·M0
	VPMULUDQ PHILOX_M0, Y2, Y7             \
	VPBROADCASTD (stream_start)(DX), Y14   \
	VPSRLQ $32, Y5, Y1                     \
	VPSRLQ $32, Y7, Y3                     \
	VPXOR Y14, Y1, Y1                      \ // x2 = hi(x0·M0) ^ start[0]
	VPXOR Y14, Y3, Y3                      \
	VPMULUDQ PHILOX_M1, Y1, Y4             \ // round 1: x1 = x2·M1
	VPMULUDQ PHILOX_M1, Y3, Y6             \
	VPBROADCASTD (stream_start+4)(DX), Y14 \
	VPSRLQ $32, Y4, Y0                     \
	VPSRLQ $32, Y6, Y2                     \
	VPXOR Y14, Y0, Y0                      \ // x0 = hi(x2·M1) ^ start[1]
	VPXOR Y14, Y2, Y2                      \
	VPBROADCASTD (stream_start+8)(DX), Y14 \
	VPXOR Y14, Y5, Y1                      \ // x2 = x3 ^ start[2]
	VPXOR Y14, Y7, Y3                      \
	VPBROADCASTD (stream_start+12)(DX), Y5 \ // x3 = start[3]
	VPBROADCASTD (stream_start+12)(DX), Y7 \
	ADDL $8, R10

// PHILOX makes the words of two groups whose rounds 0 and 1 are done by next: x
// (words 0 and 2) in Y0, Y2 and y (words 1 and 3) in Y1, Y3.
#define PHILOX(next) \
	next       \
	ROUND_A(2) \
	ROUND_B(3) \
	ROUND_C(4) \
	ROUND_A(5) \
	ROUND_B(6) \
	ROUND_C(7) \
	ROUND_A(8) \
	ROUND_LAST

// SPLIT takes the words of PHILOX apart for NORMALS.
#define SPLIT \
	VPADDD EIGHTH, Y1, Y1 \ // y += 1<<29
	VPADDD EIGHTH, Y3, Y3 \
	VPSRLD $9, Y0, Y10    \
	VPSRLD $9, Y2, Y11    \
	VPSRLD $7, Y1, Y12    \
	VPSRLD $7, Y3, Y13    \
	VMOVDQA Y1, WORDY(0)  \
	VMOVDQA Y3, WORDY(1)

// RADIUS makes f and e of x>>9 in q, with m for scratch.
#define RADIUS(j, q, m) \
	VPOR ONE, q, q            \
	VSUBPS BELOW_ONE, q, q    \ // u
	VPAND MANTISSA, q, m      \
	VPOR HALF, m, m           \ // m
	VPSUBD m, q, q            \ // e<<23
	VSUBPS ONE, m, m          \ // f
	VCVTDQ2PS q, q            \
	VMULPS MINUS2LN2_23, q, q \
	VMOVAPS m, FRACTION(j)    \
	VMOVAPS q, EXPONENT(j)    \
	VMULPS LOG7, m, q

// ANGLES makes t and t² of y>>7 in c, with w for scratch.
#define ANGLES(j, c, w) \
	VPAND ANGLE, c, c       \
	VPOR ANGLE_ONE, c, c    \
	VSUBPS THREE_HALF, c, c \ // t
	VMULPS c, c, w          \
	VMOVAPS c, TURN(j)      \
	VMOVAPS w, SQUARE(j)    \
	VMULPS SIN3, w, c

// HORNER adds c to both sums and multiplies each by its variable v.
#define HORNER(c, v, sum0, sum1) \
	VMOVAPS c, Y14          \
	VADDPS Y14, sum0, sum0  \
	VADDPS Y14, sum1, sum1  \
	VMULPS v(0), sum0, sum0 \
	VMULPS v(1), sum1, sum1

// PRODUCTS turns sine and cosine c by the quadrant of y and multiplies them by
// the radius q. The normals are in q and c, in the order of their coordinates.
#define PRODUCTS(j, q, c, t, u) \
	VMOVDQA WORDY(j), t    \
	VMOVAPS TURN(j), Y14   \
	VPADDD t, t, u         \ // bit 30 of y, now the sign, swaps sine and cosine
	VPAND SIGN, t, t       \
	VPOR t, q, q           \ // r with the sign of y
	VXORPS SIGN, Y14, t    \
	VBLENDVPS u, t, c, t   \ // −sine or cosine
	VBLENDVPS u, c, Y14, c \ // cosine or sine
	VMULPS t, q, t         \
	VMULPS c, q, c         \
	VUNPCKLPS c, t, q      \
	VUNPCKHPS c, t, c

// NORMALS turns what SPLIT leaves into 32 normals in the order of their
// coordinates, Y10, Y12, Y11, Y13, and does PHILOX(next) up to ROUND_LAST: Y6, Y7
// and Y14 are free. clip and scale of (offset, t, u) are the parts of an update
// that don't need the noise; they may use t, u and Y14.
#define NORMALS(next, clip, scale) \
	RADIUS(0, Y10, Y8)                 \
	RADIUS(1, Y11, Y9)                 \
	next                               \
	ANGLES(0, Y12, Y8)                 \
	ANGLES(1, Y13, Y9)                 \
	ROUND_A(2)                         \
	HORNER(LOG6, FRACTION, Y10, Y11)   \
	HORNER(SIN2, SQUARE, Y12, Y13)     \
	clip(0, Y6, Y7)                    \
	clip(32, Y6, Y7)                   \
	ROUND_B(3)                         \
	HORNER(LOG5, FRACTION, Y10, Y11)   \
	HORNER(SIN1, SQUARE, Y12, Y13)     \
	clip(64, Y4, Y5)                   \
	clip(96, Y4, Y5)                   \
	ROUND_C(4)                         \
	HORNER(LOG4, FRACTION, Y10, Y11)   \
	HORNER(SIN0, TURN, Y12, Y13)       \
	VMOVAPS Y12, TURN(0)               \ // sine
	VMOVAPS Y13, TURN(1)               \
	VMOVAPS COS3, Y14                  \
	VMULPS SQUARE(0), Y14, Y12         \
	VMULPS SQUARE(1), Y14, Y13         \
	scale(0, Y8, Y9)                   \
	ROUND_A(5)                         \
	HORNER(LOG3, FRACTION, Y10, Y11)   \
	HORNER(COS2, SQUARE, Y12, Y13)     \
	scale(32, Y6, Y7)                  \
	ROUND_B(6)                         \
	HORNER(LOG2, FRACTION, Y10, Y11)   \
	HORNER(COS1, SQUARE, Y12, Y13)     \
	scale(64, Y4, Y5)                  \
	ROUND_C(7)                         \
	HORNER(LOG1, FRACTION, Y10, Y11)   \
	VADDPS ONE, Y12, Y12               \ // cosine
	VADDPS ONE, Y13, Y13               \
	scale(96, Y8, Y9)                  \
	HORNER(MINUS2, FRACTION, Y10, Y11) \
	VADDPS EXPONENT(0), Y10, Y10       \ // −2·ln u
	VADDPS EXPONENT(1), Y11, Y11       \
	VSQRTPS Y10, Y10                   \
	VSQRTPS Y11, Y11                   \
	ROUND_A(8)                         \
	PRODUCTS(0, Y10, Y12, Y6, Y7)      \
	PRODUCTS(1, Y11, Y13, Y6, Y7)
