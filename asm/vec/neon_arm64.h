// Vector instructions of this room that Go's assembler does not know, and those that
// it knows again under the same convention: registers are given by number, sources
// in Go's order (the second operand first), the destination last. The comment is
// what a disassembler must make of the word; a test holds each line to it.

#define FADD4S(m, n, d)   WORD $(0x4E20D400 | (m)<<16 | (n)<<5 | (d)) // FADD Vd.4S, Vn.4S, Vm.4S
#define FSUB4S(m, n, d)   WORD $(0x4EA0D400 | (m)<<16 | (n)<<5 | (d)) // FSUB Vd.4S, Vn.4S, Vm.4S
#define FMUL4S(m, n, d)   WORD $(0x6E20DC00 | (m)<<16 | (n)<<5 | (d)) // FMUL Vd.4S, Vn.4S, Vm.4S
#define FDIV4S(m, n, d)   WORD $(0x6E20FC00 | (m)<<16 | (n)<<5 | (d)) // FDIV Vd.4S, Vn.4S, Vm.4S
#define FMAX4S(m, n, d)   WORD $(0x4E20F400 | (m)<<16 | (n)<<5 | (d)) // FMAX Vd.4S, Vn.4S, Vm.4S
#define FMIN4S(m, n, d)   WORD $(0x4EA0F400 | (m)<<16 | (n)<<5 | (d)) // FMIN Vd.4S, Vn.4S, Vm.4S
#define FCMGT4S(m, n, d)  WORD $(0x6EA0E400 | (m)<<16 | (n)<<5 | (d)) // FCMGT Vd.4S, Vn.4S, Vm.4S
#define FSQRT4S(n, d)     WORD $(0x6EA1F800 | (n)<<5 | (d)) // FSQRT Vd.4S, Vn.4S
#define SCVTF4S(n, d)     WORD $(0x4E21D800 | (n)<<5 | (d)) // SCVTF Vd.4S, Vn.4S
#define FNEG4S(n, d)      WORD $(0x6EA0F800 | (n)<<5 | (d)) // FNEG Vd.4S, Vn.4S

#define ADD4S(m, n, d)    WORD $(0x4EA08400 | (m)<<16 | (n)<<5 | (d)) // ADD Vd.4S, Vn.4S, Vm.4S
#define SUB4S(m, n, d)    WORD $(0x6EA08400 | (m)<<16 | (n)<<5 | (d)) // SUB Vd.4S, Vn.4S, Vm.4S
#define CMTST4S(m, n, d)  WORD $(0x4EA08C00 | (m)<<16 | (n)<<5 | (d)) // CMTST Vd.4S, Vn.4S, Vm.4S

#define AND16B(m, n, d)   WORD $(0x4E201C00 | (m)<<16 | (n)<<5 | (d)) // AND Vd.16B, Vn.16B, Vm.16B
#define ORR16B(m, n, d)   WORD $(0x4EA01C00 | (m)<<16 | (n)<<5 | (d)) // ORR Vd.16B, Vn.16B, Vm.16B
#define BSL16B(m, n, d)   WORD $(0x6E601C00 | (m)<<16 | (n)<<5 | (d)) // BSL Vd.16B, Vn.16B, Vm.16B
#define COPY(n, d)        WORD $(0x4EA01C00 | (n)<<16 | (n)<<5 | (d)) // MOV Vd.16B, Vn.16B

#define SSHR4S(i, n, d)   WORD $(0x4F000400 | (64-(i))<<16 | (n)<<5 | (d)) // SSHR Vd.4S, Vn.4S, #i
#define SHL4S(i, n, d)    WORD $(0x4F005400 | (32+(i))<<16 | (n)<<5 | (d)) // SHL Vd.4S, Vn.4S, #i
