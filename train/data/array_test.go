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
