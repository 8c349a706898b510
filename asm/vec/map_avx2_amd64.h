// Loops of the elementwise AVX2 kernels. A core is a macro that computes one
// register from others; the loops load, call it and store, first four registers
// at a time, then one, then the last lanes under a mask. Lanes that are masked
// out hold zeros.
//
// DI dst   SI, R8 sources   CX n   AX index   Y8 tail mask   R10, R11 scratch

// MAP1 is dst[i] = core(x[i]): the core takes Y0 and leaves Y1.
#define MAP1(core) MAP(LOAD1, MASK1, core)

// MAP2 is dst[i] = core(x[i], y[i]): the core takes Y0 (x in SI) and Y1 (y in
// R8) and leaves Y1.
#define MAP2(core) MAP(LOAD2, MASK2, core)

#define LOAD1(off) \
	VMOVUPS off(SI)(AX*4), Y0

#define MASK1 \
	VMASKMOVPS (SI)(AX*4), Y8, Y0

#define LOAD2(off) \
	VMOVUPS off(SI)(AX*4), Y0 \
	VMOVUPS off(R8)(AX*4), Y1

#define MASK2 \
	VMASKMOVPS (SI)(AX*4), Y8, Y0 \
	VMASKMOVPS (R8)(AX*4), Y8, Y1

#define MAP(load, mask, core) \
	XORL AX, AX                   \
	SUBQ $32, CX                  \
	JLT small                     \
big:                                  \
	load(0)                       \
	core                          \
	VMOVUPS Y1, (DI)(AX*4)        \
	load(32)                      \
	core                          \
	VMOVUPS Y1, 32(DI)(AX*4)      \
	load(64)                      \
	core                          \
	VMOVUPS Y1, 64(DI)(AX*4)      \
	load(96)                      \
	core                          \
	VMOVUPS Y1, 96(DI)(AX*4)      \
	ADDQ $32, AX                  \
	SUBQ $32, CX                  \
	JGE big                       \
small:                                \
	ADDQ $24, CX                  \
	JLT tail                      \
one:                                  \
	load(0)                       \
	core                          \
	VMOVUPS Y1, (DI)(AX*4)        \
	ADDQ $8, AX                   \
	SUBQ $8, CX                   \
	JGE one                       \
tail:                                 \
	ADDQ $8, CX                   \
	JLE done                      \
	TAILMASK                      \
	mask                          \
	core                          \
	VMASKMOVPS Y1, Y8, (DI)(AX*4) \
done:                                 \
	VZEROUPPER                    \
	RET

// TAILMASK sets Y8 to a mask of the first CX lanes, 0 < CX < 8.
#define TAILMASK \
	MOVQ $8, R10             \
	SUBQ CX, R10             \
	LEAQ ·tailMask(SB), R11  \
	VMOVDQU (R11)(R10*4), Y8
