package cooktoom

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"anila/internal/asmtest"
)

// TestCookToom holds every tier's transforms of F(4×4, 2×2) against the reference, on
// all parts of a patch and of a tile that an image may have, with guards around what
// may be touched and with more channels than a copy has.
func TestCookToom(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(4, 4))
		for _, channels := range []int{16, 80} {
			row, column, point := 13*channels, 2*channels, channels+16
			image := asmtest.Random(r, 5*row+5*column)
			act := asmtest.Random(r, len(image))
			points := asmtest.Random(r, points4x2*point)
			bias := asmtest.Random(r, channels)
			near := func(what string, p *Places, out []float32, kernel, reference func(out []float32)) {
				t.Helper()
				got, want := slices.Clone(out), slices.Clone(out)
				kernel(got)
				reference(want)
				for i := range want {
					if !(math.Abs(float64(got[i]-want[i])) <= 2e-5) {
						t.Fatalf("%s, %d channels, %+v: [%d] = %v, want %v", what, channels, p, i, got[i], want[i])
					}
				}
			}
			step := 1 + channels/16 // of many channels some parts do
			for k, p := range partialPlaces(5, row, column) {
				if k%step != 0 && !p.whole(5) {
					continue
				}
				end := p.at(p.Bottom-1, p.Right-1) + channels
				near("input", &p, points, func(v []float32) { Input4x2(v, point, image[:end:end], &p, channels) },
					func(v []float32) { input4x2Generic(v, point, image, &p, channels) })
				for i, leak := range []float32{1, 0.1} {
					first := First(k/step+2*i) % 4
					near("patch", &p, image,
						func(x []float32) {
							Patch4x2(x[:end:end], &p, points, point, act[:end:end], leak, first, channels)
						},
						func(x []float32) { patch4x2Generic(x, &p, points, point, act, leak, first, channels) })
				}
			}
			for _, p := range partialPlaces(4, row, column) {
				end := p.at(p.Bottom-1, p.Right-1) + channels
				near("output", &p, image, func(y []float32) { Output4x2(y[:end:end], &p, points, point, bias, 0.2, channels) },
					func(y []float32) { output4x2Generic(y, &p, points, point, bias, 0.2, channels) })
				near("gradient", &p, points, func(v []float32) { Gradient4x2(v, point, image[:end:end], &p, channels) },
					func(v []float32) { gradient4x2Generic(v, point, image, &p, channels) })
			}
			near("weights", nil, points, func(u []float32) { Weights4x2(u, point, image[:15*(channels+3)+11], channels+3) },
				func(u []float32) { weights4x2Generic(u, point, image, channels+3) })
			products := asmtest.Random(r, 25*point+3*(channels+1))
			near("taps", nil, image, func(w []float32) { Taps4x2(w, channels+3, products, point, channels+1) },
				func(w []float32) { taps4x2Generic(w, channels+3, products, point, channels+1) })
		}
	})
}

// TestTransformsDoNotAllocate runs those that go through copies.
func TestTransformsDoNotAllocate(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		const channels = 80
		image, points := make([]float32, 25*channels), make([]float32, 25*channels)
		patch := Places{Row: 5 * channels, Column: channels, Bottom: 3, Right: 5}
		tile := Places{Row: 5 * channels, Column: channels, Bottom: 3, Right: 4}
		n := testing.AllocsPerRun(5, func() {
			Input4x2(points, channels, image, &patch, channels)
			Patch4x2(image, &patch, points, channels, image, 0.5, 0, channels)
			Output4x2(image, &tile, points, channels, image, 0.5, channels)
			Gradient4x2(points, channels, image, &tile, channels)
		})
		if n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}
