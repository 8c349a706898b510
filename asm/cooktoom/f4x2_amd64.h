// Constants of F(4×4, 2×2): of the points ½ and 5/4, then those of G.

DATA f4x2<>+0(SB)/4, $0.5
DATA f4x2<>+4(SB)/4, $0.25
DATA f4x2<>+8(SB)/4, $1.25 // 5/4
DATA f4x2<>+12(SB)/4, $1.5625 // 25/16
DATA f4x2<>+16(SB)/4, $3.125 // 25/8
DATA f4x2<>+20(SB)/4, $1.953125 // 125/64
DATA f4x2<>+24(SB)/4, $0.3125 // 5/16
DATA f4x2<>+28(SB)/4, $0.0952380970 // 2/21
DATA f4x2<>+32(SB)/4, $0.190476194 // 4/21
DATA f4x2<>+36(SB)/4, $0.380952388 // 8/21
DATA f4x2<>+40(SB)/4, $0.304761916 // 32/105
GLOBL f4x2<>(SB), RODATA|NOPTR, $44

#define HALF            f4x2<>+0(SB)
#define QUARTER         f4x2<>+4(SB)
#define FIVE_QUARTERS   f4x2<>+8(SB)
#define SQUARE          f4x2<>+12(SB)
#define TWO_SQUARES     f4x2<>+16(SB)
#define CUBE            f4x2<>+20(SB)
#define FIVE_SIXTEENTHS f4x2<>+24(SB)
#define G_2             f4x2<>+28(SB)
#define G_4             f4x2<>+32(SB)
#define G_8             f4x2<>+36(SB)
#define G_32            f4x2<>+40(SB)

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
