package cooktoom

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"anila/internal/asmtest"
)

// TestF4x3 holds every tier's transforms against the reference, on all parts of a
// patch and of a tile that an image may have, with guards around what may be
// touched. They differ by what fused multiply-adds round less.
func TestF4x3(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(9, 9))
		for _, channels := range []int{16, 48} {
			row, column, point := 13*channels, 2*channels, channels+16
			image := asmtest.Random(r, 5*row+12*column)
			act := asmtest.Random(r, len(image))
			points := asmtest.Random(r, points4x3*point)
			bias := asmtest.Random(r, channels)
			near := func(what string, p Places, kernel, reference func(out []float32), out []float32) {
				t.Helper()
				got, want := slices.Clone(out), slices.Clone(out)
				kernel(got)
				reference(want)
				for i, v := range want {
					if !(math.Abs(float64(got[i]-v)) <= 3e-6*(10+math.Abs(float64(v)))) {
						t.Fatalf("%s, %d channels, %+v: [%d] = %v, want %v", what, channels, p, i, got[i], v)
					}
				}
			}
			one, three := Run{Tiles: 1}, Run{Tiles: 3, Places: column + 16, Points: points4x3*point + 32}
			runs := asmtest.Random(r, 2*three.Points+points4x3*point)
			for _, p := range partialPlaces(6, row, column) {
				if channels > 16 && (p.Top+p.Left+p.Bottom+p.Right)%5 != 0 {
					continue
				}
				end := p.at(p.Bottom-1, p.Right-1) + channels
				near("input", p, func(v []float32) { Input4x3(v, point, image[:end:end], &p, channels, one) },
					func(v []float32) { input4x3Generic(v, point, image, &p, channels, &one) }, points)
				near("input of a run", p, func(v []float32) { Input4x3(v, point, image[:end+2*three.Places], &p, channels, three) },
					func(v []float32) { input4x3Generic(v, point, image, &p, channels, &three) }, runs)
			}
			near("fold", Places{}, func(w []float32) { Taps4x3(w[:15*(channels+3)+9], channels+3, points, point) },
				func(w []float32) {
					var taps [9][16]float32
					fold4x3Generic(&taps, points, point)
					for k := range taps {
						for l, v := range taps[k] {
							w[l*(channels+3)+k] += v
						}
					}
				}, image)
			for _, p := range partialPlaces(4, row, column) {
				end := p.at(p.Bottom-1, p.Right-1) + channels
				near("output", p, func(y []float32) { Output4x3(y[:end:end], &p, points, point, bias, 0.2, channels, one) },
					func(y []float32) { output4x3Generic(y, &p, points, point, bias, 0.2, channels, &one) }, image)
				near("output of a run", p, func(y []float32) { Output4x3(y[:end+2*three.Places], &p, runs, point, bias, 0.2, channels, three) },
					func(y []float32) { output4x3Generic(y, &p, runs, point, bias, 0.2, channels, &three) }, image)
				for _, leak := range []float32{0, 0.1, 1} {
					near("masked", p, func(y []float32) { Masked4x3(y[:end:end], &p, points, point, act[:end:end], leak, channels, one) },
						func(y []float32) { masked4x3Generic(y, &p, points, point, act, leak, channels, &one) }, image)
					near("masked run", p, func(y []float32) { Masked4x3(y[:end+2*three.Places], &p, runs, point, act, leak, channels, three) },
						func(y []float32) { masked4x3Generic(y, &p, runs, point, act, leak, channels, &three) }, image)
				}
				near("gradient", p, func(v []float32) { Gradient4x3(v, point, image[:end:end], &p, channels, one) },
					func(v []float32) { gradient4x3Generic(v, point, image, &p, channels, &one) }, points)
				near("gradient of a run", p, func(v []float32) { Gradient4x3(v, point, image[:end+2*three.Places], &p, channels, three) },
					func(v []float32) { gradient4x3Generic(v, point, image, &p, channels, &three) }, runs)
			}
		}
	})
}

// The transforms, weights among them, compute a convolution and its gradients: y
// against the taps, d's gradient as the convolution of dy with turned taps, and
// ⟨y, dy⟩ = ⟨w, dw⟩.
func TestF4x3IsConvolution(t *testing.T) {
	const channels = 16
	r := rand.New(rand.NewPCG(10, 10))
	d, dy, w := asmtest.Random(r, 36*channels), asmtest.Random(r, 16*channels), asmtest.Random(r, 9*channels)
	patch := Places{Row: 6 * channels, Column: channels, Bottom: 6, Right: 6}
	tile := Places{Row: 4 * channels, Column: channels, Bottom: 4, Right: 4}
	for _, turned := range []bool{false, true} {
		u, v, m := make([]float32, 36*channels), make([]float32, 36*channels), make([]float32, 36*channels)
		Weights4x3(u, channels, w, 9, turned)
		Input4x3(v, channels, d, &patch, channels, Run{Tiles: 1})
		for i := range m {
			m[i] = u[i] * v[i]
		}
		y, masked := make([]float32, 16*channels), make([]float32, 16*channels)
		Output4x3(y, &tile, m, channels, make([]float32, channels), 1, channels, Run{Tiles: 1})
		Masked4x3(masked, &tile, m, channels, dy, 0.5, channels, Run{Tiles: 1})
		g, dw := make([]float32, 36*channels), make([]float32, 9*channels)
		Gradient4x3(g, channels, dy, &tile, channels, Run{Tiles: 1})
		for i := range m {
			m[i] = g[i] * v[i]
		}
		Taps4x3(dw, 9, m, channels)
		var byOutput, byTaps float64
		for i := range y {
			place, c := i/channels, i%channels
			want := 0.0
			for k := range 9 {
				tap := k
				if turned {
					tap = 8 - k
				}
				want += float64(w[9*c+tap]) * float64(d[((place/4+k/3)*6+place%4+k%3)*channels+c])
			}
			if math.Abs(want-float64(y[i])) > 2e-5 {
				t.Fatalf("turned %v: output %d: %v, want %v", turned, i, y[i], want)
			}
			if dy[i] <= 0 {
				want /= 2
			}
			if math.Abs(want-float64(masked[i])) > 2e-5 {
				t.Fatalf("turned %v: masked output %d: %v, want %v", turned, i, masked[i], want)
			}
			byOutput += float64(y[i]) * float64(dy[i])
		}
		for i := range w {
			byTaps += float64(w[i]) * float64(dw[i])
		}
		if !turned && math.Abs(byTaps-byOutput) > 1e-3 {
			t.Errorf("⟨y, dy⟩ = %v, ⟨w, dw⟩ = %v", byOutput, byTaps)
		}
	}
}
