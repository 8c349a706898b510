// Bodies of the transforms of Cook–Toom F(2×2, 2×2) for AVX2 and AVX-512, WIDTH
// channels a turn, a patch in registers: see f2x2.go for the matrices. Place and
// point 3i+j are in V(3i+j), V0…V8.

// a place of channels
#define PLACE(i, v) \
	MOVQ (8*i)(SI), R8    \
	VMOVUPS (R8)(AX*1), v

// the nine points at p, R9 to the third row
#define POINTS(p) \
	LEAQ (p)(R10*1), R8  \
	LEAQ (R8)(R10*1), R9

#define READ9(p) \
	POINTS(p)              \
	VMOVUPS (p), V0        \
	VMOVUPS (p)(BX*1), V1  \
	VMOVUPS (p)(BX*2), V2  \
	VMOVUPS (R8), V3       \
	VMOVUPS (R8)(BX*1), V4 \
	VMOVUPS (R8)(BX*2), V5 \
	VMOVUPS (R9), V6       \
	VMOVUPS (R9)(BX*1), V7 \
	VMOVUPS (R9)(BX*2), V8

#define WRITE9(p) \
	POINTS(p)              \
	VMOVUPS V0, (p)        \
	VMOVUPS V1, (p)(BX*1)  \
	VMOVUPS V2, (p)(BX*2)  \
	VMOVUPS V3, (R8)       \
	VMOVUPS V4, (R8)(BX*1) \
	VMOVUPS V5, (R8)(BX*2) \
	VMOVUPS V6, (R9)       \
	VMOVUPS V7, (R9)(BX*1) \
	VMOVUPS V8, (R9)(BX*2)

// (a, b, c) = Bᵀ·(a, b, c)
#define INPUT(a, b, c) \
	VSUBPS b, a, a \
	VSUBPS b, c, c

// (a, b) = Aᵀ·(a, b, c)
#define OUTPUT(a, b, c) \
	VADDPS b, a, a \
	VADDPS c, b, b

// place i of a tile = max(s+bias, leak·(s+bias))
#define ACTIVATE(i, s) \
	VADDPS V9, s, s       \
	VMULPS V10, s, V11    \
	VMAXPS s, V11, s      \
	MOVQ (8*i)(DI), R8    \
	MOVQ (32+8*i)(DI), R9 \
	ANDQ AX, R9           \
	VMOVUPS s, (R8)(R9*1)

// (a, b, c) = B·(a, b, c)
#define PATCH(a, b, c) \
	VSUBPS a, b, b \
	VSUBPS c, b, b

// s *= leak where act of place i is not positive
#define MASK(i, s) \
	MOVQ (144+8*i)(DI), R8      \
	VMOVUPS (R8)(AX*1), V9      \
	LEAKY(V9, V10, V11, s, V12)

// what is at place i is added
#define ADD(i, s) \
	MOVQ (216+8*i)(DI), R8  \
	VADDPS (R8)(AX*1), s, s

#define STORE(i, s) \
	MOVQ (8*i)(DI), R8    \
	MOVQ (72+8*i)(DI), R9 \
	ANDQ AX, R9           \
	VMOVUPS s, (R8)(R9*1)

// INPUT2X2 is all of the input transform:
//
//	v[(3i+j)*point+c] = Σ Bᵀ[i][k]·places[3k+l][c]·Bᵀ[j][l]
//
// DI v   BX R10 point × 4, 12 bytes   SI places   CX channels left   AX 4·c
// R8 R9 place or row of v
#define INPUT2X2 \
loop:                     \
	PLACE(0, V0)      \
	PLACE(1, V1)      \
	PLACE(2, V2)      \
	PLACE(3, V3)      \
	PLACE(4, V4)      \
	PLACE(5, V5)      \
	PLACE(6, V6)      \
	PLACE(7, V7)      \
	PLACE(8, V8)      \
	INPUT(V0, V3, V6) \
	INPUT(V1, V4, V7) \
	INPUT(V2, V5, V8) \
	INPUT(V0, V1, V2) \
	INPUT(V3, V4, V5) \
	INPUT(V6, V7, V8) \
	WRITE9(DI)        \
	ADDQ $BYTES, DI   \
	ADDQ $BYTES, AX   \
	SUBQ $WIDTH, CX   \
	JNZ loop          \
	VZEROUPPER        \
	RET

// OUTPUT2X2 is all of the output transform:
//
//	s = Σ Aᵀ[i][k]·m[(3k+l)*point+c]·Aᵀ[j][l] + bias[c]
//	places.x[2i+j][c] = max(s, leak*s)
//
// DI places   SI m   BX R10 point × 4, 12 bytes   DX bias   CX channels left   AX 4·c
// R8 R9 row of m or place   V9 V10 bias, leak   V11 spare
#define OUTPUT2X2 \
loop:                          \
	READ9(SI)              \
	OUTPUT(V0, V3, V6)     \
	OUTPUT(V1, V4, V7)     \
	OUTPUT(V2, V5, V8)     \
	OUTPUT(V0, V1, V2)     \
	OUTPUT(V3, V4, V5)     \
	VMOVUPS (DX)(AX*1), V9 \
	ACTIVATE(0, V0)        \
	ACTIVATE(1, V1)        \
	ACTIVATE(2, V3)        \
	ACTIVATE(3, V4)        \
	ADDQ $BYTES, SI        \
	ADDQ $BYTES, AX        \
	SUBQ $WIDTH, CX        \
	JNZ loop               \
	VZEROUPPER             \
	RET

// GRADIENT2X2 is all of the gradient transform:
//
//	v[(3i+j)*point+c] = Σ A[i][k]·places[2k+l][c]·A[j][l]
//
// DI v   BX R10 point × 4, 12 bytes   SI places   CX channels left   AX 4·c
// R8 R9 place or row of v
#define GRADIENT2X2 \
loop:                     \
	PLACE(0, V0)      \
	PLACE(1, V2)      \
	PLACE(2, V6)      \
	PLACE(3, V8)      \
	VADDPS V6, V0, V3 \
	VADDPS V8, V2, V5 \
	VADDPS V2, V0, V1 \
	VADDPS V5, V3, V4 \
	VADDPS V8, V6, V7 \
	WRITE9(DI)        \
	ADDQ $BYTES, DI   \
	ADDQ $BYTES, AX   \
	SUBQ $WIDTH, CX   \
	JNZ loop          \
	VZEROUPPER        \
	RET

// PATCH2X2 is all of the patch transform:
//
//	s = Σ B[i][k]·m[(3k+l)*point+c]·B[j][l]
//	places.x[3i+j][c] = (places.act[3i+j][c] > 0 ? s : leak*s) + places.add[3i+j][c]
//
// DI places   SI m   BX R10 point × 4, 12 bytes   CX channels left   AX 4·c
// R8 R9 row of m or place   V9 V12 spare   V10 0   V11 leak
#define PATCH2X2 \
loop:                     \
	READ9(SI)         \
	PATCH(V0, V3, V6) \
	PATCH(V1, V4, V7) \
	PATCH(V2, V5, V8) \
	PATCH(V0, V1, V2) \
	PATCH(V3, V4, V5) \
	PATCH(V6, V7, V8) \
	MASK(0, V0)       \
	MASK(1, V1)       \
	MASK(2, V2)       \
	MASK(3, V3)       \
	MASK(4, V4)       \
	MASK(5, V5)       \
	MASK(6, V6)       \
	MASK(7, V7)       \
	MASK(8, V8)       \
	ADD(0, V0)        \
	ADD(1, V1)        \
	ADD(2, V2)        \
	ADD(3, V3)        \
	ADD(6, V6)        \
	STORE(0, V0)      \
	STORE(1, V1)      \
	STORE(2, V2)      \
	STORE(3, V3)      \
	STORE(4, V4)      \
	STORE(5, V5)      \
	STORE(6, V6)      \
	STORE(7, V7)      \
	STORE(8, V8)      \
	ADDQ $BYTES, SI   \
	ADDQ $BYTES, AX   \
	SUBQ $WIDTH, CX   \
	JNZ loop          \
	VZEROUPPER        \
	RET
