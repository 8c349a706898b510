package cooktoom

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"anila/internal/asmtest"
)

// TestCookToom2 holds every tier's transforms against the reference bit by bit, on
// all parts of a patch and of a tile that an image may have, with guards around
// what may be touched.
func TestCookToom2(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 7))
		for _, channels := range []int{16, 48} {
			row, column, point := 9*channels, 2*channels, channels+16
			image := asmtest.Random(r, 4*row+4*column)
			act := asmtest.Random(r, len(image))
			points := asmtest.Random(r, points2x2*point)
			bias := asmtest.Random(r, channels)
			same := func(what string, p Places, kernel, reference func(out []float32), out []float32) {
				t.Helper()
				got, want := slices.Clone(out), slices.Clone(out)
				kernel(got)
				reference(want)
				if !slices.Equal(got, want) {
					t.Fatalf("%s, %d channels, %+v: %v, want %v", what, channels, p, got, want)
				}
			}
			for _, p := range partialPlaces(3, row, column) {
				end := p.at(p.Bottom-1, p.Right-1) + channels
				same("input", p, func(v []float32) { Input2x2(v, point, image[:end:end], &p, channels) },
					func(v []float32) { input2x2Generic(v, point, image, &p, channels) }, points)
				for _, first := range []First{0, FirstTop, FirstLeft, FirstTop | FirstLeft} {
					for _, leak := range []float32{0, 0.1, 1} {
						same("patch", p, func(x []float32) {
							Patch2x2(x[:end:end], &p, points, point, act[:end:end], leak, first, channels)
						},
							func(x []float32) { patch2x2Generic(x, &p, points, point, act, leak, first, channels) }, image)
					}
				}
			}
			for _, p := range partialPlaces(2, row, column) {
				end := p.at(p.Bottom-1, p.Right-1) + channels
				same("output", p, func(y []float32) { Output2x2(y[:end:end], &p, points, point, bias, 0.2, channels) },
					func(y []float32) { output2x2Generic(y, &p, points, point, bias, 0.2, channels) }, image)
				same("gradient", p, func(v []float32) { Gradient2x2(v, point, image[:end:end], &p, channels) },
					func(v []float32) { gradient2x2Generic(v, point, image, &p, channels) }, points)
			}
		}
	})
}

// partialPlaces are all non-empty parts of side×side places, as early in a slice as
// they can lie.
func partialPlaces(side, row, column int) (all []Places) {
	for k := range side * side * side * side {
		p := Places{Row: row, Column: column, Top: k % side, Left: k / side % side,
			Bottom: 1 + k/side/side%side, Right: 1 + k/side/side/side}
		if p.Top < p.Bottom && p.Left < p.Right {
			p.Origin = -p.at(p.Top, p.Left)
			all = append(all, p)
		}
	}
	return all
}

// The transforms, weights among them, compute a convolution and its gradients: y
// against the taps, and ⟨y, dy⟩ = ⟨d, dd⟩ = ⟨w, dw⟩.
func TestCookToom2IsConvolution(t *testing.T) {
	const channels = 16
	r := rand.New(rand.NewPCG(8, 8))
	d, dy := asmtest.Random(r, 9*channels), asmtest.Random(r, 4*channels)
	w := asmtest.Random(r, 16*channels) // taps of phase 0 at 0, 2, 8, 10
	patch := Places{Row: 3 * channels, Column: channels, Bottom: 3, Right: 3}
	tile := Places{Row: 2 * channels, Column: channels, Bottom: 2, Right: 2}
	u, v, m, g := make([]float32, 9*channels), make([]float32, 9*channels), make([]float32, 9*channels), make([]float32, 9*channels)
	Weights2x2(u, channels, w, 16)
	Input2x2(v, channels, d, &patch, channels)
	Gradient2x2(g, channels, dy, &tile, channels)
	for i := range m {
		m[i] = u[i] * v[i]
	}
	y, dd, dw := make([]float32, 4*channels), make([]float32, 9*channels), make([]float32, 16*channels)
	Output2x2(y, &tile, m, channels, make([]float32, channels), 1, channels)
	for i := range m {
		m[i] = u[i] * g[i]
	}
	Patch2x2(dd, &patch, m, channels, nil, 1, FirstTop|FirstLeft, channels)
	for i := range m {
		m[i] = g[i] * v[i]
	}
	phases := slices.Concat(m, make([]float32, 3*len(m)))
	Taps2x2(dw, 16, phases, channels, len(m))
	var byOutput, byInput, byTaps float64
	for i := range y {
		place, c := i/channels, i%channels
		want := 0.0
		for k := range 4 {
			want += float64(w[16*c+k/2*8+k%2*2]) * float64(d[((place/2+k/2)*3+place%2+k%2)*channels+c])
		}
		if math.Abs(want-float64(y[i])) > 1e-5 {
			t.Fatalf("output %d: %v, want %v", i, y[i], want)
		}
		byOutput += float64(y[i]) * float64(dy[i])
	}
	for i := range d {
		byInput += float64(d[i]) * float64(dd[i])
	}
	for i := range w {
		byTaps += float64(w[i]) * float64(dw[i])
	}
	if math.Abs(byInput-byOutput) > 1e-4 || math.Abs(byTaps-byOutput) > 1e-4 {
		t.Errorf("⟨y, dy⟩ = %v, ⟨d, dd⟩ = %v, ⟨w, dw⟩ = %v", byOutput, byInput, byTaps)
	}
}
