package asm_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// rooms are the folders with assembly.
var rooms = []string{"vec", "reduce", "chain", "gemm", "cooktoom", "peak"}

// kernel is a TEXT block as the assembler made it.
type kernel struct {
	name, file   string // without package and folder
	line         int    // of TEXT
	instructions []instruction
}

type instruction struct {
	at   int // from the kernel's start, in bytes
	line int // of its source
	text string
	code []byte
}

var (
	listedText = regexp.MustCompile(`^\S+\.(\w+) STEXT`)
	listedLine = regexp.MustCompile(`^\t0x[0-9a-f]+ (\d+) \((.*):(\d+)\)\t(.*)$`)
	listedCode = regexp.MustCompile(`^\t0x[0-9a-f]+ ((?:[0-9a-f]{2} )+) `)
)

// assemble returns the kernels of the package in a folder, macros and headers gone, as the assembler lists them.
func assemble(t *testing.T, folder, arch string) []kernel {
	t.Helper()
	if testing.Short() || runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("listings are read once, on one machine")
	}
	command := exec.Command("go", "build", "-asmflags=-S", ".")
	command.Dir = folder
	command.Env = append(os.Environ(), "GOARCH="+arch, "CGO_ENABLED=0", "GOFLAGS=")
	listing, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, listing)
	}
	var all []kernel
	var code []byte
	for lines := bufio.NewScanner(bytes.NewReader(listing)); lines.Scan(); {
		line := lines.Text()
		if m := listedText.FindStringSubmatch(line); m != nil {
			all, code = append(all, kernel{name: m[1]}), nil
			continue
		}
		if len(all) == 0 {
			continue
		}
		k := &all[len(all)-1]
		if m := listedLine.FindStringSubmatch(line); m != nil {
			at, _ := strconv.Atoi(m[1])
			source, _ := strconv.Atoi(m[3])
			switch operation, _, _ := strings.Cut(m[4], "\t"); operation {
			case "TEXT":
				k.file, k.line = filepath.Base(m[2]), source
			case "FUNCDATA", "PCDATA", "NOP", "PCALIGN":
			default:
				k.instructions = append(k.instructions, instruction{at: at, line: source, text: m[4]})
			}
		} else if m := listedCode.FindStringSubmatch(line); m != nil {
			b, err := hex.DecodeString(strings.ReplaceAll(m[1], " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			code = append(code, b...)
			for i := range k.instructions {
				end := len(code)
				if i+1 < len(k.instructions) {
					end = min(end, k.instructions[i+1].at)
				}
				k.instructions[i].code = code[min(k.instructions[i].at, end):end]
			}
		}
	}
	return all
}
