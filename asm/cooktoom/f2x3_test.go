package cooktoom

import (
	"math"
	"math/rand/v2"
	"testing"

	"anila/internal/asmtest"
)

// Every tier's transforms against the reference, on all parts of a patch and of a tile
// that an image may have, in slices that end where they end.
func TestWinograd(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 5))
		for _, channels := range []int{16, 48} {
			row, column, point := 9*channels, 2*channels, channels+16
			near := func(what string, got, want []float32) {
				t.Helper()
				for i := range want {
					if math.Abs(float64(got[i]-want[i])) > 1e-5 {
						t.Fatalf("%s, %d channels: [%d] = %v, want %v", what, channels, i, got[i], want[i])
					}
				}
			}
			image := asmtest.Random(r, 4*row+4*column)
			points := asmtest.Random(r, points2x3*point)
			bias := asmtest.Random(r, channels)
			for _, p := range partialPlaces(4, row, column) {
				end := p.at(p.Bottom-1, p.Right-1) + channels
				got, want := append([]float32(nil), points...), append([]float32(nil), points...)
				Input2x3(got, point, image[:end:end], &p, channels)
				input2x3Generic(want, point, image, &p, channels)
				near("input", got, want)
			}
			for _, p := range partialPlaces(2, row, column) {
				end := p.at(p.Bottom-1, p.Right-1) + channels
				act := asmtest.Random(r, len(image))
				for _, leak := range []float32{0, 0.2, 1} {
					got, want := append([]float32(nil), image...), append([]float32(nil), image...)
					Output2x3(got[:end:end], &p, points, point, bias, leak, channels)
					output2x3Generic(want, &p, points, point, bias, leak, channels)
					near("output", got, want)
					got, want = append([]float32(nil), image...), append([]float32(nil), image...)
					Masked2x3(got[:end:end], &p, points, point, act[:end:end], leak, channels)
					masked2x3Generic(want, &p, points, point, act, leak, channels)
					near("masked", got, want)
				}
			}
		}
	})
}

// The transforms compute a convolution: one channel of U = G·g·Gᵀ by hand.
func TestWinogradIsConvolution(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	const channels, point = 16, 16
	d, taps := asmtest.Random(r, 16*channels), asmtest.Random(r, 9)
	g := [4][3]float64{{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}}
	v := make([]float32, points2x3*point)
	Input2x3(v, point, d, &Places{Row: 4 * channels, Column: channels, Bottom: 4, Right: 4}, channels)
	for p := range points2x3 {
		u := 0.0
		for k := range 9 {
			u += g[p/4][k/3] * float64(taps[k]) * g[p%4][k%3]
		}
		for c := range channels {
			v[p*point+c] *= float32(u)
		}
	}
	y := make([]float32, 4*channels)
	tile := Places{Row: 2 * channels, Column: channels, Bottom: 2, Right: 2}
	Output2x3(y, &tile, v, point, make([]float32, channels), 1, channels)
	for i := range y {
		row, column, c := i/channels/2, i/channels%2, i%channels
		want := 0.0
		for k := range 9 {
			want += float64(taps[k]) * float64(d[((row+k/3)*4+column+k%3)*channels+c])
		}
		if math.Abs(want-float64(y[i])) > 1e-5 {
			t.Fatalf("place %d: %v, want %v", i, y[i], want)
		}
	}
}
