package data

import (
	"fmt"
	"math"

	"anila/internal/files"
	"anila/nn/weightfile"
	"anila/tensor"
)

// ArraySet is a Set of float32 items held in memory as they are, without labels: the content of a .npy file.
type ArraySet struct {
	name    string
	h, w, c int
	values  []float32
	Warning string // what looks wrong about the values or their layout; "" when nothing does
	Bad     int    // values that are NaN or infinite
}

// ReadImages reads a .npy file of images [N, H, W, C], or of points [N, C], as a Set. Values should lie in [−1, 1];
// unsigned bytes are converted (v/127.5 − 1), values in another range are kept and Warning says so.
func ReadImages(path string) (*ArraySet, error) {
	r, err := weightfile.OpenNPY(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	shape := r.Shape
	if len(shape) == 2 {
		shape = []int{shape[0], 1, 1, shape[1]}
	}
	if len(shape) != 4 || r.Len() == 0 {
		return nil, files.Errorf(path, -1, "shape %v; images are [N, H, W, C] and points [N, C], N > 0", r.Shape)
	}
	a, err := r.Rest()
	if err != nil {
		return nil, err
	}
	s := &ArraySet{name: path, h: shape[1], w: shape[2], c: shape[3], values: a.Data}
	if (s.h == 1 || s.h == 3) && s.w > 4 && s.c > 4 {
		s.Warning = fmt.Sprintf("%s: shape %v looks like [N, C, H, W]; images are [N, H, W, C]: np.transpose(x, (0, 2, 3, 1))", path, r.Shape)
	}
	if r.DType == "|u1" {
		for i, v := range a.Data {
			a.Data[i] = byteValue[byte(v)]
		}
		return s, nil
	}
	for _, v := range a.Data {
		if v-v != 0 {
			s.Bad++
		}
	}
	if warning := rangeWarning(path, a.Data, s.Bad, s.h*s.w == 1); warning != "" && s.Warning != "" {
		s.Warning += "; " + warning
	} else {
		s.Warning += warning
	}
	return s, nil
}

// rangeWarning says in which way values do not look like [−1, 1]. Chains and noise may stick out of it a little, and
// points of the plane have no range.
func rangeWarning(path string, x []float32, bad int, points bool) string {
	lo, hi := float32(math.Inf(1)), float32(math.Inf(-1))
	for _, v := range x {
		if v-v != 0 {
			continue
		}
		lo, hi = min(lo, v), max(hi, v)
	}
	switch {
	case bad > 0:
		return fmt.Sprintf("%s: %d values are NaN or infinite", path, bad)
	case points:
		return ""
	case lo >= 0 && hi > 2:
		return fmt.Sprintf("%s: values in [%.3g, %.3g] look like bytes; images are [−1, 1]: use x/127.5 − 1", path, lo, hi)
	case lo >= 0 && hi <= 1 && hi > lo:
		return fmt.Sprintf("%s: values in [%.3g, %.3g] look like [0, 1]; images are [−1, 1]: use 2·x − 1", path, lo, hi)
	case lo < -2 || hi > 2:
		return fmt.Sprintf("%s: values in [%.3g, %.3g]; images are [−1, 1]", path, lo, hi)
	}
	return ""
}

// Name returns the path the array was read from.
func (s *ArraySet) Name() string { return s.name }

// Len returns the number of items.
func (s *ArraySet) Len() int { return len(s.values) / (s.h * s.w * s.c) }

// Shape returns height, width and channels of one item.
func (s *ArraySet) Shape() (h, w, c int) { return s.h, s.w, s.c }

// Values returns all items, [N, h, w, c], shared with the set.
func (s *ArraySet) Values() []float32 { return s.values }

// Items fills dst [len(indices), h, w, c].
func (s *ArraySet) Items(dst []float32, indices []int) {
	item := s.h * s.w * s.c
	if len(dst) != len(indices)*item {
		panic("data: Items: destination does not hold the items asked for")
	}
	for k, i := range indices {
		copy(dst[k*item:(k+1)*item], s.values[i*item:(i+1)*item])
	}
}

// Batch draws items without replacement, keyed.
func (s *ArraySet) Batch(dst []float32, key tensor.Key) { drawItems(s, dst, key) }

// Label reports that an array has no labels.
func (s *ArraySet) Label(int) (int, bool) { return 0, false }

// Drawn is a set of n draws of a source.
func Drawn(name string, source Source, n int, key tensor.Key) *ArraySet {
	h, w, c := source.Shape()
	s := &ArraySet{name: name, h: h, w: w, c: c, values: make([]float32, n*h*w*c)}
	source.Batch(s.values, key)
	return s
}
