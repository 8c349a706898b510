package chain

import (
	"bufio"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"anila/asm/internal/span"
	"anila/internal/asmtest"
)

// TestNoiseGolden compares noise with bits that testdata/noise.py made with
// NumPy.
func TestNoiseGolden(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		f, err := os.Open("testdata/noise.golden")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		for count := 0; ; {
			if !lines.Scan() {
				if err := lines.Err(); err != nil || count != 8 {
					t.Errorf("%d streams read, want 8 (%v)", count, err)
				}
				return
			}
			fields := strings.Fields(lines.Text())
			if fields[0] == "#" {
				continue
			}
			count++
			n := Noise{
				Seed:    parse(t, fields[1]),
				Purpose: uint8(parse(t, fields[2])),
				Chain:   uint32(parse(t, fields[3])),
				Step:    parse(t, fields[4]),
			}
			var want []float32
			for _, bits := range fields[5:] {
				want = append(want, math.Float32frombits(uint32(parse(t, "0x"+bits))))
			}
			got := make([]float32, len(want))
			if fields[0] == "uniform" {
				Uniforms(got, n)
			} else {
				Normals(got, n)
			}
			if d := asmtest.Difference(got, want); d != "" {
				t.Errorf("%ss of %+v: %s", fields[0], n, d)
			}
		}
	})
}

func parse(t *testing.T, s string) uint64 {
	t.Helper()
	v, err := strconv.ParseUint(s, 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestNormalsAnyPart makes one stream in pieces of many lengths: chains, spans
// and tails must not change it.
func TestNormalsAnyPart(t *testing.T) {
	const n = span.Most + 200
	want := make([]float32, n)
	asmtest.OnGeneric(func() { Normals(want, testNoise) })
	asmtest.EveryTier(t, func(t *testing.T) {
		got := make([]float32, n)
		for _, k := range []int{1, 2, 3, 63, 64, 65, 100, 127, span.Most - 1, span.Most, span.Most + 1, n} {
			clear(got)
			Normals(got[:k], testNoise)
			if d := asmtest.Difference(got[:k], want[:k]); d != "" {
				t.Errorf("first %d: %s", k, d)
			}
		}
	})
}
