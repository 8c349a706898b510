package eval

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"anila/nn/weightfile"
	"anila/tensor"
	"anila/train/data"
)

// TestPyramidEqualsSciPy holds every level against testdata/pyramid.npy.
func TestPyramidEqualsSciPy(t *testing.T) {
	want, err := weightfile.LoadNPY(filepath.Join("testdata", "pyramid.npy"))
	if err != nil {
		t.Fatal(err)
	}
	const h, w, c, levels = 32, 24, 3, 3
	at := 0
	for level := range levels {
		p := newPyramid(h, w, c, level, levels)
		for i := range p.picture() {
			p.picture()[i] = float32(math.Floor(float64(hash(5, i) * 256)))
		}
		got := make([]float32, p.h*p.w*c)
		p.run(got)
		for i, v := range got {
			if math.Abs(float64(v-want.Data[at+i])) > 1e-4 {
				t.Fatalf("level %d, value %d: %g, want %g", level, i, v, want.Data[at+i])
			}
		}
		at += len(got)
	}
	if at != len(want.Data) {
		t.Errorf("%d values of %d", at, len(want.Data))
	}
	for _, c := range []struct{ h, w, levels int }{{32, 32, 2}, {16, 16, 1}, {64, 64, 3}, {28, 28, 1}, {33, 32, 1}, {8, 8, 1}, {96, 96, 3}} {
		if got := pyramidLevels(c.h, c.w, lowestLevel); got != c.levels {
			t.Errorf("%d×%d has %d levels, want %d", c.h, c.w, got, c.levels)
		}
	}
}

func TestSortFloats(t *testing.T) {
	x := make([]float32, 5000)
	tensor.Key{Seed: 9}.Normals(x)
	copy(x, []float32{0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), float32(math.Inf(-1)), 1e-42, -1e-42, 1, 1})
	want := slices.Clone(x)
	slices.Sort(want)
	sortFloats(x, make([]uint32, 2*len(x)))
	if !slices.Equal(x, want) {
		t.Error("not sorted")
	}
}

// hashedPictures are n pictures of bytes that are hashes, each pixel the mean of itself and its neighbours so many times.
func hashedPictures(t *testing.T, seed, n, side, blurs int) *data.Images {
	t.Helper()
	const c = 3
	pixels := make([]byte, n*side*side*c)
	for i := range pixels {
		pixels[i] = byte(hash(seed, i) * 256)
	}
	for range blurs {
		before := slices.Clone(pixels)
		for i := range pixels {
			row := side * c
			if i >= row && i+row < len(pixels) {
				pixels[i] = byte((int(before[i-c]) + int(before[i+c]) + int(before[i-row]) + int(before[i+row])) / 4)
			}
		}
	}
	set, err := data.NewImages("hashes", pixels, side, side, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestSlicedWassersteinByHand recomputes a level in float64 from the same patches and directions, normalised one by one and
// sorted by comparison.
func TestSlicedWassersteinByHand(t *testing.T) {
	const n, seed = 5, 3
	a, b := hashedPictures(t, 1, n, 16, 0), hashedPictures(t, 2, n, 16, 1)
	workers := tensor.NewWorkers(2)
	defer workers.Close()
	got, err := SlicedWasserstein(context.Background(), a, b, n, seed, workers)
	if err != nil || len(got) != 1 || got[0].Height != 16 {
		t.Fatalf("%v, %v", got, err)
	}
	var descriptors [2][][]float64
	for i, set := range []data.Set{a, b} {
		p := newPatches(set, n, 0, 1, seed, uint32(i), workers)
		if len(p.corners) != n*128 {
			t.Fatalf("%d patches", len(p.corners))
		}
		for _, corner := range p.corners {
			d := make([]float64, 147)
			for y := range 7 {
				for x := range 21 {
					d[y*21+x] = float64(p.pixels[corner+y*16*3+x])
				}
			}
			descriptors[i] = append(descriptors[i], d)
		}
		for ch := range 3 {
			var mean, square float64
			count := float64(n * 128 * 49)
			for _, d := range descriptors[i] {
				for j := ch; j < 147; j += 3 {
					mean += d[j] / count
				}
			}
			for _, d := range descriptors[i] {
				for j := ch; j < 147; j += 3 {
					square += (d[j] - mean) * (d[j] - mean) / count
				}
			}
			for _, d := range descriptors[i] {
				for j := ch; j < 147; j += 3 {
					d[j] = (d[j] - mean) / math.Sqrt(square)
				}
			}
		}
	}
	want := 0.0
	for k := range 512 {
		direction := make([]float32, 147)
		tensor.Key{Seed: seed, Purpose: tensor.PurposeEval, Step: 2, Chain: uint32(k)}.Normals(direction)
		norm := 0.0
		for _, v := range direction {
			norm += float64(v) * float64(v)
		}
		var projected [2][]float64
		for i := range projected {
			for _, d := range descriptors[i] {
				sum := 0.0
				for j, v := range direction {
					sum += float64(v) * d[j] / math.Sqrt(norm)
				}
				projected[i] = append(projected[i], sum)
			}
			slices.Sort(projected[i])
		}
		for i, v := range projected[0] {
			want += math.Abs(v-projected[1][i]) / float64(len(projected[0])) / 512
		}
	}
	if math.Abs(got[0].Value-1e3*want) > 1e-3*1e3*want {
		t.Errorf("%g, by hand %g", got[0].Value, 1e3*want)
	}
}

// TestSlicedWassersteinSeesBlur: pictures like the others are as near on every level as 12,800 patches tell, blurred ones far
// on the finest.
func TestSlicedWassersteinSeesBlur(t *testing.T) {
	if testing.Short() {
		t.Skip("four distances")
	}
	const n = 100
	one, three := tensor.NewWorkers(1), tensor.NewWorkers(3)
	defer three.Close()
	a := hashedPictures(t, 1, n, 32, 0)
	distance := func(b data.Set, workers *tensor.Workers) []LevelDistance {
		t.Helper()
		d, err := SlicedWasserstein(context.Background(), a, b, n, 1, workers)
		if err != nil || len(d) != 2 || d[0].Height != 32 || d[1].Height != 16 {
			t.Fatalf("%v, %v", d, err)
		}
		return d
	}
	alike, blurred := distance(hashedPictures(t, 2, n, 32, 0), three), distance(hashedPictures(t, 3, n, 32, 2), three)
	t.Log(alike, blurred)
	if alike[0].Value > 20 || alike[1].Value > 30 || blurred[0].Value < 3*alike[0].Value {
		t.Errorf("alike %v, blurred %v", alike, blurred)
	}
	if again := distance(hashedPictures(t, 2, n, 32, 0), one); !slices.Equal(again, alike) {
		t.Errorf("with one worker %v, with three %v", again, alike)
	}
	if _, err := SlicedWasserstein(context.Background(), a, hashedPictures(t, 1, n, 16, 0), n, 1, one); err == nil {
		t.Error("pictures of two sizes were compared")
	}
	if _, err := SlicedWasserstein(context.Background(), hashedPictures(t, 1, n, 6, 0), hashedPictures(t, 1, n, 6, 0), n, 1, one); err == nil {
		t.Error("pictures smaller than a patch were compared")
	}
}
