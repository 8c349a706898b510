// Vector instructions of this room that Go's assembler does not know, and those that
// it knows again under the same convention: registers are given by number, sources
// in Go's order (the second operand first), the destination last. The comment is
// what a disassembler must make of the word; a test holds each line to it.

#define FADD4S(m, n, d)   WORD $(0x4E20D400 | (m)<<16 | (n)<<5 | (d)) // FADD Vd.4S, Vn.4S, Vm.4S
#define FSUB4S(m, n, d)   WORD $(0x4EA0D400 | (m)<<16 | (n)<<5 | (d)) // FSUB Vd.4S, Vn.4S, Vm.4S
#define FMUL4S(m, n, d)   WORD $(0x6E20DC00 | (m)<<16 | (n)<<5 | (d)) // FMUL Vd.4S, Vn.4S, Vm.4S
#define FCMGT4S(m, n, d)  WORD $(0x6EA0E400 | (m)<<16 | (n)<<5 | (d)) // FCMGT Vd.4S, Vn.4S, Vm.4S
#define FMLA4S(m, n, d)   WORD $(0x4E20CC00 | (m)<<16 | (n)<<5 | (d)) // FMLA Vd.4S, Vn.4S, Vm.4S
#define FMLS4S(m, n, d)   WORD $(0x4EA0CC00 | (m)<<16 | (n)<<5 | (d)) // FMLS Vd.4S, Vn.4S, Vm.4S

#define BSL16B(m, n, d)   WORD $(0x6E601C00 | (m)<<16 | (n)<<5 | (d)) // BSL Vd.16B, Vn.16B, Vm.16B
#define COPY(n, d)        WORD $(0x4EA01C00 | (n)<<16 | (n)<<5 | (d)) // MOV Vd.16B, Vn.16B
