package data

import (
	"fmt"

	"anila/tensor"
)

// WithFlips returns src with each item of a batch mirrored left to right with probability ½, keyed by the batch's key under
// PurposeFlip (coordinate = place in the batch).
func WithFlips(src Source) Source { return &flipped{changed{src}} }

type flipped struct{ changed }

func (s *flipped) Batch(dst []float32, key tensor.Key) {
	s.Source.Batch(dst, key)
	h, w, c := s.Shape()
	item := h * w * c
	key.Purpose = tensor.PurposeFlip
	coins := make([]float32, batchLen(dst, h, w, c))
	key.Uniforms(coins)
	for i, u := range coins {
		if u >= 0.5 {
			continue
		}
		for row := dst[i*item : (i+1)*item]; len(row) > 0; row = row[w*c:] {
			mirror(row[:w*c], c)
		}
	}
}

// mirror reverses the order of the pixels of a row.
func mirror(row []float32, channels int) {
	for i, j := 0, len(row)-channels; i < j; i, j = i+channels, j-channels {
		for c := range channels {
			row[i+c], row[j+c] = row[j+c], row[i+c]
		}
	}
}

// Shrunk returns src with every item averaged over windows of factor×factor pixels. It panics unless factor divides both
// sides. With factor 1 it returns src itself.
func Shrunk(src Source, factor int) Source {
	if factor == 1 {
		return src
	}
	if h, w, _ := src.Shape(); factor < 1 || h%factor != 0 || w%factor != 0 {
		panic(fmt.Sprintf("data: Shrunk: images of %d×%d by %d", h, w, factor))
	}
	return &shrunk{changed{src}, factor}
}

type shrunk struct {
	changed
	factor int
}

func (s *shrunk) Shape() (h, w, c int) {
	h, w, c = s.Source.Shape()
	return h / s.factor, w / s.factor, c
}

func (s *shrunk) Batch(dst []float32, key tensor.Key) {
	h, w, c := s.Shape()
	full := make([]float32, batchLen(dst, h, w, c)*h*w*c*s.factor*s.factor)
	s.Source.Batch(full, key)
	tensor.AvgPool(dst, full, len(dst)/(h*w*c), tensor.Pooling{
		InH: h * s.factor, InW: w * s.factor, Channels: c, Size: s.factor, Stride: s.factor,
	})
}
