// The Philox and Box–Muller bodies for NEON: four counters to a register, all
// 32-bit lanes. No multiply and add is fused: bits must equal those of noise_generic.go.
//
// R5 constants   R6 round keys   V30, V31 multipliers

// ROUND is one round: words 0 to 3 in V0…V3. It uses V4…V7, V16, V17.
#define ROUND \
	VLD1R.P 4(R6), [V16.S4] \
	VLD1R.P 4(R6), [V17.S4] \
	UMULL(30, 0, 4)         \ // V4, V5 = x0·M0
	UMULL2(30, 0, 5)        \
	UMULL(31, 2, 6)         \ // V6, V7 = x2·M1
	UMULL2(31, 2, 7)        \
	EOR16B(16, 1, 1)        \
	EOR16B(17, 3, 3)        \
	UZP2_4S(7, 6, 0)        \
	UZP2_4S(5, 4, 2)        \
	EOR16B(1, 0, 0)         \ // x0 = hi(x2·M1) ^ x1 ^ k0
	EOR16B(3, 2, 2)         \ // x2 = hi(x0·M0) ^ x3 ^ k1
	UZP1_4S(7, 6, 1)        \ // x1 = lo(x2·M1)
	UZP1_4S(5, 4, 3)          // x3 = lo(x0·M0)

// PHILOX turns the counters in V0…V3 into the four words of their blocks; R7 is
// the stream.
#define PHILOX \
	ADD $stream_keys, R7, R6 \
	ROUND                    \
	ROUND                    \
	ROUND                    \
	ROUND                    \
	ROUND                    \
	ROUND                    \
	ROUND                    \
	ROUND                    \
	ROUND                    \
	ROUND

// COUNTERS sets V0…V3 to the next four counters of the stream, R8 the first word
// of the first, and adds 4 to R8. V29 is 0, 1, 2, 3.
#define COUNTERS \
	VDUP R8, V0.S4              \
	ADD4S(29, 0, 0)             \
	ADD $4, R8                  \
	ADD $(stream_ctr+4), R7, R6 \
	VLD1R.P 4(R6), [V1.S4]      \
	VLD1R.P 4(R6), [V2.S4]      \
	VLD1R.P 4(R6), [V3.S4]

// MULTIPLIERS sets V29, V30, V31. It uses R6.
#define MULTIPLIERS \
	MOVD $·fourLanes(SB), R6 \
	VLD1 (R6), [V29.S4]      \
	MOVD $0xD2511F53, R6     \
	VDUP R6, V30.S4          \
	MOVD $0xCD9E8D57, R6     \
	VDUP R6, V31.S4

#define CONSTANT VLD1R.P 4(R5), [V16.S4]

// HORNER is q = q·x + constant for both pairs.
#define HORNER(x1, q1, x2, q2) \
	CONSTANT           \
	FMUL4S(x1, q1, q1) \
	FMUL4S(x2, q2, q2) \
	FADD4S(16, q1, q1) \
	FADD4S(16, q2, q2)

// NORMALS turns the words V0…V3 of four blocks into their normals V20…V23, one
// register for each of the four coordinates of a block. Pair 0, 1 has
// e V4, s V5, w V6, c V7, q V8; pair 2, 3 has e V9, s V10, w V11, c V12, q V13. V17 ½
// V18 1
#define NORMALS \
	MOVD $·noiseConst(SB), R5 \
	VLD1R.P 4(R5), [V17.S4]   \ // ½
	USHR4S(9, 0, 0)           \
	USHR4S(9, 2, 2)           \
	SCVTF4S(0, 0)             \
	SCVTF4S(2, 2)             \
	FADD4S(17, 0, 0)          \ // u·2²³ = float(x>>9) + ½
	FADD4S(17, 2, 2)          \
	CONSTANT                  \
	USHR4S(23, 0, 4)          \
	USHR4S(23, 2, 9)          \
	SUB4S(16, 4, 4)           \
	SUB4S(16, 9, 9)           \
	SCVTF4S(4, 4)             \ // e
	SCVTF4S(9, 9)             \
	CONSTANT                  \
	AND16B(16, 0, 0)          \
	AND16B(16, 2, 2)          \
	ORR16B(17, 0, 0)          \
	ORR16B(17, 2, 2)          \
	VLD1R.P 4(R5), [V18.S4]   \ // 1
	FSUB4S(18, 0, 0)          \ // f = m − 1
	FSUB4S(18, 2, 2)          \
	CONSTANT                  \
	ADD4S(16, 1, 1)           \ // y += 1<<29
	ADD4S(16, 3, 3)           \
	CONSTANT                  \
	USHR4S(7, 1, 5)           \
	USHR4S(7, 3, 10)          \
	AND16B(16, 5, 5)          \
	AND16B(16, 10, 10)        \
	CONSTANT                  \
	ORR16B(16, 5, 5)          \
	ORR16B(16, 10, 10)        \
	CONSTANT                  \
	FSUB4S(16, 5, 5)          \ // t
	FSUB4S(16, 10, 10)        \
	FMUL4S(5, 5, 6)           \ // w = t·t
	FMUL4S(10, 10, 11)        \
	VLD1R.P 4(R5), [V8.S4]    \
	COPY(8, 13)               \
	HORNER(0, 8, 2, 13)       \
	HORNER(0, 8, 2, 13)       \
	HORNER(0, 8, 2, 13)       \
	HORNER(0, 8, 2, 13)       \
	HORNER(0, 8, 2, 13)       \
	HORNER(0, 8, 2, 13)       \
	HORNER(0, 8, 2, 13)       \ // q
	FMUL4S(0, 8, 8)           \ // f·q
	FMUL4S(2, 13, 13)         \
	VLD1R.P 4(R5), [V7.S4]    \
	COPY(7, 12)               \
	HORNER(6, 7, 11, 12)      \
	HORNER(6, 7, 11, 12)      \
	HORNER(6, 7, 11, 12)      \
	FMUL4S(7, 5, 5)           \ // sin
	FMUL4S(12, 10, 10)        \
	VLD1R.P 4(R5), [V7.S4]    \
	COPY(7, 12)               \
	HORNER(6, 7, 11, 12)      \
	HORNER(6, 7, 11, 12)      \
	FMUL4S(6, 7, 7)           \
	FMUL4S(11, 12, 12)        \
	FADD4S(18, 7, 7)          \ // cos
	FADD4S(18, 12, 12)        \
	CONSTANT                  \
	FMUL4S(16, 4, 4)          \
	FMUL4S(16, 9, 9)          \
	FADD4S(8, 4, 4)           \
	FADD4S(13, 9, 9)          \
	FSQRT4S(4, 4)             \ // r
	FSQRT4S(9, 9)             \
	CONSTANT                  \
	CMTST4S(16, 1, 6)         \ // bit 30 of y swaps sine and cosine
	CMTST4S(16, 3, 11)        \
	COPY(6, 0)                \
	COPY(11, 2)               \
	BSL16B(7, 5, 0)           \
	BSL16B(12, 10, 2)         \
	BSL16B(5, 7, 6)           \
	BSL16B(10, 12, 11)        \
	CONSTANT                  \
	SHL4S(1, 1, 8)            \
	SHL4S(1, 3, 13)           \
	EOR16B(1, 8, 8)           \
	EOR16B(3, 13, 13)         \
	AND16B(16, 8, 8)          \ // cosine's sign: y ^ y<<1
	AND16B(16, 13, 13)        \
	AND16B(16, 1, 1)          \ // sine's sign: y
	AND16B(16, 3, 3)          \
	FMUL4S(0, 4, 0)           \
	FMUL4S(2, 9, 2)           \
	FMUL4S(6, 4, 6)           \
	FMUL4S(11, 9, 11)         \
	EOR16B(8, 0, 20)          \
	EOR16B(1, 6, 21)          \
	EOR16B(13, 2, 22)         \
	EOR16B(3, 11, 23)
