// What the transforms share with AVX-512, and its names for the bodies that AVX2
// shares with it: registers of sixteen channels.

#define WIDTH 16
#define BYTES 64

#define V0 Z0
#define V1 Z1
#define V2 Z2
#define V3 Z3
#define V4 Z4
#define V5 Z5
#define V6 Z6
#define V7 Z7
#define V8 Z8
#define V9 Z9
#define V10 Z10
#define V11 Z11
#define V12 Z12
#define V13 Z13
#define V14 Z14
#define V15 Z15

#define ZERO(v) VPXORD v, v, v

// LEAKY is s *= leak where act is not positive: act, zero, leak, s. It uses K1.
#define LEAKY(act, zero, leak, s, t) \
	VCMPPS $0x1a, zero, act, K1 \
	VMULPS leak, s, K1, s

// INSIDE sets k to all ones if bit n of R15 is clear, else to zero; AX is lost.
#define INSIDE(n, k) \
	MOVL R15, AX \
	SHRL $n, AX  \
	ANDL $1, AX  \
	DECL AX      \
	KMOVW AX, k
