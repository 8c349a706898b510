package data

import "anila/tensor"

// WithFlips returns src with each item of a batch mirrored left to right with probability ½, keyed by the batch's key under
// PurposeFlip (coordinate = place in the batch).
func WithFlips(src Source) Source { return &flipped{src} }

type flipped struct{ Source }

// Len is the number of items; 0 for a source without end.
func (s *flipped) Len() int {
	if set, ok := s.Source.(interface{ Len() int }); ok {
		return set.Len()
	}
	return 0
}

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
