// Bodies of the transforms of F(4×4, 3×3) for AVX2 and AVX-512, WIDTH channels a turn:
// see f4x3.go for the matrices. A patch does not fit in the registers: its columns are
// transformed into a buffer on the stack, and its rows from there.
//
// V0…V7 a line and what it is transformed to   V8…V13 constants   AX bytes of channels
// done   R11 buffer, [row][column]   R8 R9 addresses

DATA constants4x3<>+0(SB)/4, $0.87890625 // 225/256
DATA constants4x3<>+4(SB)/4, $2.640625 // 169/64
DATA constants4x3<>+8(SB)/4, $2.25 // 9/4
DATA constants4x3<>+12(SB)/4, $0.390625 // 25/64
DATA constants4x3<>+16(SB)/4, $0.625 // 5/8
DATA constants4x3<>+20(SB)/4, $1.5 // 3/2
DATA constants4x3<>+24(SB)/4, $0.244140625 // 125/512
DATA constants4x3<>+28(SB)/4, $3.375 // 27/8
DATA constants4x3<>+32(SB)/4, $1.1377777777777778 // 256/225
DATA constants4x3<>+36(SB)/4, $-0.68840336134453782 // -2048/2975
DATA constants4x3<>+40(SB)/4, $0.11951447245564892 // 128/1071
DATA constants4x3<>+44(SB)/4, $-0.43025210084033616 // -256/595
DATA constants4x3<>+48(SB)/4, $0.17927170868347339 // 64/357
DATA constants4x3<>+52(SB)/4, $0.26890756302521007 // 32/119
GLOBL constants4x3<>(SB), RODATA|NOPTR, $56

// the buffer, on a cache line of its own
#define BUFFER \
	LEAQ 63(SP), R11 \
	ANDQ $~63, R11

// a place of channels
#define PLACE(i, d) \
	MOVQ (8*(i))(SI), R8 \
	VMOVUPS (R8)(AX*1), d

// buffer[i][j] = d
#define KEEP(i, j, d) \
	VMOVUPS d, ((6*(i)+(j))*BYTES)(R11)

// row i of the buffer to V0…V5
#define ROW(i) \
	VMOVUPS ((6*(i)+0)*BYTES)(R11), V0 \
	VMOVUPS ((6*(i)+1)*BYTES)(R11), V1 \
	VMOVUPS ((6*(i)+2)*BYTES)(R11), V2 \
	VMOVUPS ((6*(i)+3)*BYTES)(R11), V3 \
	VMOVUPS ((6*(i)+4)*BYTES)(R11), V4 \
	VMOVUPS ((6*(i)+5)*BYTES)(R11), V5

// the six points of a row, DI to the next; BX R10 R12	point × 4, 12, 20 bytes
#define WRITE(a, b, c, d, e, f) \
	VMOVUPS a, (DI)        \
	VMOVUPS b, (DI)(BX*1)  \
	VMOVUPS c, (DI)(BX*2)  \
	VMOVUPS d, (DI)(R10*1) \
	VMOVUPS e, (DI)(BX*4)  \
	VMOVUPS f, (DI)(R12*1) \
	LEAQ (DI)(R10*2), DI

#define CONSTANT(i, c) \
	VBROADCASTSS constants4x3<>+(4*(i))(SB), c

// V8…V13 = 225/256, 169/64, 9/4, 25/64, 5/8, 3/2
#define INPUTCONSTANTS \
	CONSTANT(0, V8)  \
	CONSTANT(1, V9)  \
	CONSTANT(2, V10) \
	CONSTANT(3, V11) \
	CONSTANT(4, V12) \
	CONSTANT(5, V13)

// (V0 V1 V6 V2 V4 V5) = Bᵀ·(V0 V1 V2 V3 V4 V5)
#define INPUT \
	VMOVAPS V4, V6           \
	VFMADD213PS V4, V8, V0   \
	VMOVAPS V3, V7           \
	VFMADD231PS V8, V1, V5   \
	VFNMADD231PS V10, V2, V6 \
	VFNMADD231PS V10, V1, V7 \
	VFNMADD231PS V9, V2, V0  \
	VFNMADD231PS V9, V3, V5  \
	VFNMADD231PS V11, V2, V4 \
	VFNMADD231PS V11, V1, V3 \
	VMOVAPS V6, V1           \
	VFMADD231PS V12, V7, V1  \
	VFNMADD231PS V12, V7, V6 \
	VMOVAPS V4, V2           \
	VFMADD231PS V13, V3, V2  \
	VFNMADD231PS V13, V3, V4

// column j of a patch into the buffer
#define INPUTCOLUMN(j) \
	PLACE(j, V0)    \
	PLACE(6+j, V1)  \
	PLACE(12+j, V2) \
	PLACE(18+j, V3) \
	PLACE(24+j, V4) \
	PLACE(30+j, V5) \
	INPUT           \
	KEEP(0, j, V0)  \
	KEEP(1, j, V1)  \
	KEEP(2, j, V6)  \
	KEEP(3, j, V2)  \
	KEEP(4, j, V4)  \
	KEEP(5, j, V5)

#define INPUTROW(i) \
	ROW(i) \
	INPUT  \
	WRITE(V0, V1, V6, V2, V4, V5)

// v[(6i+j)*point+c] = Σ Bᵀ[i][k]·places[6k+l][c]·Bᵀ[j][l] for the channels at AX
#define INPUTPATCH \
	INPUTCOLUMN(0)       \
	INPUTCOLUMN(1)       \
	INPUTCOLUMN(2)       \
	INPUTCOLUMN(3)       \
	INPUTCOLUMN(4)       \
	INPUTCOLUMN(5)       \
	LEAQ (R13)(AX*1), DI \
	INPUTROW(0)          \
	INPUTROW(1)          \
	INPUTROW(2)          \
	INPUTROW(3)          \
	INPUTROW(4)          \
	INPUTROW(5)

// V8…V13 = 125/512, 27/8, 9/4, 25/64, 5/8, 3/2
#define OUTPUTCONSTANTS \
	CONSTANT(6, V8)  \
	CONSTANT(7, V9)  \
	CONSTANT(2, V10) \
	CONSTANT(3, V11) \
	CONSTANT(4, V12) \
	CONSTANT(5, V13)

// (V0 V2 V1 V5) = Aᵀ·(V0 V1 V2 V3 V4 V5)
#define OUTPUT \
	VSUBPS V2, V1, V6       \
	VADDPS V2, V1, V1       \
	VSUBPS V4, V3, V7       \
	VADDPS V4, V3, V3       \
	VMULPS V12, V6, V2      \
	VADDPS V1, V0, V0       \
	VFMADD231PS V8, V6, V5  \
	VMULPS V11, V1, V1      \
	VFMADD231PS V13, V7, V2 \
	VADDPS V3, V0, V0       \
	VFMADD231PS V9, V7, V5  \
	VFMADD231PS V10, V3, V1

// column j of the products, point j at SI, to V0…V5, SI to the next;
// BX R12	point × 4, 24 bytes
#define COLUMN \
	LEAQ (SI)(R12*2), R9    \
	ADDQ R12, R9            \
	VMOVUPS (SI), V0        \
	VMOVUPS (SI)(R12*1), V1 \
	VMOVUPS (SI)(R12*2), V2 \
	VMOVUPS (R9), V3        \
	VMOVUPS (R9)(R12*1), V4 \
	VMOVUPS (R9)(R12*2), V5 \
	ADDQ BX, SI

// column j of the products into the buffer
#define OUTPUTCOLUMN(j) \
	COLUMN         \
	OUTPUT         \
	KEEP(0, j, V0) \
	KEEP(1, j, V2) \
	KEEP(2, j, V1) \
	KEEP(3, j, V5)

// the rows Aᵀ·m of the channels at AX into the buffer
#define OUTPUTCOLUMNS \
	LEAQ (R13)(AX*1), SI \
	OUTPUTCOLUMN(0)      \
	OUTPUTCOLUMN(1)      \
	OUTPUTCOLUMN(2)      \
	OUTPUTCOLUMN(3)      \
	OUTPUTCOLUMN(4)      \
	OUTPUTCOLUMN(5)

// place i of the tile, those outside stay at their first vector
#define STORE(i, s) \
	MOVQ (8*(i))(DI), R8     \
	MOVQ (128+8*(i))(DI), R9 \
	ANDQ AX, R9              \
	VMOVUPS s, (R8)(R9*1)

// place i = max(s+bias, leak·(s+bias))
#define ACTIVATE(i, s) \
	VADDPS V14, s, s  \
	VMULPS V15, s, V6 \
	VMAXPS s, V6, s   \
	STORE(i, s)

#define ACTIVATEROW(i) \
	ROW(i)              \
	OUTPUT              \
	ACTIVATE(4*i, V0)   \
	ACTIVATE(4*i+1, V2) \
	ACTIVATE(4*i+2, V1) \
	ACTIVATE(4*i+3, V5)

// place i = s where act > 0 and leak·s elsewhere
#define MASKED(i, s) \
	MOVQ (256+8*(i))(DI), R8   \
	VMOVUPS (R8)(AX*1), V6     \
	LEAKY(V6, V14, V15, s, V7) \
	STORE(i, s)

#define MASKEDROW(i) \
	ROW(i)            \
	OUTPUT            \
	MASKED(4*i, V0)   \
	MASKED(4*i+1, V2) \
	MASKED(4*i+2, V1) \
	MASKED(4*i+3, V5)

// (V0 V4 V6 V5 V2 V3) = A·(V0 V1 V2 V3)
#define GRADIENT \
	VMOVAPS V0, V6          \
	VMULPS V12, V1, V7      \
	VMULPS V13, V1, V1      \
	VFMADD231PS V11, V2, V6 \
	VFMADD231PS V8, V3, V7  \
	VFMADD213PS V0, V10, V2 \
	VFMADD231PS V9, V3, V1  \
	VADDPS V7, V6, V4       \
	VSUBPS V7, V6, V6       \
	VADDPS V1, V2, V5       \
	VSUBPS V1, V2, V2

#define GRADIENTCOLUMN(j) \
	PLACE(j, V0)    \
	PLACE(4+j, V1)  \
	PLACE(8+j, V2)  \
	PLACE(12+j, V3) \
	GRADIENT        \
	KEEP(0, j, V0)  \
	KEEP(1, j, V4)  \
	KEEP(2, j, V6)  \
	KEEP(3, j, V5)  \
	KEEP(4, j, V2)  \
	KEEP(5, j, V3)

#define GRADIENTROW(i) \
	VMOVUPS ((6*(i)+0)*BYTES)(R11), V0 \
	VMOVUPS ((6*(i)+1)*BYTES)(R11), V1 \
	VMOVUPS ((6*(i)+2)*BYTES)(R11), V2 \
	VMOVUPS ((6*(i)+3)*BYTES)(R11), V3 \
	GRADIENT                           \
	WRITE(V0, V4, V6, V5, V2, V3)

// v[(6i+j)*point+c] = Σ A[i][k]·places[4k+l][c]·A[j][l] for the channels at AX
#define GRADIENTTILE \
	GRADIENTCOLUMN(0)    \
	GRADIENTCOLUMN(1)    \
	GRADIENTCOLUMN(2)    \
	GRADIENTCOLUMN(3)    \
	LEAQ (R13)(AX*1), DI \
	GRADIENTROW(0)       \
	GRADIENTROW(1)       \
	GRADIENTROW(2)       \
	GRADIENTROW(3)       \
	GRADIENTROW(4)       \
	GRADIENTROW(5)

// V8…V13 = 256/225, −2048/2975, 128/1071, −256/595, 64/357, 32/119
#define FOLDCONSTANTS \
	CONSTANT(8, V8)   \
	CONSTANT(9, V9)   \
	CONSTANT(10, V10) \
	CONSTANT(11, V11) \
	CONSTANT(12, V12) \
	CONSTANT(13, V13)

// (V0 V2 V5) = Gᵀ·(V0 V1 V2 V3 V4 V5)
#define FOLD \
	VSUBPS V2, V1, V6       \
	VADDPS V2, V1, V1       \
	VSUBPS V4, V3, V7       \
	VADDPS V4, V3, V3       \
	VMULPS V8, V0, V0       \
	VMULPS V11, V6, V2      \
	VSUBPS V1, V3, V4       \
	VFMADD231PS V9, V1, V0  \
	VFMADD231PS V12, V7, V2 \
	VFMADD231PS V13, V4, V5 \
	VFMADD231PS V10, V3, V0

#define FOLDCOLUMN(j) \
	COLUMN         \
	FOLD           \
	KEEP(0, j, V0) \
	KEEP(1, j, V2) \
	KEEP(2, j, V5)

#define FOLDROW(i) \
	ROW(i)                             \
	FOLD                               \
	VMOVUPS V0, (192*(i))(DI)(AX*1)    \
	VMOVUPS V2, (192*(i)+64)(DI)(AX*1) \
	VMOVUPS V5, (192*(i)+128)(DI)(AX*1)

// INPUT4X3 is all of the input transform:
//
//	v[(6i+j)*point+c] = Σ Bᵀ[i][k]·places[6k+l][c]·Bᵀ[j][l]
//
// for the tiles of a run, step and next bytes further each.
//
// R13 v   DI row of v   BX R10 R12 point × 4, 12, 20 bytes   SI places   CX channels left
#define INPUT4X3(channels, tiles, step, next) \
tile:                     \
	MOVQ channels, CX \
loop:                     \
	INPUTPATCH        \
	ADDQ $BYTES, AX   \
	SUBQ $WIDTH, CX   \
	JNZ loop          \
	ADDQ step, AX     \
	ADDQ next, R13    \
	DECQ tiles        \
	JNZ tile          \
	VZEROUPPER        \
	RET

// OUTPUT4X3 is all of the output transform:
//
//	s = Σ Aᵀ[i][k]·m[(6k+l)*point+c]·Aᵀ[j][l] + bias[c]
//	tile.x[4i+j][c] = max(s, leak*s)
//
// for the tiles of a run.
//
// DI tile   R13 m   SI point of m   BX R12 point × 4, 24 bytes   DX bias less the bytes
// of the tiles done   CX channels left   V14 V15 bias, leak
#define OUTPUT4X3(channels, tiles, step, next) \
tile:                           \
	MOVQ channels, CX       \
loop:                           \
	OUTPUTCOLUMNS           \
	VMOVUPS (DX)(AX*1), V14 \
	ACTIVATEROW(0)          \
	ACTIVATEROW(1)          \
	ACTIVATEROW(2)          \
	ACTIVATEROW(3)          \
	ADDQ $BYTES, AX         \
	SUBQ $WIDTH, CX         \
	JNZ loop                \
	MOVQ channels, CX       \
	SHLQ $2, CX             \
	ADDQ step, CX           \
	SUBQ CX, DX             \
	ADDQ step, AX           \
	ADDQ next, R13          \
	DECQ tiles              \
	JNZ tile                \
	VZEROUPPER              \
	RET

// MASKED4X3 is all of the output transform with a mask:
//
//	s = Σ Aᵀ[i][k]·m[(6k+l)*point+c]·Aᵀ[j][l]
//	tile.x[4i+j][c] = s where tile.act[4i+j][c] > 0, leak*s elsewhere
//
// for the tiles of a run.
//
// DI tile   R13 m   SI point of m   BX R12 point × 4, 24 bytes   CX channels left
// V14 V15 0, leak   K1 of AVX-512 act is not positive
#define MASKED4X3(channels, tiles, step, next) \
tile:                     \
	MOVQ channels, CX \
loop:                     \
	OUTPUTCOLUMNS     \
	MASKEDROW(0)      \
	MASKEDROW(1)      \
	MASKEDROW(2)      \
	MASKEDROW(3)      \
	ADDQ $BYTES, AX   \
	SUBQ $WIDTH, CX   \
	JNZ loop          \
	ADDQ step, AX     \
	ADDQ next, R13    \
	DECQ tiles        \
	JNZ tile          \
	VZEROUPPER        \
	RET

// GRADIENT4X3 is all of the gradient transform:
//
//	v[(6i+j)*point+c] = Σ A[i][k]·places[4k+l][c]·A[j][l]
//
// for the tiles of a run.
//
// R13 v   DI row of v   BX R10 R12 point × 4, 12, 20 bytes   SI places   CX channels left
#define GRADIENT4X3(channels, tiles, step, next) \
tile:                     \
	MOVQ channels, CX \
loop:                     \
	GRADIENTTILE      \
	ADDQ $BYTES, AX   \
	SUBQ $WIDTH, CX   \
	JNZ loop          \
	ADDQ step, AX     \
	ADDQ next, R13    \
	DECQ tiles        \
	JNZ tile          \
	VZEROUPPER        \
	RET

// FOLD4X3 is all of the fold of sixteen channels:
//
//	taps[3i+j][c] = Σ G[k][i]·m[(6k+l)*point+c]·G[l][j]
//
// DI taps   R13 m   SI point of m   BX R12 point × 4, 24 bytes
#define FOLD4X3 \
loop:                        \
	LEAQ (R13)(AX*1), SI \
	FOLDCOLUMN(0)        \
	FOLDCOLUMN(1)        \
	FOLDCOLUMN(2)        \
	FOLDCOLUMN(3)        \
	FOLDCOLUMN(4)        \
	FOLDCOLUMN(5)        \
	FOLDROW(0)           \
	FOLDROW(1)           \
	FOLDROW(2)           \
	ADDQ $BYTES, AX      \
	CMPQ AX, $64         \
	JLT loop             \
	VZEROUPPER           \
	RET
