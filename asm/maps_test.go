package asm_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"
)

// source is an assembly file with its headers: comments, and what stands below them.
type source struct {
	kernels map[string]block // by name
	macros  map[string]block
	free    string // comments that belong to neither
}

type block struct{ comment, body string }

var (
	textLine    = regexp.MustCompile(`^TEXT ·(\w+)\(SB\)`)
	defineLine  = regexp.MustCompile(`^#define (\w+)`)
	includeLine = regexp.MustCompile(`^#include "(\w+\.h)"`)
	identifier  = regexp.MustCompile(`\w+`)
)

// read adds a file of a folder to s.
func (s *source) read(t *testing.T, folder, file string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, file))
	if err != nil {
		if file == "textflag.h" || file == "go_asm.h" {
			return
		}
		t.Fatal(err)
	}
	var comment []string
	kernel := ""
	for lines := strings.Split(string(text), "\n"); len(lines) > 0; lines = lines[1:] {
		line := lines[0]
		if strings.HasPrefix(line, "//") {
			comment = append(comment, line)
			continue
		}
		above := strings.Join(comment, "\n")
		comment = nil
		if m := includeLine.FindStringSubmatch(line); m != nil {
			s.read(t, folder, m[1])
		} else if m := defineLine.FindStringSubmatch(line); m != nil {
			body := line
			for ; strings.Contains(lines[0], `\`); lines = lines[1:] {
				body += "\n" + lines[1]
			}
			s.macros[m[1]] = block{above, body}
			continue
		} else if m := textLine.FindStringSubmatch(line); m != nil {
			kernel = m[1]
			s.kernels[kernel] = block{comment: above}
			continue
		} else if kernel != "" {
			k := s.kernels[kernel]
			k.body += line + "\n"
			s.kernels[kernel] = k
		}
		s.free += above + "\n"
	}
}

// comments returns what the macros of a body, and theirs, say above them.
func (s *source) comments(body string, seen map[string]bool) (all string) {
	for _, name := range identifier.FindAllString(body, -1) {
		if m, is := s.macros[name]; is && !seen[name] {
			seen[name] = true
			all += m.comment + "\n" + s.comments(m.body, seen)
		}
	}
	return all
}

// alike returns the comment of the kernel that a comment refers to as “As name”.
func (s *source) alike(comment string) string {
	if m := asName.FindStringSubmatch(comment); m != nil {
		return s.kernels[m[1]].comment
	}
	return ""
}

var (
	asName     = regexp.MustCompile(`\bAs (\w+)`)
	rangeOf    = regexp.MustCompile(`\b([XYZVRK])(\d+)…[XYZVRK](\d+)`)
	registerIn = map[string]*regexp.Regexp{
		"amd64": regexp.MustCompile(`\b(?:([XYZV])(\d+)|AX|BX|CX|DX|SI|DI|R\d+|K[0-7])\b`),
		"arm64": regexp.MustCompile(`\b(?:([V])(\d+)|R\d+)\b`),
	}
)

// registers returns the registers that a text names, those of vectors by number, whatever their width.
func registers(text, arch string) []string {
	text = rangeOf.ReplaceAllStringFunc(text, func(s string) string {
		m := rangeOf.FindStringSubmatch(s)
		from, _ := strconv.Atoi(m[2])
		to, _ := strconv.Atoi(m[3])
		all := ""
		for i := from; i <= to; i++ {
			all += m[1] + strconv.Itoa(i) + " "
		}
		return all
	})
	var all []string
	for _, m := range registerIn[arch].FindAllStringSubmatch(text, -1) {
		name := m[0]
		if m[1] != "" {
			name = "V" + m[2]
		}
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// used returns the registers of a kernel's instructions, but for those that the assembler itself brings in at TEXT and
// RET, and the frame pointer of arm64, which is its own.
func (k kernel) used(arch string) []string {
	text := ""
	for _, i := range k.instructions {
		if i.line == k.line || strings.HasPrefix(i.text, "RET") {
			continue
		}
		if strings.HasPrefix(i.text, "WORD") && arch == "arm64" {
			if decoded, err := arm64asm.Decode(i.code); err == nil {
				text += decoded.String() + "\n"
				continue
			}
		}
		text += i.text + "\n"
	}
	all := registers(text, arch)
	if arch == "arm64" {
		all = slices.DeleteFunc(all, func(r string) bool { return r == "R29" })
	}
	return all
}

// TestRegisterMapsNameTheRegisters holds the comment above each kernel to the registers that the kernel uses: it names
// no other, and what it leaves out is named above a macro that the kernel uses or in the comment of the file.
func TestRegisterMapsNameTheRegisters(t *testing.T) {
	for _, arch := range []string{"amd64", "arm64"} {
		for _, room := range rooms {
			for _, k := range assemble(t, room, arch) {
				s := source{kernels: map[string]block{}, macros: map[string]block{}}
				s.read(t, room, k.file)
				b := s.kernels[k.name]
				used, own := k.used(arch), registers(b.comment, arch)
				named := registers(b.comment+s.alike(b.comment)+s.free+s.comments(b.body, map[string]bool{}), arch)
				for _, r := range own {
					if !slices.Contains(used, r) {
						t.Errorf("%s/%s: %s is said to use %s", room, k.file, k.name, r)
					}
				}
				var missing []string
				for _, r := range used {
					if !slices.Contains(named, r) {
						missing = append(missing, r)
					}
				}
				if len(missing) > 0 {
					t.Errorf("%s/%s: no comment of %s names %s", room, k.file, k.name, strings.Join(missing, ", "))
				}
			}
		}
	}
}

// TestRegistersAreReadFromComments gives the forms in which maps name registers.
func TestRegistersAreReadFromComments(t *testing.T) {
	for _, c := range []struct {
		arch, text string
		want       []string
	}{
		{"amd64", "// DI v   BX R10 point × 4, 12 bytes   Y0…Y2 a line   X7 b   K1 lanes", []string{"BX", "DI", "K1", "R10", "V0", "V1", "V2", "V7"}},
		{"amd64", "VPTERNLOGD\t$-22, (SI)(AX*4), Z17, Z2", []string{"AX", "SI", "V17", "V2"}},
		{"amd64", "// AX, not MAX; RAX is none, nor is V in AVX2", []string{"AX"}},
		{"arm64", "FADD V2.4S, V3.4S, V31.4S", []string{"V2", "V3", "V31"}},
		{"arm64", "// R0 dst   V4…V6 x", []string{"R0", "V4", "V5", "V6"}},
	} {
		if got := registers(c.text, c.arch); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.text, got, c.want)
		}
	}
}
