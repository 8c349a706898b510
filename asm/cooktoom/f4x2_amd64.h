// Constants of the matrices of F(4×4, 2×2).

DATA halves<>+0(SB)/4, $0.5
DATA halves<>+4(SB)/4, $1.5
DATA halves<>+8(SB)/4, $0.25
DATA halves<>+12(SB)/4, $0.125
GLOBL halves<>(SB), RODATA|NOPTR, $16

#define HALF         halves<>+0(SB)
#define THREE_HALVES halves<>+4(SB)
#define QUARTER      halves<>+8(SB)
#define EIGHTH       halves<>+12(SB)

DATA thirds<>+0(SB)/4, $0.33333334
DATA thirds<>+4(SB)/4, $-1.3333334
DATA thirds<>+8(SB)/4, $1.3333334
DATA thirds<>+12(SB)/4, $2.0
GLOBL thirds<>(SB), RODATA|NOPTR, $16

#define THIRD             thirds<>+0(SB)
#define MINUS_FOUR_THIRDS thirds<>+4(SB)
#define FOUR_THIRDS       thirds<>+8(SB)
#define TWO               thirds<>+12(SB)

// The numbers of the lanes.
DATA lanes<>+0(SB)/4, $0
DATA lanes<>+4(SB)/4, $1
DATA lanes<>+8(SB)/4, $2
DATA lanes<>+12(SB)/4, $3
DATA lanes<>+16(SB)/4, $4
DATA lanes<>+20(SB)/4, $5
DATA lanes<>+24(SB)/4, $6
DATA lanes<>+28(SB)/4, $7
DATA lanes<>+32(SB)/4, $8
DATA lanes<>+36(SB)/4, $9
DATA lanes<>+40(SB)/4, $10
DATA lanes<>+44(SB)/4, $11
DATA lanes<>+48(SB)/4, $12
DATA lanes<>+52(SB)/4, $13
DATA lanes<>+56(SB)/4, $14
DATA lanes<>+60(SB)/4, $15
GLOBL lanes<>(SB), RODATA|NOPTR, $64

#define LANES lanes<>(SB)
