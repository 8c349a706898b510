package asm_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// above are the mnemonics of extensions beside AVX2 and FMA that do not have the prefix of AVX-512.
var above = regexp.MustCompile(`^(ANDN|BEXTR|BLSI|BLSMSK|BLSR|TZCNT|LZCNT|BZHI|MULX|PDEP|PEXT|RORX|SARX|SHLX|SHRX|ADCX|ADOX|` +
	`MOVBE|VCVTPH2PS|VCVTPS2PH|VAES|VPCLMUL|VGF2P8|VPDPBUSD|VPDPWSSD|VSHA|VSM|K[A-Z]+[BWDQ]?$)`)

// beyondAVX2 says what a kernel holds that a processor with AVX2 and FMA alone does not have, or "".
func (k kernel) beyondAVX2() string {
	for _, i := range k.instructions {
		// 0x62 begins an instruction in 64-bit mode only as the prefix EVEX, of AVX-512.
		mnemonic, _, _ := strings.Cut(i.text, "\t")
		if len(i.code) > 0 && i.code[0] == 0x62 || above.MatchString(mnemonic) {
			return i.text
		}
	}
	return ""
}

// TestAVX2KernelsHoldNothingAboveAVX2 reads every instruction that the assembler makes of them.
func TestAVX2KernelsHoldNothingAboveAVX2(t *testing.T) {
	count := 0
	for _, room := range rooms {
		for _, k := range assemble(t, room, "amd64") {
			if !strings.HasSuffix(k.name, "AVX2") {
				continue
			}
			count++
			if wrong := k.beyondAVX2(); wrong != "" {
				t.Errorf("%s/%s: %s holds %s", room, k.file, k.name, wrong)
			}
		}
	}
	if count < 40 {
		t.Errorf("%d kernels read", count)
	}
}

// TestInstructionsAboveAVX2AreSeen plants them one by one.
func TestInstructionsAboveAVX2AreSeen(t *testing.T) {
	for _, c := range []struct {
		planted string
		seen    bool
	}{
		{"VADDPS Y0, Y1, Y2", false},
		{"VFMADD231PS 0x62(SI), Y1, Y2", false},
		{"MOVL $0x62626262, AX", false},
		{"VADDPS Z0, Z1, Z2", true},
		{"VADDPS Y16, Y1, Y2", true},
		{"VADDPS.BCST (SI), Y1, Y2", true},
		{"VPTERNLOGD $0x96, Y0, Y1, Y2", true},
		{"VPXORD X0, X0, X0", true},
		{"VCMPPS $1, Y0, Y1, K1", true},
		{"KMOVW AX, K1", true},
		{"SHLXQ AX, BX, CX", true},
		{"VCVTPH2PS X0, Y0", true},
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{
			"go.mod":          "module planted\n\ngo 1.24\n",
			"planted.go":      "package planted\n\nfunc plantedAVX2()\n",
			"planted_amd64.s": "#define CORE \\\n\t" + c.planted + "\n\nTEXT ·plantedAVX2(SB), 4, $0\n\tMOVQ AX, BX\n\tCORE\n\tVZEROUPPER\n\tRET\n",
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		all := assemble(t, dir, "amd64")
		if len(all) != 1 || len(all[0].instructions) != 4 {
			t.Fatalf("%s: %+v", c.planted, all)
		}
		if got := all[0].beyondAVX2(); (got != "") != c.seen {
			t.Errorf("%s: %q is seen", c.planted, got)
		}
	}
}
