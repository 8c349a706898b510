// Loops over windows of 2×2 pixels for AVX2 and AVX-512, under the names that
// pool_avx2_amd64.s and pool_avx512_amd64.s give: registers V0…V5 of WIDTH floats, and
// LOADTAIL and STORETAIL of the lanes of TAILMASK.
//
// R9 windows   R12 channels   CX channels left in the pixel   AX index in the pixel

#define LOAD(address, v) VMOVUPS address, v
#define STORE(v, address) VMOVUPS v, address

// LASTLANES masks the channels beyond whole registers. It uses CX, R10, R11.
#define LASTLANES \
	MOVQ R12, CX          \
	ANDQ $(WIDTH-1), CX   \
	TAILMASK

// WINDOWS takes R9 windows: second points to second pixels, core(load, store) is a
// turn of WIDTH channels, next goes on to the next window.
#define WINDOWS(second, core, next) \
window:                           \
	second                    \
	XORL AX, AX               \
	MOVQ R12, CX              \
	SUBQ $WIDTH, CX           \
	JLT tail                  \
loop:                             \ // CX is what is left behind this turn
	core(LOAD, STORE)         \
	ADDQ $WIDTH, AX           \
	SUBQ $WIDTH, CX           \
	JGE loop                  \
tail:                             \ // the channels that fill no register
	ADDQ $WIDTH, CX           \
	JEQ done                  \
	core(LOADTAIL, STORETAIL) \
done:                             \
	next                      \
	DECQ R9                   \
	JNZ window                \
	VZEROUPPER                \
	RET

// The pixels of x: SI and DX in x0, R8 and BX in x1.
#define SECONDX \
	LEAQ (SI)(R12*4), DX \
	LEAQ (R8)(R12*4), BX

#define NEXTX \
	LEAQ (DX)(R12*4), SI \
	LEAQ (BX)(R12*4), R8

// Those of dx: DI and R13 in dx0, R10 and R11 in dx1.
#define SECONDDX \
	LEAQ (DI)(R12*4), R13 \
	LEAQ (R10)(R12*4), R11

#define NEXTDX \
	LEAQ (R13)(R12*4), DI \
	LEAQ (R11)(R12*4), R10

#define SECONDBOTH \
	SECONDDX \
	SECONDX

// V0…V3 = the window of x
#define WINDOW(load) \
	load((SI)(AX*4), V0) \
	load((DX)(AX*4), V1) \
	load((R8)(AX*4), V2) \
	load((BX)(AX*4), V3)

// The window of dx = v0…v3
#define GRADIENTS(store, v0, v1, v2, v3) \
	store(v0, (DI)(AX*4))  \
	store(v1, (R13)(AX*4)) \
	store(v2, (R10)(AX*4)) \
	store(v3, (R11)(AX*4))

// To the next window of everything: y in DI, dy in R15, or in SI.
#define NEXTOUT \
	NEXTX                \
	LEAQ (DI)(R12*4), DI

#define NEXTMAXGRADIENT \
	NEXTDX                 \
	NEXTX                  \
	LEAQ (R15)(R12*4), R15

#define NEXTAVGGRADIENT \
	NEXTDX               \
	LEAQ (SI)(R12*4), SI

// y = the largest of the window
#define MAXPOOL(load, store) \
	WINDOW(load)         \
	LARGER(V1, V0)       \
	LARGER(V2, V0)       \
	LARGER(V3, V0)       \
	store(V0, (DI)(AX*4))

// dx = dy where the window is largest
#define MAXPOOLGRADIENT(load, store) \
	WINDOW(load)          \
	load((R15)(AX*4), V5) \
	ROUTE                 \
	GRADIENTS(store, V0, V1, V2, V3)

// y = the mean of the window, with ¼ in V7
#define AVGPOOL(load, store) \
	WINDOW(load)          \
	VADDPS V1, V0, V0     \
	VADDPS V2, V0, V0     \
	VADDPS V3, V0, V0     \
	VMULPS V7, V0, V0     \
	store(V0, (DI)(AX*4))

// dx = dy/4
#define AVGPOOLGRADIENT(load, store) \
	load((SI)(AX*4), V0) \
	VMULPS V0, V7, V0    \
	GRADIENTS(store, V0, V0, V0, V0)

DATA quarter<>+0(SB)/4, $0.25
GLOBL quarter<>(SB), RODATA|NOPTR, $4
