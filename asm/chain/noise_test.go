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

// The known-answer vectors of Random123's kat_vectors file, philox4x32 with 10
// rounds.
func TestPhiloxKnownAnswers(t *testing.T) {
	for _, c := range []struct {
		counter [4]uint32
		key0    uint32
		key1    uint32
		want    [4]uint32
	}{
		{[4]uint32{}, 0, 0,
			[4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0xffffffff, 0xffffffff,
			[4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0,
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := Philox(uint64(c.key1)<<32|uint64(c.key0), c.counter); got != c.want {
			t.Errorf("Philox(%08x): got %08x, want %08x", c.counter, got, c.want)
		}
	}
}

// TestBoxMullerAccuracy holds the float32 transform against the formula in
// float64, over words that reach every quadrant, both ends of the radius and
// the neighbourhood of every axis.
func TestBoxMullerAccuracy(t *testing.T) {
	check := func(x, y uint32) {
		u := (float64(x>>9) + 0.5) / (1 << 23)
		v := (float64(y>>9) + 0.5) / (1 << 23)
		r := math.Sqrt(-2 * math.Log(u))
		sin, cos := math.Sincos(2 * math.Pi * v)
		c, s := boxMuller(x, y)
		if math.Abs(float64(c)-r*cos) > 4e-7*math.Abs(r*cos) || math.Abs(float64(s)-r*sin) > 4e-7*math.Abs(r*sin) {
			t.Fatalf("boxMuller(%#x, %#x) = %v, %v, want %v, %v", x, y, c, s, r*cos, r*sin)
		}
	}
	words := []uint32{0, 1 << 9, 1<<32 - 1, 1<<32 - 1<<9, 1 << 31, 1<<31 - 1, 0xb504f333}
	for _, x := range words {
		for q := uint32(0); q < 8; q++ {
			for _, d := range []uint32{0, 1 << 9, 1 << 28, 1<<29 - 1<<9} {
				check(x, q<<29+d)
				check(x, q<<29-d-1)
			}
		}
	}
	for i := uint32(0); i < 200000; i++ {
		w := Philox(7, [4]uint32{i})
		check(w[0], w[1])
		check(w[0]|0xfff00000, w[2])
		check(w[0]>>12, w[3])
	}
}

var testNoise = Noise{Seed: 0x0123456789abcdef, Purpose: 0xa5, Chain: 1<<32 - 3, Step: 0x00fedcba98765432}

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
