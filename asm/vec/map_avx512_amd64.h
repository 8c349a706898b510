// Loops of the elementwise AVX-512 kernels: those of map_avx2_amd64.h with sixteen
// elements to a register and a mask register for the last lanes.
//
// DI dst   SI, R8 sources   CX n   AX index   K1 tail mask   R11 scratch

// MAP1_512 is dst[i] = core(x[i]): the core takes Z0 and leaves Z1.
#define MAP1_512(core) MAP512(LOAD1_512, MASK1_512, core)

// MAP2_512 is dst[i] = core(x[i], y[i]): the core takes Z0 (x in SI) and Z1 (y
// in R8) and leaves Z1.
#define MAP2_512(core) MAP512(LOAD2_512, MASK2_512, core)

#define LOAD1_512(off) \
	VMOVUPS off(SI)(AX*4), Z0

#define MASK1_512 \
	VMOVUPS.Z (SI)(AX*4), K1, Z0

#define LOAD2_512(off) \
	VMOVUPS off(SI)(AX*4), Z0 \
	VMOVUPS off(R8)(AX*4), Z1

#define MASK2_512 \
	VMOVUPS.Z (SI)(AX*4), K1, Z0 \
	VMOVUPS.Z (R8)(AX*4), K1, Z1

#define MAP512(load, mask, core) \
	XORL AX, AX                \
	SUBQ $64, CX               \
	JLT small                  \
big:                               \
	load(0)                    \
	core                       \
	VMOVUPS Z1, (DI)(AX*4)     \
	load(64)                   \
	core                       \
	VMOVUPS Z1, 64(DI)(AX*4)   \
	load(128)                  \
	core                       \
	VMOVUPS Z1, 128(DI)(AX*4)  \
	load(192)                  \
	core                       \
	VMOVUPS Z1, 192(DI)(AX*4)  \
	ADDQ $64, AX               \
	SUBQ $64, CX               \
	JGE big                    \
small:                             \
	ADDQ $48, CX               \
	JLT tail                   \
one:                               \
	load(0)                    \
	core                       \
	VMOVUPS Z1, (DI)(AX*4)     \
	ADDQ $16, AX               \
	SUBQ $16, CX               \
	JGE one                    \
tail:                              \
	ADDQ $16, CX               \
	JLE done                   \
	TAILMASK512                \
	mask                       \
	core                       \
	VMOVUPS Z1, K1, (DI)(AX*4) \
done:                              \
	VZEROUPPER                 \
	RET

// TAILMASK512 sets K1 to the first CX lanes, 0 ≤ CX < 16.
#define TAILMASK512 \
	MOVL $1, R11  \
	SHLL CX, R11  \
	DECL R11      \
	KMOVW R11, K1
