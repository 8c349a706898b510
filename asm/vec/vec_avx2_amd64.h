// Names of AVX2 for the bodies that it shares with AVX-512: registers of eight
// floats, and a mask of the last ones in Y8.

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

// TAILMASK masks the first CX lanes, 0 < CX < 8, by Y8. It uses R10, R11.
#define TAILMASK \
	MOVQ $8, R10             \
	SUBQ CX, R10             \
	LEAQ ·tailMask(SB), R11  \
	VMOVDQU (R11)(R10*4), Y8

// LOADTAIL reads the lanes of the mask and zeros elsewhere, STORETAIL writes them.
#define LOADTAIL(address, v) VMASKMOVPS address, Y8, v
#define STORETAIL(v, address) VMASKMOVPS v, Y8, address

// A constant is a row as wide as a register.
#define CONSTANT(row, v) VMOVUPS row, v
#define TIMES(row, x, v) VMULPS row, x, v
#define PLUS(row, x, v) VADDPS row, x, v
