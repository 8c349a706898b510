// Names of AVX-512 for the bodies that AVX2 shares with it: registers of sixteen
// floats, and a mask of the last ones in K1.

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

// TAILMASK masks the first CX lanes, 0 ≤ CX < 16, by K1. It uses R11.
#define TAILMASK \
	MOVL $1, R11  \
	SHLL CX, R11  \
	DECL R11      \
	KMOVW R11, K1

// LOADTAIL reads the lanes of the mask and zeros elsewhere, STORETAIL writes them.
#define LOADTAIL(address, v) VMOVUPS.Z address, K1, v
#define STORETAIL(v, address) VMOVUPS v, K1, address

// A constant is the first word of its row.
#define CONSTANT(row, v) VBROADCASTSS row, v
#define TIMES(row, x, v) VMULPS.BCST row, x, v
#define PLUS(row, x, v) VADDPS.BCST row, x, v
