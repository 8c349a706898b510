package asm_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	tierFile   = regexp.MustCompile(`^([a-z0-9_]+)_(avx2_amd64|avx512_amd64|neon_arm64)\.s$`)
	tierSuffix = map[string]string{"avx2_amd64": "AVX2", "avx512_amd64": "AVX512", "neon_arm64": "NEON"}
)

// TestKernelsLieWhereTheirNamesSay holds each kernel to the tier of its file, and to one family of files on all tiers,
// which has its contract in a file of Go and its reference in another.
func TestKernelsLieWhereTheirNamesSay(t *testing.T) {
	for _, room := range rooms {
		files, err := filepath.Glob(filepath.Join(room, "*.s"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", room, files, err)
		}
		families := map[string]string{}
		for _, file := range files {
			name := filepath.Base(file)
			if strings.HasPrefix(name, "prefetch_") {
				continue // instructions that every processor has
			}
			m := tierFile.FindStringSubmatch(name)
			if m == nil {
				t.Errorf("%s: not named FAMILY_TIER_ARCHITECTURE.s", file)
				continue
			}
			family, tier := m[1], tierSuffix[m[2]]
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.SplitSeq(string(text), "\n") {
				m := textLine.FindStringSubmatch(line)
				if m == nil {
					continue
				}
				kernel, is := strings.CutSuffix(m[1], tier)
				if !is {
					t.Errorf("%s holds %s, which is no kernel of %s", file, m[1], tier)
				}
				if other, known := families[kernel]; known && other != family {
					t.Errorf("%s is in %s on one tier and in %s on another", kernel, other, family)
				}
				families[kernel] = family
			}
			for _, part := range []string{".go", "_generic.go"} {
				first, _, _ := strings.Cut(family, "_")
				if _, err := os.Stat(filepath.Join(room, first+part)); err != nil {
					t.Errorf("%s: %v", file, err)
				}
			}
		}
	}
}
