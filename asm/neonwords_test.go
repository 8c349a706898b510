package asm_test

import (
	"bufio"
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"
)

var neonLine = regexp.MustCompile(`^#define (\w+)\(([a-z, ]+)\)\s+WORD \$\((.*)\) // (.+)$`)

// TestNEONWords decodes every hand-encoded instruction with registers of all
// sizes of number, and compares it with its comment.
func TestNEONWords(t *testing.T) {
	headers, err := filepath.Glob("*/neon_arm64.h")
	if err != nil || len(headers) < 5 {
		t.Fatalf("headers %v, %v", headers, err)
	}
	for _, header := range headers {
		t.Run(filepath.Dir(header), func(t *testing.T) {
			neonWords(t, header)
			neonWordsAreUsed(t, header)
		})
	}
}

// neonWordsAreUsed holds a header to the instructions of its room, and the room to writing no others by hand.
func neonWordsAreUsed(t *testing.T, header string) {
	room := filepath.Dir(header)
	s := source{kernels: map[string]block{}, macros: map[string]block{}}
	s.read(t, room, filepath.Base(header))
	files, err := filepath.Glob(filepath.Join(room, "*_arm64.[sh]"))
	if err != nil {
		t.Fatal(err)
	}
	var uses string
	for _, file := range files {
		if file == header {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "WORD $") {
			t.Errorf("%s has a WORD of its own", file)
		}
		uses += string(text)
	}
	for name := range s.macros {
		if !regexp.MustCompile(`\b` + name + `\(`).MatchString(uses) {
			t.Errorf("%s: %s is not used", header, name)
		}
	}
}

func neonWords(t *testing.T, header string) {
	f, err := os.Open(header)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	count := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if !strings.HasPrefix(lines.Text(), "#define") {
			continue
		}
		m := neonLine.FindStringSubmatch(lines.Text())
		if m == nil {
			t.Errorf("line is not of the form “#define NAME(…) WORD $(…) // comment”: %s", lines.Text())
			continue
		}
		count++
		name, word, comment := m[1], m[3], m[4]
		for _, numbers := range [][3]int{{0, 1, 2}, {31, 30, 29}, {5, 16, 21}, {10, 8, 27}} {
			expression, want := word, comment
			for i, argument := range strings.Split(m[2], ", ") {
				n := numbers[i]
				if argument == "i" {
					n = 1 + n%31
					want = strings.Replace(want, "#i", fmt.Sprintf("#%d", n), 1)
				}
				expression = strings.ReplaceAll(expression, "("+argument+")", fmt.Sprintf("(%d)", n))
				want = strings.ReplaceAll(want, "V"+argument+".", fmt.Sprintf("V%d.", n))
			}
			value, err := types.Eval(token.NewFileSet(), nil, token.NoPos, expression)
			if err != nil {
				t.Fatalf("%s: %s: %v", name, expression, err)
			}
			bits, _ := constant.Uint64Val(value.Value)
			got := "nothing"
			if instruction, err := arm64asm.Decode([]byte{byte(bits), byte(bits >> 8), byte(bits >> 16), byte(bits >> 24)}); err == nil {
				got = instruction.String()
			}
			if normal(got) != normal(want) {
				t.Errorf("%s%v is %#08x: %s, want %s", name, numbers, bits, got, want)
			}
		}
	}
	if count < 5 {
		t.Errorf("%d instructions read", count)
	}
}

// normal spells an instruction in one way.
func normal(s string) string {
	s = strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	return regexp.MustCompile(`#0X([0-9A-F]+)`).ReplaceAllStringFunc(s, func(hex string) string {
		var n int
		fmt.Sscanf(hex, "#0X%X", &n)
		return fmt.Sprintf("#%d", n)
	})
}
