package cooktoom

import (
	"math"
	"math/rand/v2"
	"testing"

	"anila/internal/asmtest"
)

// Every tier's transforms against the reference, on all combinations of edges,
// in slices that end where the patch ends.
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
			for edges := range Edges(16) {
				origin := 0 // negative where the patch starts outside
				if edges&EdgeTop != 0 {
					origin -= row
				}
				if edges&EdgeLeft != 0 {
					origin -= column
				}
				end := origin + 3*row + 3*column + channels
				if edges&EdgeBottom != 0 {
					end -= row
				}
				if edges&EdgeRight != 0 {
					end -= column
				}
				got, want := append([]float32(nil), points...), append([]float32(nil), points...)
				Input2x3(got, point, image[:end:end], origin, row, column, edges, channels)
				input2x3Generic(want, point, image, origin, row, column, edges, channels)
				near("input", got, want)
			}
			for _, leak := range []float32{0, 0.2, 1} {
				got, want := append([]float32(nil), image...), append([]float32(nil), image...)
				Output2x3(got[:7+row+column+channels], 7, row, column, points, point, bias, leak, channels)
				output2x3Generic(want[7:], row, column, points, point, bias, leak, channels)
				near("output", got, want)
				act := asmtest.Random(r, len(image))
				got, want = append([]float32(nil), image...), append([]float32(nil), image...)
				Masked2x3(got, 7, row, column, points, point, act, leak, channels)
				masked2x3Generic(want[7:], row, column, points, point, act[7:], leak, channels)
				near("masked", got, want)
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
	Input2x3(v, point, d, 0, 4*channels, channels, 0, channels)
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
	Output2x3(y, 0, 2*channels, channels, v, point, make([]float32, channels), 1, channels)
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
