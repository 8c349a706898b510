// What the transforms share with AVX2, and its names for the bodies that it shares
// with AVX-512: registers of eight channels.

#define WIDTH 8
#define BYTES 32

#define V0 Y0
#define V1 Y1
#define V2 Y2
#define V3 Y3
#define V4 Y4
#define V5 Y5
#define V6 Y6
#define V7 Y7
#define V8 Y8
#define V9 Y9
#define V10 Y10
#define V11 Y11
#define V12 Y12
#define V13 Y13
#define V14 Y14
#define V15 Y15

#define ZERO(v) VXORPS v, v, v

// LEAKY is s *= leak where act is not positive: act, zero, leak, s, scratch t
#define LEAKY(act, zero, leak, s, t) \
	VCMPPS $0x1e, zero, act, act \
	VMULPS leak, s, t            \
	VBLENDVPS act, s, t, s

// INSIDE sets m, x its lower half, to all ones if bit n of R15 is clear, else to
// zero; AX is lost.
#define INSIDE(n, x, m) \
	MOVL R15, AX      \
	SHRL $n, AX       \
	ANDL $1, AX       \
	DECL AX           \
	VMOVD AX, x       \
	VPBROADCASTD x, m
