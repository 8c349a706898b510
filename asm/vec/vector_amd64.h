// Cores of the arithmetic kernels for the loops of map_amd64.h. V7 a   V6 c

// y + a·x
#define AXPY \
	VMULPS V0, V7, V0 \
	VADDPS V0, V1, V1

#define ADD \
	VADDPS V0, V1, V1

#define SUB \
	VSUBPS V1, V0, V1

#define MUL \
	VMULPS V0, V1, V1

// dst + x·y
#define MULADD \
	VMULPS V0, V1, V1 \
	VADDPS V1, V2, V1

#define DIV \
	VDIVPS V1, V0, V1

// MAXPS returns its second source, y, for a NaN.
#define MAX \
	VMAXPS V1, V0, V1

#define SQRT \
	VSQRTPS V0, V1

#define SCALE \
	VMULPS V0, V7, V1

// a·x + c
#define AFFINE \
	VMULPS V0, V7, V0 \
	VADDPS V0, V6, V1

// The bounds come first, so that a NaN comes through. V7 limit   V6 −limit
#define CLAMP \
	VMINPS V0, V7, V1 \
	VMAXPS V1, V6, V1
