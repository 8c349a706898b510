// Loops of the elementwise kernels for AVX2 and AVX-512, under the names of
// vec_avx2_amd64.h and vec_avx512_amd64.h. A core is a macro that computes one
// register from others; the loops load, call it and store, first four registers
// at a time, then one, then the last lanes under a mask. Lanes that are masked out
// hold zeros.
//
// DI dst   SI, R8, R9 sources   CX n   AX index   R10, R11 scratch

// MAP1 is dst[i] = core(x[i]): the core takes V0 and leaves V1.
#define MAP1(core) MAP(LOAD1, TAIL1, core)

// MAP2 is dst[i] = core(x[i], y[i]): the core takes V0 (x in SI) and V1 (y in R8)
// and leaves V1.
#define MAP2(core) MAP(LOAD2, TAIL2, core)

// MAP3 is dst[i] = core(x[i], y[i], z[i]): the core takes V0 (x in SI), V1 (y in R8)
// and V2 (z in R9) and leaves V1.
#define MAP3(core) MAP(LOAD3, TAIL3, core)

#define LOAD1(off) \
	VMOVUPS (off)(SI)(AX*4), V0

#define TAIL1 \
	LOADTAIL((SI)(AX*4), V0)

#define LOAD2(off) \
	VMOVUPS (off)(SI)(AX*4), V0 \
	VMOVUPS (off)(R8)(AX*4), V1

#define TAIL2 \
	LOADTAIL((SI)(AX*4), V0) \
	LOADTAIL((R8)(AX*4), V1)

#define LOAD3(off) \
	VMOVUPS (off)(SI)(AX*4), V0 \
	VMOVUPS (off)(R8)(AX*4), V1 \
	VMOVUPS (off)(R9)(AX*4), V2

#define TAIL3 \
	LOADTAIL((SI)(AX*4), V0) \
	LOADTAIL((R8)(AX*4), V1) \
	LOADTAIL((R9)(AX*4), V2)

// At big 4·WIDTH elements or more are left, at one WIDTH or more, at tail fewer;
// CX is what is left less what the next turn takes.
#define MAP(load, tail, core) \
	XORL AX, AX                     \
	SUBQ $(4*WIDTH), CX             \
	JLT small                       \
big:                                    \
	load(0)                         \
	core                            \
	VMOVUPS V1, (DI)(AX*4)          \
	load(BYTES)                     \
	core                            \
	VMOVUPS V1, BYTES(DI)(AX*4)     \
	load(2*BYTES)                   \
	core                            \
	VMOVUPS V1, (2*BYTES)(DI)(AX*4) \
	load(3*BYTES)                   \
	core                            \
	VMOVUPS V1, (3*BYTES)(DI)(AX*4) \
	ADDQ $(4*WIDTH), AX             \
	SUBQ $(4*WIDTH), CX             \
	JGE big                         \
small:                                  \
	ADDQ $(3*WIDTH), CX             \
	JLT rest                        \
one:                                    \
	load(0)                         \
	core                            \
	VMOVUPS V1, (DI)(AX*4)          \
	ADDQ $WIDTH, AX                 \
	SUBQ $WIDTH, CX                 \
	JGE one                         \
rest:                                   \
	ADDQ $WIDTH, CX                 \
	JLE done                        \
	TAILMASK                        \
	tail                            \
	core                            \
	STORETAIL(V1, (DI)(AX*4))       \
done:                                   \
	VZEROUPPER                      \
	RET
