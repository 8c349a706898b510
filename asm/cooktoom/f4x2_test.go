package cooktoom

import (
	"math"
	"math/rand/v2"
	"testing"

	"anila/internal/asmtest"
)

// TestCookToom holds every tier's transforms against the reference, on all
// combinations of edges, with guards around what may be touched.
func TestCookToom(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(4, 4))
		for _, channels := range []int{16, 48} {
			row, column, point := 13*channels, 2*channels, channels+16
			near := func(what string, got, want []float32) {
				t.Helper()
				for i := range want {
					if math.Abs(float64(got[i]-want[i])) > 2e-5 {
						t.Fatalf("%s, %d channels: [%d] = %v, want %v", what, channels, i, got[i], want[i])
					}
				}
			}
			image := asmtest.Random(r, 5*row+5*column)
			points := asmtest.Random(r, 25*point)
			bias := asmtest.Random(r, channels)
			for edges := range Edges(64) {
				// A patch whose top and left are outside starts before its slice.
				origin := 0
				if edges&EdgeTop != 0 {
					origin -= row
				}
				if edges&EdgeLeft != 0 {
					origin -= column
				}
				end := origin + 4*row + 4*column + channels
				if edges&EdgeBottom != 0 {
					end -= row
				}
				if edges&EdgeRight != 0 {
					end -= column
				}
				got, want := append([]float32(nil), points...), append([]float32(nil), points...)
				Input4x2(got, point, image[:end], origin, row, column, edges, channels)
				input4x2Generic(want, point, image, origin, row, column, edges, channels)
				near("input", got, want)
				for _, leak := range []float32{1, 0.1} {
					got, want = append([]float32(nil), image...), append([]float32(nil), image...)
					act := asmtest.Random(r, len(image))
					Patch4x2(got[:end], origin, row, column, points, point, act[:end], leak, edges, channels)
					patch4x2Generic(want, origin, row, column, points, point, act, leak, edges, channels)
					near("patch", got, want)
				}
			}
			got, want := append([]float32(nil), points...), append([]float32(nil), points...)
			Weights4x2(got, point, image[:15*(channels+3)+11], channels+3)
			weights4x2Generic(want, point, image, channels+3)
			near("weights", got, want)
			got, want = append([]float32(nil), image...), append([]float32(nil), image...)
			products := asmtest.Random(r, 25*point+3*(channels+1))
			Taps4x2(got, channels+3, products, point, channels+1)
			taps4x2Generic(want, channels+3, products, point, channels+1)
			near("taps", got, want)
			got, want = append([]float32(nil), image...), append([]float32(nil), image...)
			Output4x2(got, 7, row, column, points, point, bias, 0.2, channels)
			output4x2Generic(want[7:], row, column, points, point, bias, 0.2, channels)
			near("output", got, want)
			got, want = append([]float32(nil), points...), append([]float32(nil), points...)
			Gradient4x2(got, point, image, 3, row, column, channels)
			gradient4x2Generic(want, point, image[3:], row, column, channels)
			near("gradient", got, want)
		}
	})
}
