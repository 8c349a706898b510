package features

import (
	"context"
	"hash/crc32"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"anila/nn/weightfile"
	"anila/tensor"
	"anila/train/data"
)

// uniform is that of testdata/inception.py.
func uniform(name string, count int) []float32 {
	u := make([]float32, count)
	sum := crc32.ChecksumIEEE([]byte(name))
	for i := range u {
		h := uint32(i) + sum
		h ^= h >> 16
		h *= 0x85EBCA6B
		h ^= h >> 13
		h *= 0xC2B2AE35
		h ^= h >> 16
		u[i] = float32(h>>8) / (1 << 24)
	}
	return u
}

// hashed finds the weights and statistics of testdata/inception.py.
func hashed(name string, shape ...int) ([]float32, error) {
	count := 1
	for _, d := range shape {
		count *= d
	}
	u := uniform(name, count)
	scale, shift := float32(1), float32(-0.5)
	switch {
	case len(shape) == 4:
		scale = float32(math.Sqrt(24 / float64(count/shape[0])))
		shift *= scale
	case strings.HasSuffix(name, "bn.weight"), strings.HasSuffix(name, "running_var"):
		shift = 0.5
	}
	for i, v := range u {
		u[i] = float32(v*scale) + shift
	}
	return u, nil
}

// noise is the picture of testdata/inception.py, as a set of count copies.
func noise(t testing.TB, h, w, c, count int) *data.Images {
	t.Helper()
	name := "picture " + strconv.Itoa(h) + "x" + strconv.Itoa(w)
	pixels := make([]byte, h*w*c)
	for i, u := range uniform(name, len(pixels)) {
		pixels[i] = byte(u * 256)
	}
	set, err := data.NewImages(name, slices.Repeat(pixels, count), h, w, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// relative is the largest difference of two rows of features, over the root of their mean square.
func relative(a, b []float32) float64 {
	largest, square := 0.0, 0.0
	for i, v := range b {
		largest = max(largest, math.Abs(float64(a[i]-v)))
		square += float64(v) * float64(v) / float64(len(b))
	}
	return largest / math.Sqrt(square)
}

// TestInceptionEqualsPyTorchFID holds features against pytorch-fid's, with random weights and statistics, of pictures that are
// stretched and shrunk, square and not.
func TestInceptionEqualsPyTorchFID(t *testing.T) {
	if testing.Short() {
		t.Skip("24 million weights")
	}
	want, err := weightfile.LoadNPY(filepath.Join("testdata", "inception.npy"))
	if err != nil {
		t.Fatal(err)
	}
	network, err := inception(hashed)
	if err != nil {
		t.Fatal(err)
	}
	workers := tensor.NewWorkers(2)
	defer workers.Close()
	for i, side := range [][2]int{{32, 32}, {64, 64}, {37, 51}, {301, 320}} {
		got, err := network.Features(context.Background(), noise(t, side[0], side[1], 3, 1), 1, workers, nil)
		if err != nil {
			t.Fatal(err)
		}
		d := relative(got, want.Data[i*2048:(i+1)*2048])
		t.Logf("%v: %.2g", side, d)
		if !(d <= 1e-4) {
			t.Errorf("%v: features differ by %.3g of their root mean square", side, d)
		}
	}
}

// BenchmarkFeatures takes pictures of 32×32 through both networks with one worker.
func BenchmarkFeatures(b *testing.B) {
	for name, build := range map[string]func(find) (*Network, error){"inception": inception, "resnet56": resNet56} {
		b.Run("network="+name, func(b *testing.B) {
			network, err := build(hashed)
			if err != nil {
				b.Fatal(err)
			}
			set := noise(b, 32, 32, 3, 8)
			workers := tensor.NewWorkers(1)
			for b.Loop() {
				if _, err := network.Features(context.Background(), set, set.Len(), workers, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N*set.Len()), "ms/picture")
		})
	}
}
