package data

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"anila/nn/weightfile"
)

func TestImagesFromNPY(t *testing.T) {
	s, err := ReadImages(filepath.Join("testdata", "u1.npy"))
	if err != nil {
		t.Fatal(err)
	}
	if h, w, c := s.Shape(); s.Len() != 2 || h != 2 || w != 3 || c != 2 || s.Warning != "" {
		t.Errorf("%d items of %d×%d×%d, warning %q", s.Len(), h, w, c, s.Warning)
	}
	for i, x := range s.Values() {
		if x != FromByte(byte(11*i)) {
			t.Fatalf("value %d is %v", i, x)
		}
	}
	got := make([]float32, 24)
	s.Items(got, []int{1, 0})
	if got[0] != s.Values()[12] || got[12] != s.Values()[0] {
		t.Error("items came in another order than asked for")
	}
	for _, c := range []struct {
		shape []int
		x     []float32
		warn  string
	}{
		{[]int{1, 1, 2, 1}, []float32{-1, 1.5}, ""},
		{[]int{1, 1, 2, 1}, []float32{0, 255}, "look like bytes"},
		{[]int{1, 1, 2, 1}, []float32{0, 0.9}, "look like [0, 1]"},
		{[]int{1, 1, 2, 1}, []float32{-3, 0.9}, "images are [−1, 1]"},
		{[]int{1, 1, 2, 1}, []float32{0, float32(math.NaN())}, "1 values are NaN"},
		{[]int{1, 2}, []float32{-5, 4}, ""},
	} {
		path := filepath.Join(t.TempDir(), "x.npy")
		if err := weightfile.SaveNPY(path, c.shape, c.x); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		if w := s.(*ArraySet).Warning; c.warn == "" && w != "" || !strings.Contains(w, c.warn) {
			t.Errorf("%v: warning %q, want %q", c.x, w, c.warn)
		}
	}
	path := filepath.Join(t.TempDir(), "x.npy")
	weightfile.SaveNPY(path, []int{2, 3, 4}, make([]float32, 24))
	_, err = ReadImages(path)
	wantFormatError(t, "three dimensions", err, path, -1)
}

// TestLayoutsOfOthers: an array in another library's layout is told how to become one of images.
func TestLayoutsOfOthers(t *testing.T) {
	for _, c := range []struct {
		shape []int
		texts []string
	}{
		{[]int{2, 3, 8, 8}, []string{"[2 3 8 8] looks like [N, C, H, W]", "np.transpose(x, (0, 2, 3, 1))"}},
		{[]int{2, 1, 8, 8}, []string{"[2 1 8 8] looks like [N, C, H, W]"}},
		{[]int{2, 64}, []string{"points of 64 numbers", "[N, H, W, C]"}},
		{[]int{2, 5, 5, 3}, []string{"5×5 images"}},
	} {
		path := filepath.Join(t.TempDir(), "x.npy")
		n := 1
		for _, d := range c.shape {
			n *= d
		}
		if err := weightfile.SaveNPY(path, c.shape, make([]float32, n)); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path, "", 8)
		for _, text := range c.texts {
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("%v: %v, want %q", c.shape, err, text)
			}
		}
	}
	for _, shape := range [][]int{{2, 8, 8, 3}, {2, 3, 3, 3}, {2, 1, 1, 9}, {2, 8, 8, 1}} {
		path := filepath.Join(t.TempDir(), "x.npy")
		if err := weightfile.SaveNPY(path, shape, make([]float32, shape[0]*shape[1]*shape[2]*shape[3])); err != nil {
			t.Fatal(err)
		}
		if s, err := ReadImages(path); err != nil || strings.Contains(s.Warning, "looks like [N, C") {
			t.Errorf("%v: %v, warning %q", shape, err, s.Warning)
		}
	}
}
