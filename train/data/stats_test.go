package data

import (
	"encoding/json"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anila/nn/weightfile"
	"anila/tensor"
)

func crc(b []byte) []byte {
	v := crc32.ChecksumIEEE(b)
	return []byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}
}

func TestStatisticsOfKnownImages(t *testing.T) {
	// White noise: mean 0.5, sd 0.2, no correlation.
	x := make([]float32, 100*16*16*2)
	tensor.Key{Seed: 1}.Normals(x)
	for i := range x {
		x[i] = 0.5 + 0.2*x[i]
	}
	s := Measure(x, 16, 16, 2)
	for ch := range 2 {
		if math.Abs(s.Mean[ch]-0.5) > 0.01 || math.Abs(s.SD[ch]-0.2) > 0.01 {
			t.Errorf("noise: mean %v sd %v", s.Mean[ch], s.SD[ch])
		}
	}
	if s.Count != 100 || math.Abs(s.Neighbour) > 0.02 {
		t.Errorf("noise: %d images, neighbours correlate %v", s.Count, s.Neighbour)
	}
	// A checkerboard: every neighbour is the opposite.
	board := make([]float32, 8*8)
	for i := range board {
		board[i] = float32(1 - 2*((i+i/8)%2))
	}
	if s := Measure(board, 8, 8, 1); math.Abs(s.Neighbour+1) > 1e-12 || s.Mean[0] != 0 || s.SD[0] != 1 {
		t.Errorf("checkerboard: %+v", s)
	}
	// Images that are constant, each another value: every neighbour is the same.
	flat := make([]float32, 4*9)
	for i := range flat {
		flat[i] = float32(i / 9)
	}
	if s := Measure(flat, 3, 3, 1); math.Abs(s.Neighbour-1) > 1e-12 || s.Min[0] != 0 || s.Max[0] != 3 {
		t.Errorf("constant images: %+v", s)
	}
	if s := Measure(make([]float32, 9), 3, 3, 1); !math.IsNaN(s.Neighbour) {
		t.Errorf("a constant set has correlation %v", s.Neighbour)
	}
}

func TestInspect(t *testing.T) {
	labels := write(t, "labels", idx([]int{4}, []byte{1, 1, 0, 3}))
	points := filepath.Join(t.TempDir(), "f.npy")
	if err := weightfile.SaveNPY(points, []int{3}, []float32{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	nan := filepath.Join(t.TempDir(), "nan.npy")
	if err := weightfile.SaveNPY(nan, []int{1, 1, 2, 1}, []float32{1, float32(math.NaN())}); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	os.Mkdir(filepath.Join(root, cifarFolder), 0o777)
	os.WriteFile(filepath.Join(root, cifarFolder, cifarTest[0]), fixture(t, "cifar10_8.bin"), 0o666)
	for path, want := range map[string][]string{
		"testdata/cifar10_8.bin":                      {"CIFAR-10 records 8×32×32×3", "label 6  1 items frog", "channel 2  mean", "neighbouring pixels correlate 0.9"},
		"testdata/cifar10_8.npy":                      {".npy array 8×32×32×3, |u1", "channel 2"},
		"testdata/picture.png":                        {"picture 1×32×32×3, png", "61×37 pixels"},
		"testdata/orientation6.jpg":                   {"EXIF orientation 6"},
		"../../nn/weightfile/testdata/two.npz":        {".npz archive 2", "tensor f.0.weight, shape [2 2 3 2]"},
		"../../nn/weightfile/testdata/beside.npz":     {".npz archive 2", "left out: steps (elements of type \"<i8\")"},
		"../../nn/weightfile/testdata/toy_zip.pth":    {"file of torch.save 10", "tensor f.0.weight"},
		"../../nn/testdata/golden_toy_32.safetensors": {"safetensors file", "tensor f"},
		"testdata": {"folder of pictures 20×32×32×3", "left out: 8 files that are no pictures by their names (6 .npy, 1 .bin, 1 .py)"},
		labels:     {"IDX 4", "label 1  2 items", "label 3  1 items"},
		points:     {".npy array 3, <f4", "neither images"},
		nan:        {"1 values are NaN"},
		root:       {"data folder", "sets     cifar10-test"},
	} {
		d, err := Inspect(t.Context(), path, 0)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		for _, w := range want {
			if !strings.Contains(d.String(), w) {
				t.Errorf("%s: %q is not in\n%s", path, w, d)
			}
		}
		if _, err := json.Marshal(d); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	for what, path := range map[string]string{"text": write(t, "x", []byte("hello")), "nothing": write(t, "y", nil), "empty folder": t.TempDir(), "device": os.DevNull} {
		_, err := Inspect(t.Context(), path, 0)
		wantFormatError(t, what, err, path, -2)
	}
	if _, err := Inspect(t.Context(), filepath.Join(t.TempDir(), "none"), 0); err == nil {
		t.Error("a path that is not there passed")
	}
}

// Unlike knows noise, grey, blank and repeated pictures from others like the data, whatever they show.
func TestUnlike(t *testing.T) {
	const side, n = 8, 2000
	// smooth makes pictures of few waves about a mean, of an SD; from the given seed.
	smooth := func(seed uint64, mean, sd float64) []float32 {
		x, phase := make([]float32, n*side*side), make([]float32, 3*n)
		tensor.Key{Seed: seed}.Uniforms(phase)
		for i := range x {
			p := phase[3*(i/(side*side)):]
			across, down := float64(i%side)/side, float64(i/side%side)/side
			x[i] = float32(mean + sd*math.Sqrt2*math.Sin(2*math.Pi*(float64(p[0])+across*float64(p[1])+down*float64(p[2]))))
		}
		return x
	}
	data := Measure(smooth(1, 0.2, 0.4), side, side, 1)
	noise := make([]float32, n*side*side)
	tensor.Key{Seed: 3}.Normals(noise)
	for i := range noise {
		noise[i] = 0.2 + 0.4*noise[i]
	}
	one := smooth(4, 0.2, 0.4)
	for i := range one {
		one[i] = one[i%(side*side)]
	}
	exploded := smooth(2, 0.2, 0.4)
	exploded[7] = float32(math.NaN())
	for name, c := range map[string]struct {
		x    []float32
		want []string
	}{
		"the same":        {smooth(2, 0.2, 0.4), nil},
		"noise":           {noise, []string{"neighbouring pixels"}},
		"too bright":      {smooth(2, 0.35, 0.4), []string{"mean of channel 0"}},
		"grey":            {smooth(2, 0.2, 0.34), []string{"SD of channel 0"}},
		"one and one":     {one, []string{"from the next"}},
		"not all numbers": {exploded, []string{"neighbouring pixels", "mean of channel 0", "SD of channel 0", "from the next"}},
	} {
		got := Measure(c.x, side, side, 1).Unlike(data)
		for _, w := range c.want {
			if !strings.Contains(strings.Join(got, "; "), w) {
				t.Errorf("%s: %q; want %q", name, got, w)
			}
		}
		if len(c.want) == 0 && len(got) > 0 {
			t.Errorf("%s: %q", name, got)
		}
	}
	if s := Measure([]float32{0, 0, 3, 4, 3, 4}, 1, 2, 1); s.Apart != 2.5 {
		t.Errorf("images 5 and 0 apart: %v", s.Apart)
	}
}
