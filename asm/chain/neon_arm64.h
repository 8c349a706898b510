// Vector instructions of this room that Go's assembler does not know, and those that
// it knows again under the same convention: registers are given by number, sources
// in Go's order (the second operand first), the destination last. The comment is
// what a disassembler must make of the word; a test holds each line to it.

#define FADD4S(m, n, d)   WORD $(0x4E20D400 | (m)<<16 | (n)<<5 | (d)) // FADD Vd.4S, Vn.4S, Vm.4S
#define FSUB4S(m, n, d)   WORD $(0x4EA0D400 | (m)<<16 | (n)<<5 | (d)) // FSUB Vd.4S, Vn.4S, Vm.4S
#define FMUL4S(m, n, d)   WORD $(0x6E20DC00 | (m)<<16 | (n)<<5 | (d)) // FMUL Vd.4S, Vn.4S, Vm.4S
#define FDIV4S(m, n, d)   WORD $(0x6E20FC00 | (m)<<16 | (n)<<5 | (d)) // FDIV Vd.4S, Vn.4S, Vm.4S
#define FMIN4S(m, n, d)   WORD $(0x4EA0F400 | (m)<<16 | (n)<<5 | (d)) // FMIN Vd.4S, Vn.4S, Vm.4S
#define FSQRT4S(n, d)     WORD $(0x6EA1F800 | (n)<<5 | (d)) // FSQRT Vd.4S, Vn.4S
#define FABS4S(n, d)      WORD $(0x4EA0F800 | (n)<<5 | (d)) // FABS Vd.4S, Vn.4S
#define SCVTF4S(n, d)     WORD $(0x4E21D800 | (n)<<5 | (d)) // SCVTF Vd.4S, Vn.4S

#define FADD2D(m, n, d)   WORD $(0x4E60D400 | (m)<<16 | (n)<<5 | (d)) // FADD Vd.2D, Vn.2D, Vm.2D
#define FSUB2D(m, n, d)   WORD $(0x4EE0D400 | (m)<<16 | (n)<<5 | (d)) // FSUB Vd.2D, Vn.2D, Vm.2D
#define FMUL2D(m, n, d)   WORD $(0x6E60DC00 | (m)<<16 | (n)<<5 | (d)) // FMUL Vd.2D, Vn.2D, Vm.2D
#define FMAX2D(m, n, d)   WORD $(0x4E60F400 | (m)<<16 | (n)<<5 | (d)) // FMAX Vd.2D, Vn.2D, Vm.2D
#define FMIN2D(m, n, d)   WORD $(0x4EE0F400 | (m)<<16 | (n)<<5 | (d)) // FMIN Vd.2D, Vn.2D, Vm.2D
#define FABS2D(n, d)      WORD $(0x4EE0F800 | (n)<<5 | (d)) // FABS Vd.2D, Vn.2D
#define FSQRT2D(n, d)     WORD $(0x6EE1F800 | (n)<<5 | (d)) // FSQRT Vd.2D, Vn.2D
#define FCVTN(n, d)       WORD $(0x0E616800 | (n)<<5 | (d)) // FCVTN Vd.2S, Vn.2D
#define FCVTN2(n, d)      WORD $(0x4E616800 | (n)<<5 | (d)) // FCVTN2 Vd.4S, Vn.2D
#define FCVTL(n, d)       WORD $(0x0E617800 | (n)<<5 | (d)) // FCVTL Vd.2D, Vn.2S
#define FCVTL2(n, d)      WORD $(0x4E617800 | (n)<<5 | (d)) // FCVTL2 Vd.2D, Vn.4S

#define UMULL(m, n, d)    WORD $(0x2EA0C000 | (m)<<16 | (n)<<5 | (d)) // UMULL Vd.2D, Vn.2S, Vm.2S
#define UMULL2(m, n, d)   WORD $(0x6EA0C000 | (m)<<16 | (n)<<5 | (d)) // UMULL2 Vd.2D, Vn.4S, Vm.4S
#define ADD4S(m, n, d)    WORD $(0x4EA08400 | (m)<<16 | (n)<<5 | (d)) // ADD Vd.4S, Vn.4S, Vm.4S
#define SUB4S(m, n, d)    WORD $(0x6EA08400 | (m)<<16 | (n)<<5 | (d)) // SUB Vd.4S, Vn.4S, Vm.4S
#define ADD2D(m, n, d)    WORD $(0x4EE08400 | (m)<<16 | (n)<<5 | (d)) // ADD Vd.2D, Vn.2D, Vm.2D
#define CMTST4S(m, n, d)  WORD $(0x4EA08C00 | (m)<<16 | (n)<<5 | (d)) // CMTST Vd.4S, Vn.4S, Vm.4S
#define UZP1_4S(m, n, d)  WORD $(0x4E801800 | (m)<<16 | (n)<<5 | (d)) // UZP1 Vd.4S, Vn.4S, Vm.4S
#define UZP2_4S(m, n, d)  WORD $(0x4E805800 | (m)<<16 | (n)<<5 | (d)) // UZP2 Vd.4S, Vn.4S, Vm.4S

#define AND16B(m, n, d)   WORD $(0x4E201C00 | (m)<<16 | (n)<<5 | (d)) // AND Vd.16B, Vn.16B, Vm.16B
#define ORR16B(m, n, d)   WORD $(0x4EA01C00 | (m)<<16 | (n)<<5 | (d)) // ORR Vd.16B, Vn.16B, Vm.16B
#define EOR16B(m, n, d)   WORD $(0x6E201C00 | (m)<<16 | (n)<<5 | (d)) // EOR Vd.16B, Vn.16B, Vm.16B
#define BSL16B(m, n, d)   WORD $(0x6E601C00 | (m)<<16 | (n)<<5 | (d)) // BSL Vd.16B, Vn.16B, Vm.16B
#define COPY(n, d)        WORD $(0x4EA01C00 | (n)<<16 | (n)<<5 | (d)) // MOV Vd.16B, Vn.16B

#define USHR4S(i, n, d)   WORD $(0x6F000400 | (64-(i))<<16 | (n)<<5 | (d)) // USHR Vd.4S, Vn.4S, #i
#define SHL4S(i, n, d)    WORD $(0x4F005400 | (32+(i))<<16 | (n)<<5 | (d)) // SHL Vd.4S, Vn.4S, #i
#define USHR2D(i, n, d)   WORD $(0x6F000400 | (128-(i))<<16 | (n)<<5 | (d)) // USHR Vd.2D, Vn.2D, #i
