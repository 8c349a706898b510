package data

import (
	"math"
	"os"
	"slices"
	"testing"

	"anila/tensor"
)

// fullData returns the folder of the full sets, or skips the test by name.
func fullData(t *testing.T) string {
	t.Helper()
	dir := os.Getenv(EnvDir)
	if dir == "" {
		t.Skipf("%s: needs the full data sets (%s)", t.Name(), EnvDir)
	}
	return dir
}

func TestBytesAndValues(t *testing.T) {
	for v := range 256 {
		x := FromByte(byte(v))
		if want := float64(v)/127.5 - 1; math.Abs(float64(x)-want) > 1e-7 {
			t.Errorf("byte %d is %v, want %v", v, x, want)
		}
		if got := ToByte(x); got != byte(v) {
			t.Errorf("byte %d came back as %d", v, got)
		}
	}
	for _, c := range []struct {
		x    float64
		want byte
	}{{-1, 0}, {1, 255}, {-7, 0}, {7, 255}, {0, 128}, {math.NaN(), 0}, {math.Inf(1), 255}, {math.Inf(-1), 0}, {-0.9961, 0}, {-0.9960, 1}} {
		if got := ToByte(float32(c.x)); got != c.want {
			t.Errorf("value %v is byte %d, want %d", c.x, got, c.want)
		}
	}
}

func TestIndicesAreDrawnWithoutReplacement(t *testing.T) {
	const n = 50
	counts := make([]int, n)
	for step := range uint64(2000) {
		got := make([]int, 20)
		Indices(got, n, tensor.Key{Seed: 1, Purpose: tensor.PurposeBatch, Step: step})
		again := make([]int, 20)
		Indices(again, n, tensor.Key{Seed: 1, Purpose: tensor.PurposeBatch, Step: step})
		if !slices.Equal(got, again) {
			t.Fatal("the same key drew other items")
		}
		seen := map[int]bool{}
		for _, i := range got {
			if i < 0 || i >= n || seen[i] {
				t.Fatalf("step %d: %v holds an item twice or none of the set's", step, got)
			}
			seen[i] = true
			counts[i]++
		}
	}
	// Each count is binomial(2000, 0.4): mean 800, sd 21.9.
	for i, k := range counts {
		if math.Abs(float64(k)-800) > 5*21.9 {
			t.Errorf("item %d was drawn %d times, expected 800 ± 110", i, k)
		}
	}
	long := make([]int, 3*n)
	Indices(long, n, tensor.Key{Seed: 2})
	for part := range 3 {
		sorted := slices.Sorted(slices.Values(long[part*n : (part+1)*n]))
		if sorted[0] != 0 || sorted[n-1] != n-1 || len(slices.Compact(sorted)) != n {
			t.Errorf("part %d of a draw of 3·%d is no permutation", part, n)
		}
	}
}

func TestImagesBatchAndNoise(t *testing.T) {
	pixels := make([]byte, 40*2*3*1)
	labels := make([]uint16, 40)
	for i := range pixels {
		pixels[i] = byte(i)
	}
	for i := range labels {
		labels[i] = uint16(i % 7)
	}
	s, err := NewImages("test", pixels, 2, 3, 1, labels)
	if err != nil {
		t.Fatal(err)
	}
	key := tensor.Key{Seed: 3, Purpose: tensor.PurposeBatch, Step: 9}
	batch := make([]float32, 8*6)
	s.Batch(batch, key)
	want := make([]int, 8)
	Indices(want, s.Len(), key)
	for k, i := range want {
		for j, x := range batch[k*6 : k*6+6] {
			if x != FromByte(pixels[i*6+j]) {
				t.Fatalf("item %d of the batch is not item %d of the set", k, i)
			}
		}
		if l, ok := s.Label(i); !ok || l != i%7 {
			t.Errorf("label of %d is %d, %v", i, l, ok)
		}
	}
	if _, err := NewImages("x", pixels, 7, 3, 1, nil); err == nil {
		t.Error("a broken number of pixels passed")
	}
	if _, err := NewImages("x", pixels, 2, 3, 1, labels[:3]); err == nil {
		t.Error("3 labels for 40 images passed")
	}
}

func TestToys(t *testing.T) {
	for _, name := range []string{"rings", "gmm"} {
		s, err := Open(name, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		if h, w, c := s.Shape(); h != 1 || w != 1 || c != 2 {
			t.Errorf("%s has shape %d %d %d", name, h, w, c)
		}
		if _, ok := s.(Set); ok {
			t.Errorf("%s is a Set", name)
		}
		const n = 20000
		x := make([]float32, 2*n)
		s.Batch(x, tensor.Key{Seed: 1, Purpose: tensor.PurposeBatch})
		again := make([]float32, 2*n)
		s.Batch(again, tensor.Key{Seed: 1, Purpose: tensor.PurposeBatch})
		if !slices.Equal(x, again) {
			t.Errorf("%s: the same key drew other points", name)
		}
		var near [5]int
		for i := range n {
			r := math.Hypot(float64(x[2*i]), float64(x[2*i+1]))
			if k := int(math.Round(r)); k < 5 && math.Abs(r-float64(k)) < 0.45 {
				near[k]++
			}
		}
		if name == "rings" {
			for k := 1; k <= 4; k++ {
				if share := float64(near[k]) / n; math.Abs(share-0.2493) > 0.02 {
					t.Errorf("ring %d has a share of %.3f", k, share)
				}
			}
		} else if share := float64(near[1]) / n; share < 0.98 {
			t.Errorf("gmm: share %.3f of points near the ring of radius 1", share)
		}
	}
}
