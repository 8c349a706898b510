package vec

import (
	"math"
	"testing"

	"anila/asm/internal/span"
	"anila/internal/asmtest"
)

// TestSigns holds every bit to its float, the mask to LeakyReLUGradient bit for bit,
// and both to the ends of their slices.
func TestSigns(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	odd := []float32{0, float32(math.Copysign(0, -1)), nan, -nan, inf, -inf, 1e-45, -1e-45}
	asmtest.EveryTier(t, func(t *testing.T) {
		for _, n := range append(asmtest.Lengths(), span.Most+13) {
			y, dx := asmtest.NewSlice(n, n%16), asmtest.NewSlice(n, n/2%16)
			asmtest.Fill(y.Data, uint64(n), false)
			asmtest.Fill(dx.Data, uint64(n+1), true)
			for i := 0; i < n; i += 3 {
				y.Data[i] = odd[i/3%len(odd)]
			}
			bytes := (n + 7) / 8
			memory := make([]uint8, bytes+2)
			for i := range memory {
				memory[i] = 0xa5
			}
			bits := memory[1 : 1+bytes]
			Signs(bits, y.Data)
			if memory[0] != 0xa5 || memory[1+bytes] != 0xa5 {
				t.Fatalf("length %d: written outside the bits", n)
			}
			for i := range 8 * bytes {
				if got := bits[i/8]>>(i%8)&1 == 1; got != (i < n && y.Data[i] > 0) {
					t.Fatalf("length %d: bit %d is %v", n, i, got)
				}
			}
			want := make([]float32, n)
			LeakyReLUGradient(want, dx.Data, y.Data, 0.05)
			MaskSigns(dx.Data, bits, 0.05)
			if d := asmtest.Difference(dx.Data, want); d != "" {
				t.Fatalf("length %d: %s", n, d)
			}
			y.Check(t)
			dx.Check(t)
		}
	})
}
