package asm_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"
)

// kernel is a TEXT block as the assembler made it.
type kernel struct {
	name, file   string // without package and folder
	line         int    // of TEXT
	comment      string // above TEXT
	instructions []instruction
}

type instruction struct {
	at         int
	text, file string
	line       int
	code       []byte
}

var (
	listedText = regexp.MustCompile(`^\S+\.(\w+) STEXT`)
	listedLine = regexp.MustCompile(`^\t0x[0-9a-f]+ (\d+) \((.*):(\d+)\)\t(.*)$`)
	listedCode = regexp.MustCompile(`^\t0x([0-9a-f]+) ((?:[0-9a-f]{2} )+) `)
)

// assemble returns the kernels of the package in a folder as the assembler makes them for a processor.
func assemble(t *testing.T, folder, arch string) []kernel {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil || runtime.GOARCH == "arm64" && arch == "amd64" {
		t.Skip("no assembler here")
	}
	command := exec.Command("go", "build", "-asmflags=-S", ".")
	command.Dir = folder
	command.Env = append(os.Environ(), "GOARCH="+arch, "CGO_ENABLED=0", "GOFLAGS=")
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var all []kernel
	var code []byte
	finish := func() {
		if len(all) == 0 {
			return
		}
		list := all[len(all)-1].instructions
		for i := range list {
			end := len(code)
			if i+1 < len(list) {
				end = list[i+1].at
			}
			list[i].code = code[list[i].at:end]
		}
		code = nil
	}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		if m := listedText.FindStringSubmatch(lines.Text()); m != nil {
			finish()
			all = append(all, kernel{name: m[1]})
			continue
		}
		if len(all) == 0 {
			continue
		}
		k := &all[len(all)-1]
		if m := listedLine.FindStringSubmatch(lines.Text()); m != nil {
			at, _ := strconv.Atoi(m[1])
			line, _ := strconv.Atoi(m[3])
			switch op, _, _ := strings.Cut(m[4], "\t"); op {
			case "TEXT":
				k.file, k.line = filepath.Base(m[2]), line
				k.comment = commentAbove(t, filepath.Join(folder, k.file), line)
			case "FUNCDATA", "PCDATA", "NOP":
			default:
				k.instructions = append(k.instructions, instruction{at: at, text: m[4], file: m[2], line: line})
			}
		} else if m := listedCode.FindStringSubmatch(lines.Text()); m != nil {
			b, err := hex.DecodeString(strings.ReplaceAll(m[2], " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			code = append(code, b...)
		}
	}
	finish()
	return all
}

// commentAbove returns the comment that ends above a line of a file.
func commentAbove(t *testing.T, file string, line int) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	from := line - 1
	for from > 0 && strings.HasPrefix(lines[from-1], "//") {
		from--
	}
	return strings.Join(lines[from:line-1], "\n")
}

// registers returns the registers that an instruction names: vectors by number, whatever their width.
func (i instruction) registers(arch string) []string {
	text := i.text
	if arch == "arm64" && len(i.code) == 4 {
		if decoded, err := arm64asm.Decode(i.code); err == nil && binary.LittleEndian.Uint32(i.code) != 0 && strings.HasPrefix(text, "WORD") {
			text = decoded.String()
		}
	}
	return registersIn(text, arch)
}

var registerName = map[string]*regexp.Regexp{
	"amd64": regexp.MustCompile(`\b(?:([XYZV])(\d+)|(AX|BX|CX|DX|SI|DI|R\d+|K\d))\b`),
	"arm64": regexp.MustCompile(`\b(?:([V])(\d+)|(R\d+))\b`),
}

func registersIn(text, arch string) []string {
	var all []string
	for _, m := range registerName[arch].FindAllStringSubmatch(text, -1) {
		if m[1] != "" {
			all = append(all, "vector "+m[2])
		} else {
			all = append(all, m[3])
		}
	}
	return all
}
