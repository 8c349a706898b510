// Loops of the elementwise NEON kernels, eight elements a turn. A core is a macro
// that computes one register from others, given by number; elements that fill no
// turn are left to the Go code.
//
// R0 dst   R1, R2, R4 sources   R3 blocks of eight   V0…V5 x, y, z and the results

// MAP1 is dst[i] = core(x[i]): core(x, d) with x in R1.
#define MAP1(core) \
loop:                                 \
	VLD1.P 32(R1), [V0.S4, V1.S4] \
	core(0, 2)                    \
	core(1, 3)                    \
	VST1.P [V2.S4, V3.S4], 32(R0) \
	SUB $1, R3                    \
	CBNZ R3, loop                 \
	RET

// MAP2 is dst[i] = core(x[i], y[i]): core(x, y) leaves its result in y's
// register, x in R1, y in R2.
#define MAP2(core) \
loop:                                 \
	VLD1.P 32(R1), [V0.S4, V1.S4] \
	VLD1.P 32(R2), [V2.S4, V3.S4] \
	core(0, 2)                    \
	core(1, 3)                    \
	VST1.P [V2.S4, V3.S4], 32(R0) \
	SUB $1, R3                    \
	CBNZ R3, loop                 \
	RET

// MAP3 is dst[i] = core(x[i], y[i], z[i]): core(x, y, z) leaves its result in y's
// register, x in R1, y in R2, z in R4.
#define MAP3(core) \
loop:                                 \
	VLD1.P 32(R1), [V0.S4, V1.S4] \
	VLD1.P 32(R2), [V2.S4, V3.S4] \
	VLD1.P 32(R4), [V4.S4, V5.S4] \
	core(0, 2, 4)                 \
	core(1, 3, 5)                 \
	VST1.P [V2.S4, V3.S4], 32(R0) \
	SUB $1, R3                    \
	CBNZ R3, loop                 \
	RET

// BROADCAST sets a register to the float32 argument at an address. It uses R10.
#define BROADCAST(argument, v) \
	MOVWU argument, R10 \
	VDUP R10, v
