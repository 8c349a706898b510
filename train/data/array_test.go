package data

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
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
	got := make([]float32, 24)
	s.Items(got, []int{1, 0})
	for i, x := range got {
		if x != FromByte(byte(11*((i+12)%24))) {
			t.Fatalf("value %d of the items 1, 0 is %v", i, x)
		}
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
	weightfile.SaveNPY(path, []int{24}, make([]float32, 24))
	_, err = ReadImages(path)
	wantFormatError(t, "one dimension", err, path, -1)
}

// arrayOf saves an array and opens it.
func arrayOf(t *testing.T, shape []int, x []float32, o Options) (*ArraySet, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.npy")
	if err := weightfile.SaveNPY(path, shape, x); err != nil {
		t.Fatal(err)
	}
	s, err := OpenWith(context.Background(), path, o)
	a, _ := s.(*ArraySet)
	return a, err
}

// TestArrayShapes: vectors, grey images, images of both layouts, told from each other by their number of dimensions.
func TestArrayShapes(t *testing.T) {
	x := make([]float32, 2*3*4*5)
	for i := range x {
		x[i] = float32(i) / 120
	}
	for _, c := range []struct {
		shape   []int
		layout  string
		h, w, c int
		second  float32 // the second number of the first item
		warn    string
	}{
		{[]int{4, 30}, "", 1, 1, 30, x[1], ""},
		{[]int{2, 12, 5}, "nhwc", 12, 5, 1, x[1], "look like [0, 1]"},
		{[]int{2, 3, 4, 5}, "", 3, 4, 5, x[1], "look like [0, 1]"},
		{[]int{2, 3, 4, 5}, "nchw", 4, 5, 3, x[20], "look like [0, 1]"},
		{[]int{1, 3, 5, 8}, "", 3, 5, 8, x[1], `data.layout = "nchw"`},
	} {
		s, err := arrayOf(t, c.shape, x, Options{Layout: c.layout})
		if err != nil {
			t.Fatal(err)
		}
		first := make([]float32, c.h*c.w*c.c)
		s.Items(first, []int{0})
		if h, w, ch := s.Shape(); h != c.h || w != c.w || ch != c.c || first[1] != c.second || s.Len() != c.shape[0] || !strings.Contains(s.Warning, c.warn) || c.warn == "" && s.Warning != "" {
			t.Errorf("%v %s: %d×%d×%d, second number %v (want %v), warning %q", c.shape, c.layout, h, w, ch, first[1], c.second, s.Warning)
		}
	}
	for _, c := range []struct {
		shape  []int
		layout string
	}{{[]int{120}, ""}, {[]int{4, 30}, "nchw"}, {[]int{2, 12, 5}, "nchw"}, {[]int{2, 3, 2, 2, 5}, ""}} {
		if _, err := arrayOf(t, c.shape, x, Options{Layout: c.layout}); err == nil {
			t.Errorf("%v %s is taken", c.shape, c.layout)
		}
	}
	nan := slices.Clone(x)
	nan[31] = float32(math.NaN())
	if _, err := arrayOf(t, []int{4, 30}, nan, Options{Missing: "refuse"}); err == nil || !strings.Contains(err.Error(), "row 1 first") {
		t.Errorf("a NaN: %v", err)
	}
	s, err := arrayOf(t, []int{4, 30}, nan, Options{Missing: "drop"})
	if err != nil || s.Len() != 3 || s.Row(1) != 2 {
		t.Fatalf("%v, %v", s, err)
	}
	item := make([]float32, 30)
	if s.Items(item, []int{1}); item[0] != x[60] {
		t.Errorf("the second row that is left begins with %v", item[0])
	}
}

// TestArchives: an array of an .npz, by its name where there are several, of bytes too.
func TestArchives(t *testing.T) {
	dir := t.TempDir()
	one := filepath.Join(dir, "one.npz")
	tensors := []weightfile.Tensor{{Name: "a", Shape: []int{2, 2}, Data: []float32{1, 2, 3, 4}}, {Name: "b", Shape: []int{1, 2}, Data: []float32{5, 6}}}
	if err := weightfile.SaveNPZ(one, tensors[:1], map[string]string{"net": "toy"}); err != nil {
		t.Fatal(err)
	}
	two := filepath.Join(dir, "two.npz")
	if err := weightfile.SaveNPZ(two, tensors, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, array string
		want        float32 // the first number; 0: refused
	}{{one, "", 1}, {one, "a", 1}, {two, "b", 5}, {two, "", 0}, {two, "c", 0}} {
		s, err := OpenWith(context.Background(), c.path, Options{Array: c.array})
		x := make([]float32, 2)
		if err == nil {
			s.(Set).Items(x, []int{0})
		}
		if x[0] != c.want || (err == nil) != (c.want != 0) {
			t.Errorf("%s %q: %v, %v", c.path, c.array, x, err)
		}
	}
}

// TestRowsThatCannotBeRead: a file that is cut short under its reader gives NaN and an error, and ends nothing.
func TestRowsThatCannotBeRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.npy")
	if err := weightfile.SaveNPY(path, []int{100, 10}, make([]float32, 1000)); err != nil {
		t.Fatal(err)
	}
	s, err := ReadImages(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1000); err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 20)
	training, _ := Split(s, 0, 1)
	view := Scaled(training, Scaling{[]float64{0}, []float64{2}})
	view.Items(x, []int{0, 99})
	if x[0] != 0 || x[10] == x[10] || Err(view) == nil {
		t.Errorf("%v, %v", x, Err(view))
	}
	wantFormatError(t, "cut short", Err(view), path, 4088)
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
