// Package data reads what an energy-based model is trained on: CIFAR-10, MNIST, folders of pictures, NumPy arrays and the
// 2-D toys.
//
// Images are float32 in [−1, 1], laid out [N, H, W, C]; byte v stands for v/127.5 − 1. In memory they stay bytes (150 MB
// for CIFAR-10) and are converted when drawn. Every file is treated as hostile: what is wrong is reported as a
// FormatError with file and byte offset, and memory is bounded by the real size of the file, not by what its header says.
package data

import (
	"fmt"

	"anila/tensor"
)

// Source is what training draws from: batches that are a pure function of a key, so that a resumed run sees the same data.
type Source interface {
	// Shape gives height, width and channels of one item; a point of a 2-D toy is 1×1 with two channels.
	Shape() (h, w, c int)
	// Batch fills dst [n, h, w, c], n = len(dst)/(h·w·c), with draws keyed by key: items of a Set without replacement
	// within the batch while it has that many, points of a toy from its exact distribution. It panics when len(dst) is no
	// multiple of h·w·c.
	Batch(dst []float32, key tensor.Key)
}

// Set is a Source with a finite number of items.
type Set interface {
	Source
	Name() string
	Len() int
	// Items fills dst [len(indices), h, w, c] with the named items. It panics on an index outside [0, Len()).
	Items(dst []float32, indices []int)
	// Label returns the class of item i; ok is false when the data has no labels.
	Label(i int) (label int, ok bool)
}

// byteValue[v] = v/127.5 − 1, rounded once from float64.
var byteValue = func() (t [256]float32) {
	for v := range t {
		t[v] = float32(float64(v)/127.5 - 1)
	}
	return t
}()

// FromByte converts a pixel byte to its value in [−1, 1].
func FromByte(v byte) float32 { return byteValue[v] }

// ToByte is the nearest byte of a value; values outside [−1, 1] clamp, NaN is 0.
func ToByte(x float32) byte {
	switch {
	case !(x > -1):
		return 0
	case x >= 1:
		return 255
	}
	return byte((float64(x)+1)*127.5 + 0.5)
}

// Images is a Set held in memory as bytes.
type Images struct {
	name    string
	h, w, c int
	pixels  []byte   // [n, h, w, c]
	labels  []uint16 // nil, or one an image
	classes []string // names of the labels, where the data has them
	notes   []string
}

// Notes says what was left out when the images were read, a line for each kind of thing.
func (s *Images) Notes() []string { return s.notes }

// NewImages wraps pixels [n, h, w, c] as a Set; labels may be nil. The slices are kept, not copied.
func NewImages(name string, pixels []byte, h, w, c int, labels []uint16) (*Images, error) {
	item := h * w * c
	if h <= 0 || w <= 0 || c <= 0 || len(pixels)%item != 0 {
		return nil, fmt.Errorf("data: %d bytes are no whole number of %d×%d×%d images", len(pixels), h, w, c)
	}
	if n := len(pixels) / item; labels != nil && len(labels) != n {
		return nil, fmt.Errorf("data: %d labels for %d images", len(labels), n)
	}
	return &Images{name: name, h: h, w: w, c: c, pixels: pixels, labels: labels}, nil
}

// Rounded is a set of the images [n, h, w, c] in values, as files would hold them. It panics when they are no whole number.
func Rounded(name string, values []float32, h, w, c int) *Images {
	pixels := make([]byte, len(values))
	for i, v := range values {
		pixels[i] = ToByte(v)
	}
	s, err := NewImages(name, pixels, h, w, c, nil)
	if err != nil {
		panic(err)
	}
	return s
}

// Name returns the name the set was opened by.
func (s *Images) Name() string { return s.name }

// Len returns the number of images.
func (s *Images) Len() int { return len(s.pixels) / (s.h * s.w * s.c) }

// Shape returns height, width and channels of one image.
func (s *Images) Shape() (h, w, c int) { return s.h, s.w, s.c }

// Bytes returns the pixels of image i, [h, w, c], shared with the set.
func (s *Images) Bytes(i int) []byte {
	item := s.h * s.w * s.c
	return s.pixels[i*item : (i+1)*item : (i+1)*item]
}

// Items fills dst [len(indices), h, w, c].
func (s *Images) Items(dst []float32, indices []int) {
	item := s.h * s.w * s.c
	if len(dst) != len(indices)*item {
		panic("data: Items: destination does not hold the items asked for")
	}
	for k, i := range indices {
		out := dst[k*item : (k+1)*item]
		for j, v := range s.Bytes(i) {
			out[j] = byteValue[v]
		}
	}
}

// Batch draws images without replacement, keyed.
func (s *Images) Batch(dst []float32, key tensor.Key) { drawItems(s, dst, key) }

// Label returns the class of image i.
func (s *Images) Label(i int) (int, bool) {
	if s.labels == nil {
		return 0, false
	}
	return int(s.labels[i]), true
}

// ClassName returns the name of a label, or "" where the data gives none.
func (s *Images) ClassName(label int) string {
	if label < 0 || label >= len(s.classes) {
		return ""
	}
	return s.classes[label]
}

// drawItems fills dst with items of s drawn by Indices.
func drawItems(s Set, dst []float32, key tensor.Key) {
	h, w, c := s.Shape()
	n := batchLen(dst, h, w, c)
	indices := make([]int, n)
	Indices(indices, s.Len(), key)
	s.Items(dst, indices)
}

func batchLen(dst []float32, h, w, c int) int {
	item := h * w * c
	if len(dst)%item != 0 {
		panic("data: Batch: destination is no whole number of items")
	}
	return len(dst) / item
}

// Indices fills dst with a keyed draw from [0, n): without replacement, in random order, when len(dst) ≤ n; otherwise whole
// permutations follow one another, so that no item occurs twice before every item occurred once. It panics when n < 1.
func Indices(dst []int, n int, key tensor.Key) {
	if n < 1 {
		panic("data: Indices: nothing to draw from")
	}
	random := key.Rand()
	for len(dst) > 0 {
		part := dst[:min(len(dst), n)]
		tensor.Sample(part, n, random, nil)
		dst = dst[len(part):]
	}
}
